"""How forms are written as HTML: as Django does, but that choices take no template each.

A list of all time zones or of 300 cameras has hundreds of them, and Django renders four nested templates for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

Widget = Mapping[str, Any]
FOLDER = "django/forms/widgets/"


class ChoicesRenderer(DjangoTemplates):
    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        written = WRITTEN.get(template_name)
        return written(context["widget"]) if written else super().render(template_name, context, request)


def _select(widget: Widget) -> SafeString:
    parts = [
        format_html('<optgroup label="{}">{}</optgroup>', name, _joined(_option, options)) if name
        else _joined(_option, options)
        for name, options, _ in widget["optgroups"]
    ]  # fmt: skip
    return format_html(
        '<select name="{}"{}>{}</select>', widget["name"], _attributes(widget["attrs"]), _joined(str, parts)
    )


def _inputs(widget: Widget) -> SafeString:
    """Check boxes or radio buttons, each with its label, in a division."""
    parts = [
        format_html("<div><label>{}</label>{}</div>", name, _joined(_labelled, options)) if name
        else _joined(_labelled, options)
        for name, options, _ in widget["optgroups"]
    ]  # fmt: skip
    division = {name: widget["attrs"][name] for name in ("id", "class") if widget["attrs"].get(name)}
    return format_html("<div{}>{}</div>", _attributes(division), _joined(str, parts))


def _option(option: Widget) -> SafeString:
    attributes = _attributes(option["attrs"])
    return format_html('<option value="{}"{}>{}</option>', str(option["value"]), attributes, option["label"])


def _labelled(option: Widget) -> SafeString:
    label = _attributes({"for": option["attrs"]["id"]} if option["attrs"].get("id") else {})
    return format_html("<div><label{}>{} {}</label></div>", label, _input(option), option["label"])


def _input(option: Widget) -> SafeString:
    name, value, attributes = option["name"], str(option["value"]), _attributes(option["attrs"])
    return format_html('<input type="{}" name="{}" value="{}"{}>', option["type"], name, value, attributes)


def _joined(write: Callable[[Any], str], parts: Iterable[Any]) -> SafeString:
    return mark_safe("".join(map(write, parts)))  # noqa: S308  each part is escaped


def _attributes(attributes: Mapping[str, Any]) -> SafeString:
    """As in an opening tag; ``True`` is a name without a value, ``False`` is left out."""
    return _joined(_attribute, ((name, value) for name, value in attributes.items() if value is not False))


def _attribute(attribute: tuple[str, object]) -> SafeString:
    name, value = attribute
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', name, str(value))


WRITTEN: dict[str, Callable[[Widget], SafeString]] = {
    f"{FOLDER}select.html": _select,
    f"{FOLDER}checkbox_select.html": _inputs,
    f"{FOLDER}radio.html": _inputs,
    f"{FOLDER}checkbox_option.html": _input,
    f"{FOLDER}radio_option.html": _input,
}
