"""Words about events."""

from __future__ import annotations

from django import template

from events import class_words

register = template.Library()
register.filter("class_word", class_words.class_word)


@register.simple_tag
def class_words_here() -> dict[str, str]:
    """Those that the reader's language calls otherwise than the detector: for scripts."""
    words = {name: str(word) for name, word in class_words.CLASS_WORDS.items()}
    return {name: word for name, word in words.items() if word != name}
