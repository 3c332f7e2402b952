"""Runs a model's own checks in a service and tells what is wrong field by field; and in a message that came."""

from __future__ import annotations

from typing import Any

import pydantic
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from rules.engine.names import name_check
from vms.errors import InvalidError


def first_fault(error: pydantic.ValidationError) -> str:
    """Where in a message the first fault is, and what it is; nothing of what was sent."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}"


def validate_name(value: str) -> None:
    """For the names that people give: a field's check."""
    try:
        name_check(value)
    except ValueError as error:
        raise ValidationError(str(error)) from None


def model_save(instance: models.Model) -> None:
    """Check every field and constraint, then save; errors as for ``model_check``, also where others were first."""
    model_check(instance)
    try:
        with transaction.atomic():
            instance.save()
    except IntegrityError:
        model_check(instance)  # finds now what was written between our look and our saving
        raise


def model_check(instance: models.Model, **narrowed: Any) -> None:  # noqa: ANN401  what full_clean takes
    """Check every field and constraint, or what ``full_clean`` does with ``narrowed``.

    Raises:
        InvalidError: ``fields`` holds the sentences for each field.
    """
    _nul_refuse(instance)
    try:
        instance.full_clean(**narrowed)
    except ValidationError as error:
        fields = {
            "non_field_errors" if name == NON_FIELD_ERRORS else name: messages
            for name, messages in error.message_dict.items()
        }
        first = next(iter(fields.items()))
        where = "" if first[0] == "non_field_errors" else f"{first[0]}: "
        raise InvalidError(f"{where}{first[1][0]}", fields=fields) from None


def _nul_refuse(instance: models.Model) -> None:
    """PostgreSQL's texts hold no NUL, and already the question whether a name is taken would fail."""
    for field in instance._meta.concrete_fields:
        value = getattr(instance, field.attname)
        if isinstance(value, str) and "\x00" in value:
            sentence = _("A text holds no NUL characters.")
            raise InvalidError(f"{field.name}: {sentence}", fields={field.name: [sentence]})
