"""Health answers: alive, and able to work."""

import pytest
from django.test import Client
from pytest_django import Settings


def test_a_living_process_answers_without_its_database(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_a_process_that_reaches_all_its_parts_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]) == (200, {"database": True, "redis": True, "storage": True})


@pytest.mark.django_db
def test_a_process_without_its_queue_is_not_ready_and_names_it(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["redis"]) == (503, False)


def test_every_answer_carries_the_request_id_that_was_given(client: Client) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "night-shift-0001"})["X-Request-ID"] == "night-shift-0001"


def test_a_strange_request_id_is_replaced(client: Client) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "<script>"})["X-Request-ID"] != "<script>"
