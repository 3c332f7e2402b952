"""What connects, and which names there are."""

from tests.outbound.fixtures import connections, names

__all__ = ["connections", "names"]
