"""What is done after a commit, and what becomes of it when that fails."""

from __future__ import annotations

import pytest
from django.db import transaction

from vms.commits import after_commit


@pytest.mark.django_db(transaction=True)
def test_a_deed_that_fails_after_the_commit_keeps_nobody_from_the_next() -> None:
    done: list[str] = []

    def fail(name: str) -> None:
        raise RuntimeError(name)

    with transaction.atomic():
        after_commit(fail, "first")
        after_commit(done.append, "second")
    assert done == ["second"]
