"""The services that may be reached through Apprise, and how each one's address is written.

Those that act on this machine (syslog, desktop, files) or that have a channel of their own (mail, MQTT) are not here.
"""

from __future__ import annotations

CHAT_SERVICES: dict[str, tuple[tuple[str, ...], str]] = {
    "Slack": (("slack",), "slack://TokenA/TokenB/TokenC/"),
    "Microsoft Teams": (("workflow", "workflows"), "workflows://host/workflow-id/signature/"),
    "Telegram": (("tgram",), "tgram://bot-token/chat-id"),
    "Discord": (("discord",), "discord://webhook-id/webhook-token"),
    "Google Chat": (("gchat",), "gchat://workspace/key/token"),
    "Mattermost": (("mmost", "mmosts"), "mmosts://host/token"),
    "Matrix": (("matrix", "matrixs"), "matrixs://user:password@host/#room"),
    "Rocket.Chat": (("rocket", "rockets"), "rockets://user:password@host/#channel"),
    "Zulip": (("zulip",), "zulip://bot@organisation/token/stream"),
    "Webex": (("webex", "wxteams"), "wxteams://token"),
    "Signal": (("signal", "signals"), "signals://host/from/to"),
    "Gotify": (("gotify", "gotifys"), "gotifys://host/token"),
    "ntfy": (("ntfy", "ntfys"), "ntfys://host/topic"),
    "Pushover": (("pover",), "pover://user@token"),
    "PagerDuty": (("pagerduty",), "pagerduty://integration-key@api-key"),
    "Opsgenie": (("opsgenie",), "opsgenie://api-key"),
    "Twilio SMS": (("twilio",), "twilio://account:token@from/to"),
    "Apprise's own JSON": (("json", "jsons"), "jsons://host/path"),
    "Apprise's own XML": (("xml", "xmls"), "xmls://host/path"),
    "Apprise's own form": (("form", "forms"), "forms://host/path"),
}
SCHEMES = frozenset(scheme for schemes, _ in CHAT_SERVICES.values() for scheme in schemes)


def chat_service(url: str) -> str | None:
    """The service that an address is for; None: none of these."""
    scheme = url.partition("://")[0].lower() if "://" in url else ""
    return next((name for name, (schemes, _) in CHAT_SERVICES.items() if scheme in schemes), None)
