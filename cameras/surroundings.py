"""Checks of what rules must know of a camera's place: the site's holidays, and the ground's scale in its picture."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from workers.runtime.contract import GroundScale

MOST_HOLIDAYS = 1_000


def validate_holidays(value: object) -> None:
    if not isinstance(value, list) or len(value) > MOST_HOLIDAYS:
        raise ValidationError(
            _("Holidays are a list of at most %(most_holidays)s days.") % {"most_holidays": MOST_HOLIDAYS}
        )
    for day in value:
        try:
            date.fromisoformat(day)
        except (TypeError, ValueError):
            raise ValidationError(_("“%(day)s” is no day: write it as 2026-12-25.") % {"day": str(day)[:40]}) from None


def validate_calibration(value: object) -> None:
    try:
        GroundScale.model_validate(value)
    except ValueError:
        raise ValidationError(
            _(
                "A calibration holds four points of the picture (0 to 1) and their four places on the ground in "
                "metres, no three of them on one line."
            )
        ) from None
