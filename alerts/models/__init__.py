"""Policies, alerts, endpoints, preferences, and what became of each message."""

from alerts.models.alerts import UNDECIDED, Alert, AlertChange, AlertEvent
from alerts.models.deliveries import Delivery, DeliveryAttempt
from alerts.models.endpoint_health import EndpointHealth
from alerts.models.endpoints import Endpoint
from alerts.models.limits import Allowance
from alerts.models.line import LineProof
from alerts.models.on_call import OnCallGroup, OnCallMember
from alerts.models.policies import AlertPolicy, EscalationStep, PolicyMatch
from alerts.models.preferences import Preference
from alerts.models.push import PushKey, PushSubscription
from alerts.models.system import SystemEvent
from alerts.models.templates import MessageTemplate

__all__ = [
    "UNDECIDED",
    "Alert",
    "AlertChange",
    "AlertEvent",
    "AlertPolicy",
    "Allowance",
    "Delivery",
    "DeliveryAttempt",
    "Endpoint",
    "EndpointHealth",
    "EscalationStep",
    "LineProof",
    "MessageTemplate",
    "OnCallGroup",
    "OnCallMember",
    "PolicyMatch",
    "Preference",
    "PushKey",
    "PushSubscription",
    "SystemEvent",
]
