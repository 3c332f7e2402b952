"""Policies, alerts, endpoints, and what became of each message."""

from alerts.models.alerts import Alert
from alerts.models.deliveries import Delivery, DeliveryAttempt
from alerts.models.endpoints import Endpoint
from alerts.models.policies import AlertPolicy

__all__ = ["Alert", "AlertPolicy", "Delivery", "DeliveryAttempt", "Endpoint"]
