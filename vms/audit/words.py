"""What was done, in words for people: the audit trail itself keeps codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

DEED_WORDS = {
    "account.password": _("Password changed"),
    "account.recovery_codes": _("New recovery codes"),
    "account.second_factor": _("Second factor set up"),
    "camera.address_probed": _("Camera's address tried"),
    "camera.access": _("Permissions on cameras changed"),
    "camera_group.access": _("Permissions on groups changed"),
    "cameras.imported": _("List of cameras imported"),
    "channel.test_seen": _("Test message seen"),
    "channel.tested": _("Test message sent"),
    "mails.stopped": _("Mails stopped"),
    "push.removed": _("Push to a browser ended"),
    "push.subscribed": _("Push to a browser begun"),
    "user.changed": _("Account changed"),
    "user.created": _("Account made"),
    "user.password_generated": _("First password printed"),
    "user.invited": _("Link to choose a password sent"),
    "user.second_factor_removed": _("Second factor taken away"),
    "user.session_ended": _("Signed out of a browser"),
    "user.sessions_ended": _("Signed out everywhere"),
    "user.token_ended": _("API token ended"),
    "user.token_made": _("API token made"),
}
"""Of deeds whose target is a person; others are shown by their codes."""
