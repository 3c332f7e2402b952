"""Addresses of the WebSockets: only pages of our own hosts may open them, and only with a session."""

from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import SessionMiddlewareStack
from django.urls import path

from events.consumers import LiveConsumer

# Django's path() is typed for views; channels' own documentation routes consumers with it.
live = path("ws/live", LiveConsumer.as_asgi())  # type: ignore[arg-type]
sockets = AllowedHostsOriginValidator(SessionMiddlewareStack(URLRouter([live])))  # type: ignore[list-item]
