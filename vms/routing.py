"""Addresses of the WebSockets: only pages of our own hosts may open them, and only for a signed-in user."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from events.consumers import LiveConsumer

# Django's path() is typed for views; channels' own documentation routes consumers with it.
live = path("ws/live", LiveConsumer.as_asgi())  # type: ignore[arg-type]
sockets = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([live])))  # type: ignore[list-item]
