"""Users in the admin. Roles, and who may sign in, are changed on the page of the user (``services.people``)."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from vms.accounts.models import RoleSetting, User
from vms.accounts.views import signed_in
from vms.admin import RecordAdmin
from vms.audit.services import audit_record


@admin.register(User)
class AccountAdmin(UserAdmin[User]):
    list_display = ["username", "email", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active", "groups"]
    filter_horizontal = ["groups"]
    search_fields = ["username", "email", "first_name", "last_name"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "email", "time_zone", "language", "theme"]}),
        (_("Access"), {"fields": ["is_active", "role", "groups"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    add_fieldsets = [*UserAdmin.add_fieldsets, ("VMS", {"fields": ["email", "role", "time_zone"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return [*self.readonly_fields, *(["role", "is_active"] if obj else [])]

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Who left is switched off: their name stays beside what they did."""
        return False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:  # noqa: ANN401  Django's signature
        audit_record(actor=signed_in(request), action="user.created", target=obj, username=obj.username, role=obj.role)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:  # noqa: ANN401  Django's signature
        audit_record(actor=signed_in(request), action="user.changed", target=obj, username=obj.username, by="admin")
        return super().log_change(request, obj, message)


@admin.register(RoleSetting)
class RoleSettingAdmin(RecordAdmin[RoleSetting]):
    list_display = ["role", "second_factor"]
