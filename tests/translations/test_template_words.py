"""The check of templates sees what a reader would."""

from __future__ import annotations

import pytest

from tests.translations.template_words import unmarked


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>Save</p>", ["Save"]),
        ('<p>{% if a %}Yes{% else %}{% translate "No" %}{% endif %}</p>', ["Yes"]),
        ('<a title="Back">{{ name }}</a>', ["Back"]),
        ('{% icon "menu" "Menu" %}', ["Menu"]),
        ('{{ name|default:"nobody there" }}', ["nobody there"]),
        ("{{ count }} cameras", ["… cameras"]),
    ],
)
def test_words_that_are_not_marked(template: str, words: list[str]) -> None:
    assert unmarked(template) == words


@pytest.mark.parametrize(
    "template",
    [
        '{% translate "Save" %}',
        "{% blocktranslate %}Save <b>it</b>{% endblocktranslate %}",
        '{% icon "menu" _("Menu") %}',
        '<a class="link" href="{% url \'home\' %}" data-words="x">{{ name }}</a>',
        '{% if a == "On call" %}{{ value|date:"D d M" }}{% endif %}',
        "<p>5 ms · VMS, UTC</p><style>p { color: red }</style>",
        '<input type="hidden" name="deed" value="assign">{{ base }}/account/messages/',
    ],
)
def test_words_that_are_marked_or_nobodys_language(template: str) -> None:
    assert unmarked(template) == []
