"""Setting up endpoints, and their keys: an admin's work. Supervisors may look, and send tests."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from alerts.breaker import endpoint_reset
from alerts.channels.endpoint import EndpointForm
from alerts.channels.webhook.signing import key_new
from alerts.choices import EndpointKind
from alerts.models import Endpoint, EndpointHealth
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import ConflictError, NotFoundError
from vms.locking import row_lock
from vms.storage.encryption import DecryptionError
from vms.validation import model_save

MOST_KEYS = 2


def endpoints_left_alone() -> QuerySet[EndpointHealth]:
    """Those in use to which nothing is sent for now, since they failed again and again."""
    return EndpointHealth.objects.filter(opened_at__isnull=False, endpoint__enabled=True).select_related("endpoint")


def endpoints_visible_to(user: User | AnonymousUser) -> QuerySet[Endpoint]:
    """Supervisors may look; what is secret is shown to nobody."""
    may = isinstance(user, User) and user.is_supervisor
    return Endpoint.objects.select_related("health") if may else Endpoint.objects.none()


def endpoint_get(user: User, endpoint_id: int) -> Endpoint:
    """Raise NotFoundError where there is none, or the user is no supervisor."""
    endpoint = endpoints_visible_to(user).filter(id=endpoint_id).first()
    if endpoint is None:
        raise NotFoundError(_("There is no such endpoint."))
    return endpoint


@transaction.atomic
def endpoint_create(*, user: User, kind: EndpointKind, form: EndpointForm) -> Endpoint:
    """Make an endpoint of a valid form.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: another endpoint has the name.
    """
    admin_require(user)
    endpoint = _filled(Endpoint(kind=kind), form)
    audit_record(actor=user, action="endpoint.created", target=endpoint, name=endpoint.name, kind=kind.value)
    return endpoint


@transaction.atomic
def endpoint_update(*, user: User, endpoint: Endpoint, form: EndpointForm) -> Endpoint:
    """Change it; its breaker begins anew. Errors as for ``endpoint_create``."""
    admin_require(user)
    # What stays comes from the row as it is now: a key may have been made since the form was filled in.
    form.endpoint = row_lock(endpoint)
    endpoint = _filled(form.endpoint, form)
    endpoint_reset(endpoint_id=endpoint.id)
    audit_record(actor=user, action="endpoint.changed", target=endpoint, enabled=endpoint.enabled)
    return endpoint


@transaction.atomic
def endpoint_delete(*, user: User, endpoint: Endpoint) -> None:
    """Delete an endpoint that was told nothing yet.

    Raises:
        ForbiddenError: the user is no admin.
        ConflictError: messages were sent to it; it can be switched off instead.
    """
    admin_require(user)
    endpoint = row_lock(endpoint, to_delete=True)
    if endpoint.deliveries.exists():
        raise ConflictError(
            _("Messages were sent to %(name)s. Switch it off instead: the record stays.") % {"name": endpoint.name}
        )
    audit_record(actor=user, action="endpoint.deleted", target=endpoint, name=endpoint.name)
    endpoint.delete()


def endpoint_key_turn(*, user: User, endpoint: Endpoint) -> str:
    """A new signing key, which is returned this once. The one before it signs beside it until it is forgotten."""
    key = key_new()
    _keys_set(user, endpoint, lambda keys: [key, *keys][:MOST_KEYS], "endpoint.key_made")
    return key


def endpoint_key_forget(*, user: User, endpoint: Endpoint) -> None:
    """Sign with the newest key alone."""
    _keys_set(user, endpoint, lambda keys: keys[:1], "endpoint.key_forgotten")


def signing_keys(endpoint: Endpoint) -> int:
    """How many keys sign its messages."""
    try:
        return len(endpoint.secrets.get("keys", []))
    except DecryptionError:
        return 0


@transaction.atomic
def _keys_set(user: User, endpoint: Endpoint, change: Callable[[list[str]], list[str]], action: str) -> None:
    admin_require(user)
    stored = row_lock(endpoint)
    if stored.kind != EndpointKind.WEBHOOK:
        raise ConflictError(_("Only webhooks have signing keys."))
    secrets = stored.secrets
    stored.secrets = {**secrets, "keys": change(secrets["keys"])}
    stored.save(update_fields=["sealed_secrets"])
    audit_record(actor=user, action=action, target=stored)


def _filled(endpoint: Endpoint, form: EndpointForm) -> Endpoint:
    endpoint.name, endpoint.enabled = form.cleaned_data["name"], form.cleaned_data["enabled"]
    endpoint.secrets = form.new_secrets()
    endpoint.settings = form.new_settings()
    model_save(endpoint)
    return endpoint
