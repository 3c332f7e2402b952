"""Every page there is answers, by a bounded number of queries, however many rows it shows.

``VMS_RECORD_BASELINES=1`` writes down what each page takes now: after adding a page, or making one dearer on purpose.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.pages.addresses import Address, addresses
from vms.accounts.models import User
from vms.management.commands.seed_scale import fill

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MOST_QUERIES = 25
BASELINES = Path(__file__).with_name("query_baselines.json")
RECORDS = "VMS_RECORD_BASELINES" in os.environ
USERS = ("admin", "operator-1")
ONLY_POST = 405
HERE = {200, 204, 286, 302}
NOT_HERE = {"event_clip", "event_boxes", "mail_stop", "alert_from_mail", "report_download", "export_download"}
"""Files and links that nobody made in this world."""


def ask(client: Client, address: Address) -> tuple[int, int]:
    """What it answers, and by how many queries."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address.path)
    return answer.status_code, len(queries)


def asked(user: str) -> dict[str, tuple[int, int]]:
    """By each address's name; those that only take POST are left out."""
    client = Client()
    client.force_login(User.objects.get(username=user))
    answers = {address.name: ask(client, address) for address in addresses()}
    return {name: answer for name, answer in answers.items() if answer[0] != ONLY_POST}


def test_every_page_answers_by_no_more_queries_than_were_recorded_however_many_rows_it_has() -> None:
    rows = 1 if RECORDS else 6
    fill(cameras=2 * rows, events=20 * rows, alerts=8 * rows, operators=rows)
    answers = {user: asked(user) for user in USERS}
    found = {
        user: {name: n for name, (status, n) in pages.items() if status in HERE} for user, pages in answers.items()
    }
    if RECORDS:
        BASELINES.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    refused = {name: status for name, (status, _) in answers["admin"].items() if status not in HERE}
    assert refused.keys() - NOT_HERE == set(), refused
    recorded = json.loads(BASELINES.read_text(encoding="utf-8"))
    dearer = {
        (user, page): f"{queries}, recorded: {recorded[user].get(page, 'nothing')}"
        for user, pages in found.items()
        for page, queries in pages.items()
        if queries > recorded[user].get(page, -1)
    }
    assert dearer == {}, "Made dearer on purpose, or new? See the top of this file."


def test_no_page_was_recorded_above_the_bound() -> None:
    recorded = json.loads(BASELINES.read_text(encoding="utf-8"))
    pages = {(user, page): queries for user, pages in recorded.items() for page, queries in pages.items()}
    assert {page: queries for page, queries in pages.items() if queries > MOST_QUERIES} == {}
