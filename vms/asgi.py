"""Entry point of the web process: HTTP and WebSockets."""

import os
import tempfile
from typing import TYPE_CHECKING, cast

import django

if TYPE_CHECKING:
    from asgiref.typing import ASGI3Application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vms.settings.production")
django.setup(set_prefix=False)

# Import models, so only after the line above has loaded the apps.
from cameras.upload_gate import UploadGate  # noqa: E402
from vms.gateway.handler import OneThreadHandler  # noqa: E402
from vms.routing import sockets  # noqa: E402
from vms.storage.media import incoming_folder  # noqa: E402

from channels.routing import ProtocolTypeRouter  # noqa: E402  isort: skip

application = ProtocolTypeRouter(
    {"http": UploadGate(cast("ASGI3Application", OneThreadHandler())), "websocket": sockets}
)

# Django spools a form's body to the system's folder for temporary files, which often is memory.
tempfile.tempdir = str(incoming_folder())
