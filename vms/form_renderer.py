"""How forms are written as HTML: as Django does, but that choices take no template each.

A list of all time zones or of 300 cameras has hundreds of them, and Django renders four nested templates for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

Widget = Mapping[str, Any]
FOLDER = "django/forms/widgets/"


class ChoicesRenderer(DjangoTemplates):
    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        written = WRITTEN.get(template_name)
        return written(context["widget"]) if written else super().render(template_name, context, request)


def _select(widget: Widget) -> SafeString:
    parts = [
        f'<optgroup label="{_text(name)}">{_joined(_option, options)}</optgroup>' if name else _joined(_option, options)
        for name, options, _ in widget["optgroups"]
    ]
    name, attributes = _text(widget["name"]), _attributes(widget["attrs"])
    return mark_safe(f'<select name="{name}"{attributes}>{"".join(parts)}</select>')  # noqa: S308


def _inputs(widget: Widget) -> SafeString:
    """Check boxes or radio buttons, each with its label, in a division."""
    parts = [
        f"<div><label>{_text(name)}</label>{_joined(_labelled, options)}</div>" if name else _joined(_labelled, options)
        for name, options, _ in widget["optgroups"]
    ]
    division = {name: widget["attrs"][name] for name in ("id", "class") if widget["attrs"].get(name)}
    return mark_safe(f"<div{_attributes(division)}>{''.join(parts)}</div>")  # noqa: S308


def _option(option: Widget) -> str:
    value, label = _text(option["value"]), _text(option["label"])
    return f'<option value="{value}"{_attributes(option["attrs"])}>{label}</option>'


def _labelled(option: Widget) -> str:
    attributes = _attributes({"for": option["attrs"]["id"]} if option["attrs"].get("id") else {})
    return f"<div><label{attributes}>{_input(option)} {_text(option['label'])}</label></div>"


def _input(option: Widget) -> SafeString:
    kind, name, value = (_text(option[part]) for part in ("type", "name", "value"))
    return mark_safe(f'<input type="{kind}" name="{name}" value="{value}"{_attributes(option["attrs"])}>')  # noqa: S308


def _joined(write: Callable[[Widget], str], parts: Iterable[Widget]) -> str:
    return "".join(map(write, parts))


def _attributes(attributes: Mapping[str, Any]) -> str:
    """As in an opening tag; ``True`` is a name without a value, ``False`` is left out."""
    return "".join(
        f" {_text(name)}" if value is True else f' {_text(name)}="{_text(value)}"'
        for name, value in attributes.items()
        if value is not False
    )


def _text(value: object) -> str:
    """Escaped as Django does, at a third of its cost: its own looks at every argument for lazy texts first."""
    return str(value) if isinstance(value, SafeString) else escape(str(value))


WRITTEN: dict[str, Callable[[Widget], SafeString]] = {
    f"{FOLDER}select.html": _select,
    f"{FOLDER}checkbox_select.html": _inputs,
    f"{FOLDER}radio.html": _inputs,
    f"{FOLDER}checkbox_option.html": _input,
    f"{FOLDER}radio_option.html": _input,
}
