"""Users in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from vms.accounts.models import User


@admin.register(User)
class AccountAdmin(UserAdmin[User]):
    list_display = ["username", "email", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active", "groups"]
    filter_horizontal = ["groups"]
    search_fields = ["username", "email", "first_name", "last_name"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email", "time_zone"]}),
        ("Access", {"fields": ["is_active", "role", "groups"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    add_fieldsets = [*UserAdmin.add_fieldsets, ("VMS", {"fields": ["email", "role", "time_zone"]})]
