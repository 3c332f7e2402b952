"""Finding cameras by name, site and group: what every list of cameras has in common."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cameras.models import Camera, CameraGroup, Site
from cameras.selectors import groups_visible_to, sites_visible_to
from vms.accounts.models import User
from vms.named_choices import choose_among


class CameraFilter(forms.Form):
    """Only what the user may see can be chosen; an unknown value is an error, never ignored."""

    q = forms.CharField(required=False, max_length=100, label=_("Find cameras"))
    site = forms.ModelChoiceField(Site.objects.none(), required=False, empty_label=_("Any"), label=_("Site"))
    group = forms.ModelChoiceField(CameraGroup.objects.none(), required=False, empty_label=_("Any"), label=_("Group"))

    def __init__(self, data: Any, *, user: User, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        super().__init__(data, **kwargs)
        choose_among(self, site=sites_visible_to(user), group=groups_visible_to(user))

    @property
    def is_used(self) -> bool:
        return any(self.data.get(self.add_prefix(name)) for name in self.fields)

    def apply(self, cameras: QuerySet[Camera]) -> QuerySet[Camera]:
        if not self.is_valid():
            return cameras.none()
        chosen = self.cleaned_data
        for word in chosen["q"].split():
            cameras = cameras.filter(Q(name__icontains=word) | Q(site__name__icontains=word))
        if chosen["site"]:
            cameras = cameras.filter(site=chosen["site"])
        if chosen["group"]:
            cameras = cameras.filter(groups=chosen["group"])
        return cameras
