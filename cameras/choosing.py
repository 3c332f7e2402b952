"""Choosing some of many cameras within a form: they are looked for, and what was chosen stays chosen meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.utils import ErrorDict

from cameras.finding import CameraFilter
from cameras.models import Camera
from vms.accounts.models import User
from vms.named_choices import choose_among

SHOWN = 60
SEARCH = "find"


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """Cameras as (id, name, name of the site)."""

    search: CameraFilter
    chosen: list[Any]
    found: list[Any]
    """The first of those that fit and are not chosen."""
    count: int
    """How many fit and are not chosen."""
    is_any: bool
    looked_for: str
    rows: int


class CameraChoiceForm(forms.Form):
    """Has a field ``cameras``. Its template includes ``cameras/choice.html``, whose buttons are named ``look``.

    Of the form of a model it is the first base.
    """

    def choose_cameras(self, user: User, cameras: QuerySet[Camera]) -> None:
        choose_among(self, cameras=cameras)
        self._user, self._cameras = user, cameras

    @property
    def is_looking(self) -> bool:
        """The return key, which sends the form's first button, looks where other words stand than were looked for."""
        return "look" in self.data or ("enter" in self.data and self._has_new_words)

    @property
    def _has_new_words(self) -> bool:
        """Where there is no camera, nothing is looked for."""
        words = _looked_for(self.data)
        return bool(self.data.get("looked_for", words) != words)

    def full_clean(self) -> None:
        """Whoever looks for cameras sends nothing yet, so nothing of it is wrong."""
        if self.is_looking:
            self._errors, self.cleaned_data = ErrorDict(), {}
        else:
            super().full_clean()

    def is_valid(self) -> bool:
        return not self.is_looking and super().is_valid()

    def choice(self) -> CameraChoice:
        deed = self.data.get("look")
        search = CameraFilter(self.data, user=self._user, prefix=SEARCH)
        fitting = search.apply(self._cameras)
        values = map(str, self["cameras"].value() or ())
        wanted = {int(value) for value in values if value.isdecimal() and len(value) < 19}
        if deed == "none":
            wanted = set()
        looked_for = _looked_for(self.data)
        if deed == "all" and self.data.get("looked_for") == looked_for:  # otherwise the page showed others
            wanted.update(fitting.values_list("id", flat=True))
        others = fitting.exclude(id__in=wanted)
        rows = _rows(self.data.get("rows", "")) + SHOWN if deed == "more" else SHOWN
        found = list(_named(others)[: rows + 1])
        return CameraChoice(
            search=search,
            chosen=list(_named(self._cameras.filter(id__in=wanted))) if wanted else [],
            found=found[:rows],
            count=others.count() if len(found) > rows else len(found),
            is_any=bool(found) or bool(wanted) or self._cameras.exists(),
            looked_for=looked_for,
            rows=rows,
        )


def _named(cameras: QuerySet[Camera]) -> QuerySet[Camera, Any]:
    rows = cameras.order_by("site__name", "name", "id")
    return rows.values_list("id", "name", "site__name", named=True)


def _looked_for(data: Any) -> str:  # noqa: ANN401  Django's QueryDict or a dict
    return "/".join(data.get(f"{SEARCH}-{name}", "") for name in CameraFilter.base_fields)


def _rows(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else SHOWN
