from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "vms.accounts"
    label = "accounts"
