"""The search as it is where requirements/onvif.txt was not installed."""

import sys

sys.modules["wsdiscovery"] = sys.modules["onvif"] = None  # type: ignore[assignment]

from workers.runtime.discovery import main  # noqa: E402  the modules must be gone first

sys.exit(main())
