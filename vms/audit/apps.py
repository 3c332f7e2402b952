from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "vms.audit"
    label = "audit"
