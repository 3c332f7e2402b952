"""English that a template shows without marking it for translation: in texts, attributes, arguments of tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.template.base import Lexer, Token, TokenType

SHOWN = {"title", "alt", "placeholder", "aria-label", "aria-description", "label", "hx-confirm", "data-confirm"}
SAME_EVERYWHERE = {
    "VMS", "UTC", "CSV", "YAML", "PDF", "XLSX", "ZIP", "JSON", "API", "HTTP", "HTTPS", "RTSP", "ONVIF", "MQTT", "URL",
    "ID", "TLS", "SHA", "GPU", "CPU", "QR", "CRITICAL", "fps", "px", "ms", "min", "kB", "MB", "GB", "km", "Hz", "Esc",
    "Enter", "Shift", "Ctrl", "Alt", "Tab", "OK",
}  # fmt: skip
"""Names, units and keys: no other language has another word."""
WORD = re.compile(r"[A-Za-z]{2,}")
QUOTED = re.compile(r"""(?<!_\()(?P<quote>["'])(?P<words>(?:[A-Z][a-z]|\w+ \w)[^"']*)(?P=quote)""")
CODE_TAGS = {"load", "url", "static", "extends", "if", "elif", "translate", "blocktranslate", "now", "cycle"}


class _Shown(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.code += tag in {"script", "style", "code", "kbd"}
        shown = SHOWN | {"value"} if dict(attrs).get("type") in {"submit", "button"} else SHOWN
        values = [value for name, value in attrs if name in shown and "://" not in (value or "")]
        self.words += [value for value in values if value]

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag in {"script", "style", "code", "kbd"}

    def handle_data(self, data: str) -> None:
        if self.code <= 0:
            self.words.append(data)


def unmarked(source: str) -> list[str]:
    """What is shown and not marked, in order."""
    tokens = Lexer(source).tokenize()
    shown = _Shown()
    shown.feed("".join(_without_marked(tokens)))
    shown.close()
    literals = [words for token in tokens for words in _literals(token)]
    return [" ".join(words.split()) for words in (*shown.words, *literals) if _is_english(words)]


def _without_marked(tokens: list[Token]) -> Iterator[str]:
    """The texts outside of blocks that are translated; what a tag puts in is "…"."""
    inside = ""
    for token in tokens:
        name = token.contents.split(maxsplit=1)[0] if token.contents.strip() else ""
        if token.token_type == TokenType.BLOCK:
            if name in {"blocktranslate", "comment"}:
                inside = name
            elif name == f"end{inside}":
                inside = ""
            yield "" if name.startswith(("end", "else")) else " "
        elif token.token_type == TokenType.TEXT and not inside:
            yield token.contents
        elif token.token_type == TokenType.VAR:
            yield "…"


def _literals(token: Token) -> Iterator[str]:
    if token.token_type not in {TokenType.BLOCK, TokenType.VAR}:
        return
    if token.token_type == TokenType.BLOCK and token.split_contents()[0] in CODE_TAGS:
        return
    for found in QUOTED.finditer(re.sub(r'\|date:"[^"]*"', "", token.contents)):
        yield found["words"]


def _is_english(words: str) -> bool:
    plain = re.sub(r"&\w+;|…?(/[\w…]+)+/", " ", words)
    return any(word not in SAME_EVERYWHERE for word in WORD.findall(plain))
