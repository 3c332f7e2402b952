"""The upload of a recording."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cameras.models import Camera
from cameras.selectors import CameraPermission, cameras_visible_to
from vms.accounts.models import User

LOCAL_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]


class CameraChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, camera: Any) -> str:  # noqa: ANN401  Django's signature
        return f"{camera.site.name}: {camera.name} ({camera.site.time_zone})"


class UploadForm(forms.Form):
    """Everything but the file, which the upload handler has taken already."""

    camera = CameraChoice(
        Camera.objects.none(),
        empty_label=None,
        error_messages={"invalid_choice": _("You may not upload for this camera. Choose one from the list.")},
    )
    recorded_at = forms.CharField(
        required=False,
        label=_("Recorded at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}),
        help_text=_("When its first frame was taken, on the clock of the camera's site. Empty: it ends now."),
    )

    def __init__(self, data: Any = None, *, user: User, initial: dict[str, Any] | None = None) -> None:  # noqa: ANN401
        super().__init__(data, initial=initial)
        field = self.fields["camera"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  declared above
        field.queryset = cameras_visible_to(user, CameraPermission.UPLOAD).filter(enabled=True)

    def clean_recorded_at(self) -> datetime | None:
        text, camera = self.cleaned_data["recorded_at"].strip(), self.cleaned_data.get("camera")
        if not text:
            return None
        zone = ZoneInfo(camera.site.time_zone) if isinstance(camera, Camera) else UTC
        for form in LOCAL_FORMATS:
            try:
                return datetime.strptime(text, form).replace(tzinfo=zone)
            except ValueError:
                continue
        raise forms.ValidationError(gettext("Write the time as 2026-11-23 14:05:00."))
