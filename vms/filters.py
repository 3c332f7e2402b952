"""Filters that every app's lists use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext as _


class MomentField(django_filters.fields.IsoDateTimeField):
    """A time in UTC, since PostgreSQL knows fewer offsets than Python."""

    def to_python(self, value: Any) -> datetime | None:  # noqa: ANN401  Django's signature
        moment: datetime | None = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError:
            raise forms.ValidationError(_("There is no such time.")) from None


class MomentFilter(django_filters.IsoDateTimeFilter):
    field_class = MomentField
