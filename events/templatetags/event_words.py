"""Words about events."""

from __future__ import annotations

from django import template

from events import class_words

register = template.Library()
register.filter("class_word", class_words.class_word)
