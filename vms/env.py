"""Typed readers of environment variables, which fail loudly and at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


class Env:
    """Reads one mapping, by default the process's environment. An empty value counts as not set."""

    def __init__(self, source: Mapping[str, str] | None = None) -> None:
        self._source = os.environ if source is None else source

    def text(self, name: str, default: str | None = None) -> str:
        value = self._source.get(name, "").strip()
        if value:
            return value
        if default is None:
            raise ImproperlyConfigured(f"{name} is not set. See .env.example for what it means.")
        return default

    def boolean(self, name: str, *, default: bool) -> bool:
        value = self.text(name, "true" if default else "false").lower()
        if value in TRUE:
            return True
        if value in FALSE:
            return False
        raise ImproperlyConfigured(f"{name} is {value!r}; use true or false.")

    def integer(self, name: str, default: int, *, least: int = 0, most: int = 2**53) -> int:
        value = self.text(name, str(default))
        try:
            number = int(value)
        except ValueError:
            raise ImproperlyConfigured(f"{name} is {value!r}; use a whole number.") from None
        if not least <= number <= most:
            raise ImproperlyConfigured(f"{name} is {number}; use {least} to {most}.")
        return number

    def words(self, name: str, default: str = "") -> list[str]:
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def networks(self, name: str) -> tuple[str, ...]:
        words = self.words(name)
        for word in words:
            try:
                ip_network(word)
            except ValueError:
                raise ImproperlyConfigured(f"{name} has {word!r}; use networks such as 10.20.0.0/24.") from None
        return tuple(words)

    def path(self, name: str, default: Path) -> Path:
        return Path(self.text(name, str(default))).expanduser().resolve()

    def database(self, name: str) -> dict[str, str | int]:
        """A PostgreSQL URL as Django's settings; a socket folder may stand in ``?host=``."""
        url = urlsplit(self.text(name))
        if url.scheme not in {"postgres", "postgresql"}:
            raise ImproperlyConfigured(f"{name} must start with postgresql://")
        query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        return {
            "ENGINE": "django_prometheus.db.backends.postgresql",
            "NAME": unquote(url.path.lstrip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": query.get("host", unquote(url.hostname or "")),
            "PORT": query.get("port", str(url.port or "")),
        }
