"""What a form's fields may choose, written by the rows' names alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator, ModelChoiceIteratorValue


class NamedChoices(ModelChoiceIterator[Any]):
    """Django makes each row to ask it for its name: of 300 cameras and their sites that takes longer than the rest."""

    def __iter__(self) -> Iterator[tuple[ModelChoiceIteratorValue | str, str]]:
        if self.field.empty_label is not None:
            yield "", str(self.field.empty_label)
        yield from self.queryset.values_list("pk", "name")


def choose_among(form: forms.BaseForm, **rows: QuerySet[Any]) -> None:
    """By field; all of these rows have a name that is theirs alone."""
    for name, queryset in rows.items():
        field = form.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  declared so
        field.iterator = NamedChoices
        field.queryset = queryset
