"""Users in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from vms.accounts.models import User


@admin.register(User)
class AccountAdmin(UserAdmin[User]):
    list_display = ["username", "email", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active", "groups"]
    search_fields = ["username", "email", "first_name", "last_name"]
    fieldsets = [*(UserAdmin.fieldsets or ()), ("VMS", {"fields": ["role", "time_zone"]})]
    add_fieldsets = [*UserAdmin.add_fieldsets, ("VMS", {"fields": ["email", "role", "time_zone"]})]
