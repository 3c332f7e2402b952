"""The page on which the areas and lines of a camera are drawn, with or without scripts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from cameras.choices import ZoneKind
from cameras.live_pictures import live_picture
from cameras.models import Camera, Zone
from cameras.models.zones import MASKS
from cameras.selectors import CameraPermission, camera_get
from cameras.services.zones import zone_create, zone_delete, zone_update
from cameras.zone_form import ZoneForm, zone_form, zone_form_read
from events.selectors import events_visible_to
from rules.zone_needs import ZoneNeed, zone_needs
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import ConflictError, DomainError, InvalidError, NotFoundError

WORDS = {
    ZoneKind.POLYGON: _("Area"), ZoneKind.LINE: _("Line"), ZoneKind.INCLUDE: _("Mask"), ZoneKind.EXCLUDE: _("Mask"),
}  # fmt: skip


class StillUsedError(ConflictError):
    """Rules look for the zone under its name: somebody must say that they know."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def zone_editor(request: HttpRequest, camera_id: int) -> HttpResponse:
    user = signed_in(request)
    camera = camera_get(user, camera_id, CameraPermission.CHANGE)
    if request.method == "POST":
        return _post(request, user, camera)
    return _page(request, user, camera, _chosen(request, camera))


def _post(request: HttpRequest, user: User, camera: Camera) -> HttpResponse:
    """A change that is refused leaves everything that was written in the form."""
    form = zone_form_read(request.POST)
    try:
        zone = _zone(camera, form.zone_id) if form.zone_id is not None else None
        if zone is not None and request.POST.get("do") == "delete":
            return _delete(request, user, zone, form)
        saved = _save(request, user, camera, zone, form)
    except NotFoundError:
        raise
    except DomainError as error:
        context = {"refusal": error.message, "still_used": isinstance(error, StillUsedError)}
        return _page(request, user, camera, form, context, error.http_status)
    messages.success(
        request,
        gettext("%(kind)s “%(name)s” is saved. %(when)s")
        % {"kind": WORDS[ZoneKind(saved.kind)], "name": saved.name, "when": _when(camera)},
    )
    return redirect(f"{reverse('zone_editor', args=[camera.id])}?zone={saved.id}")


def _save(request: HttpRequest, user: User, camera: Camera, zone: Zone | None, form: ZoneForm) -> Zone:
    points = form.points()
    if form.problems:
        raise InvalidError(" ".join(form.problems))
    if not form.name:
        raise InvalidError(gettext("Give it a name: rules look for it by its name."))
    if zone is None:
        return zone_create(user=user, camera=camera, name=form.name, kind=form.kind, points=points)
    if form.name != zone.name:
        _known_require(request, camera, zone, gettext("gets another name"))
    return zone_update(user=user, zone=zone, seen=form.seen, name=form.name, points=points)


def _delete(request: HttpRequest, user: User, zone: Zone, form: ZoneForm) -> HttpResponse:
    _known_require(request, zone.camera, zone, gettext("is deleted"))
    zone_delete(user=user, zone=zone, seen=form.seen)
    messages.success(
        request,
        gettext("%(kind)s “%(name)s” is deleted. %(when)s")
        % {"kind": WORDS[ZoneKind(zone.kind)], "name": zone.name, "when": _when(zone.camera)},
    )
    return redirect("zone_editor", zone.camera_id)


def _known_require(request: HttpRequest, camera: Camera, zone: Zone, deed: str) -> None:
    """Refuse what would stop rules, unless the box beside the warning is ticked."""
    rules = sorted({need.rule.name for need in zone_needs(camera) if need.zone == zone.name})
    if rules and request.POST.get("known") != "yes":
        names = ", ".join(f"“{name}”" for name in rules)
        raise StillUsedError(
            ngettext(
                "%(names)s looks for “%(name)s” on this camera and will find nothing here once it %(deed)s. "
                "Tick “I know” and send it again if that is meant.",
                "%(names)s look for “%(name)s” on this camera and will find nothing here once it %(deed)s. "
                "Tick “I know” and send it again if that is meant.",
                len(rules),
            )
            % {"names": names, "name": zone.name, "deed": deed}
        )


def _when(camera: Camera) -> str:
    if camera.source_kind == "upload":
        return gettext("Recordings that are uploaded from now on use it so.")
    return gettext("The camera's worker has it within seconds.")


def _chosen(request: HttpRequest, camera: Camera) -> ZoneForm | None:
    """The zone that the address names, or an empty form for a new one."""
    wanted = request.GET.get("new", "")
    if wanted in ZoneKind.values:
        return ZoneForm(wanted, request.GET.get("name", "")[:64] or _mask_name(wanted), ())
    number = request.GET.get("zone", "")
    if number.isascii() and number.isdigit() and len(number) < 19:
        return zone_form(_zone(camera, int(number)))
    return None


def _mask_name(kind: str) -> str:
    """Masks are told apart by their places; nobody looks for them by name."""
    return str(ZoneKind(kind).label) if kind in MASKS else ""


def _zone(camera: Camera, zone_id: int) -> Zone:
    zone = camera.zones.filter(id=zone_id).first()
    if zone is None:
        raise NotFoundError(gettext("There is no such area or line. Somebody may have deleted it."))
    return zone


def _page(
    request: HttpRequest,
    user: User,
    camera: Camera,
    form: ZoneForm | None,
    context: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    zones, needs = list(camera.zones.all()), zone_needs(camera)
    chosen = form.zone_id if form else None
    others = [zone for zone in zones if zone.id != chosen]
    shown = {
        "camera": camera,
        "form": form,
        "zones": [(zone, [need.rule for need in needs if need.zone == zone.name]) for zone in zones],
        "others": others,
        "other_shapes": [{"name": zone.name, "kind": zone.kind, "points": zone.points} for zone in others],
        "missing": _missing(zones, needs),
        "used_by": [need.rule for need in needs if any(zone.id == chosen and zone.name == need.zone for zone in zones)],
        **_picture(user, camera),
    }
    return render(request, "cameras/zones.html", shown | (context or {}), status=status)


def _missing(zones: list[Zone], needs: list[ZoneNeed]) -> list[ZoneNeed]:
    there = {(zone.name, zone.kind) for zone in zones}
    return [need for need in needs if (need.zone, need.kind) not in there]


def _picture(user: User, camera: Camera) -> dict[str, Any]:
    """What to draw on: the live picture, else the latest picture of an event, else nothing."""
    if camera.source_kind != "upload" and live_picture(camera) is not None:
        return {"is_live": True, "still": reverse("camera_live", args=[camera.id])}
    pictured = events_visible_to(user).filter(camera=camera).exclude(clip=None).exclude(clip__snapshot_name="")
    event = pictured.first()
    still = reverse("event_snapshot", args=[event.id]) if event else ""
    return {"is_live": camera.source_kind != "upload", "still": still, "still_event": event}
