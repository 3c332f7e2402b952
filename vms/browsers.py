"""What a person can tell their browsers by; the header's own text is long and lies."""

from django.utils.translation import gettext as _

PROGRAMS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """``agent``: the User-Agent header."""
    program = next((name for sign, name in PROGRAMS if sign in agent), _("A browser"))
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return _("%(program)s on %(system)s") % {"program": program, "system": system} if system else program
