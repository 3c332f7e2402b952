"""Entry point of the web process: HTTP and WebSockets."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vms.settings.production")
pages = get_asgi_application()

# Imports models, so only after the line above has loaded the apps.
from cameras.upload_gate import UploadGate  # noqa: E402
from vms.routing import sockets  # noqa: E402

from channels.routing import ProtocolTypeRouter  # noqa: E402  isort: skip

application = ProtocolTypeRouter({"http": UploadGate(pages), "websocket": sockets})
