"""Every way of marking a string is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from vms.translations.catalogs import Catalog, catalog_of
from vms.translations.messages import Message, python_messages, script_messages, template_messages


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('_("Save")', Message("Save")),
        ('gettext_lazy("Two " "halves")', Message("Two halves")),
        ('translation.gettext("By module")', Message("By module")),
        ('ngettext("%(n)s event", "%(n)s events", n)', Message("%(n)s event", "%(n)s events")),
        ('pgettext("verdict", "True")', Message("True", context="verdict")),
    ],
)
def test_python(source: str, message: Message) -> None:
    assert list(python_messages(source)) == [message]


def test_a_call_whose_words_are_not_written_there_marks_nothing() -> None:
    assert list(python_messages("_(name); ngettext(one, many, 2); len('x')")) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("<p title=\"{% translate 'Save' %}\">", Message("Save")),
        ('{% icon "menu" _("Menu") %}', Message("Menu")),
        ('{{ name|default:_("nobody") }}', Message("nobody")),
        ("{% blocktranslate trimmed with a=b %}\n  Dear\n  {{ a }}!\n{% endblocktranslate %}", Message("Dear %(a)s!")),
        (
            "{% blocktranslate count n=rows %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}",
            Message("%(n)s row", "%(n)s rows"),
        ),
    ],
)
def test_templates(source: str, message: Message) -> None:
    assert list(template_messages(source)) == [message]


def test_scripts() -> None:
    source = 'say(gettext("Not \\"now\\"")); filled(ngettext("%(n)s s", "%(n)s s left", n), { n });'
    assert list(script_messages(source)) == [Message('Not "now"'), Message("%(n)s s", "%(n)s s left")]


@pytest.mark.parametrize(
    ("source", "catalog"),
    [
        ("cameras/services/zones.py", Catalog("cameras")),
        ("vms/accounts/forms.py", Catalog("vms/accounts")),
        ("vms/pages.py", Catalog("vms")),
        ("templates/base.html", Catalog("vms")),
        ("templates/alerts/mail/alert.txt", Catalog("alerts")),
        ("templates/jobs/list.html", Catalog("workers")),
        ("static/js/app.js", Catalog("vms", "djangojs")),
    ],
)
def test_each_source_has_its_catalog(source: str, catalog: Catalog) -> None:
    assert catalog_of(Path(source)) == catalog
