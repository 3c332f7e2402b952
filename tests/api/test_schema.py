"""The API's description of itself: complete, and true under requests made from it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from io import StringIO
from typing import Any

import pytest
import requests
import schemathesis
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings

from tests.api.clients import client_of, make_event, make_rule
from tests.cameras.world import make_camera, make_job, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User

pytestmark = pytest.mark.django_db

BOUNDED = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@cache
def schema() -> dict[str, Any]:
    document: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return document


def operations() -> Iterator[tuple[str, str]]:
    for path, methods in schema()["paths"].items():
        yield from ((path, method) for method in methods)


def test_the_schema_is_valid_and_without_warnings() -> None:
    call_command("spectacular", fail_on_warn=True, validate=True, stdout=StringIO())


def test_every_operation_but_the_tokens_needs_a_login() -> None:
    open_to_all = {path for path, method in operations() if {} in schema()["paths"][path][method].get("security", [])}
    assert open_to_all <= {"/api/v1/token", "/api/v1/token/refresh", "/api/v1/token/logout"}


@pytest.fixture
def real_ids() -> dict[str, Any]:
    admin, camera = make_user("ada", role=Role.ADMIN), make_camera("Gate")
    camera.zones.create(name="Yard", kind="polygon", points=[[0, 0], [1, 0], [1, 1]])
    event, job = make_event(camera, make_rule(camera), with_files=True), make_job(admin, camera)
    return {
        "sites": camera.site_id,
        "cameras": camera.id,
        "zones": camera.zones.get().pk,
        "rules": event.rule_id,
        "recordings": job.recording_id,
        "jobs": job.id,
        "events": event.id,
    }


@pytest.mark.slow
@pytest.mark.parametrize(("path", "method"), sorted(operations()))
def test_no_request_made_from_the_schema_breaks_the_server(path: str, method: str, real_ids: dict[str, Any]) -> None:
    operation = schemathesis.openapi.from_dict(schema())[path][method.upper()]
    client = client_of(User.objects.get(username="ada"))
    client.raise_request_exception = False
    real_id = real_ids.get(path.split("/")[3])

    @BOUNDED
    @given(case=operation.as_strategy())
    def holds(case: Any) -> None:
        if "id" in case.path_parameters and real_id is not None and len(str(case.body)) % 4:
            case.path_parameters["id"] = str(real_id)
        prepared = _prepared(case.as_transport_kwargs(base_url="http://testserver"))
        answer = client.generic(
            prepared.method,
            prepared.path_url,
            prepared.body or "",
            content_type=prepared.headers.get("Content-Type", ""),
        )
        assert answer.status_code < 500, (prepared.method, prepared.path_url, prepared.body)

    holds()


def _prepared(request: dict[str, Any]) -> Any:
    known = {"method", "url", "headers", "files", "data", "json", "params", "cookies"}
    return requests.Request(**{name: value for name, value in request.items() if name in known}).prepare()


def test_strangers_get_neither_the_schema_nor_its_page() -> None:
    assert Client().get("/api/v1/schema").status_code == 401
    page = Client().get("/api/v1/docs")
    assert (page.status_code, page["Location"]) == (302, "/login/?next=/api/v1/docs")


def test_a_token_or_a_session_opens_the_schema() -> None:
    browser = Client()
    browser.force_login(make_user("vera"))
    assert browser.get("/api/v1/schema").status_code == 200
    assert client_of(make_user("uwe")).get("/api/v1/schema").status_code == 200


def test_the_docs_page_holds_no_inline_script_and_only_our_own_files() -> None:
    browser = Client()
    browser.force_login(make_user("vera"))
    page = browser.get("/api/v1/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert "<style" not in text and "http://" not in text and "https://" not in text
    assert text.count("<script") == text.count("<script src=") == 3
    script = browser.get("/api/v1/docs?script=")
    assert script.status_code == 200 and "javascript" in script["Content-Type"]
