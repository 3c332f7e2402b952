"""A rule document as a typed tree, and what can be asked of it: its zones, its models, its parameters' values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from rules.engine.basics import Document, Duration, Message, Name, Severity, Who
from rules.engine.clauses import MODELS, Arguments
from rules.engine.clauses import word_of as clause_word
from rules.engine.clauses.near import Near

ParameterName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
ParameterValue = bool | int | float | Annotated[str, Field(max_length=64)] | tuple[Name, ...]
REFERENCE = re.compile(r"\$([a-z][a-z0-9_]{0,39})")


class ZonePresence(Document):
    """A track's bottom centre is inside a polygon for at least ``dwell_seconds``.

    Leaving or being lost for at most ``gap_seconds`` neither ends the stay nor resets its clock.
    """

    type: Literal["zone_presence"]
    zone: Name
    dwell_seconds: float = Field(default=0, ge=0, le=86_400)
    gap_seconds: float = Field(default=1.0, ge=0, le=600)


class LineCrossing(Document):
    """A track's bottom centre crosses a directed line.

    Looking from the line's first point to its second, ``left_to_right`` starts on the left-hand side
    as seen on the picture (y grows downwards). It counts once per track and direction, when the track stands
    clearly (a tenth of its size) on the other side, and only if its path passed between the line's ends.
    """

    type: Literal["line_crossing"]
    line: Name
    direction: Literal["left_to_right", "right_to_left", "any"] = "any"


def condition_word(value: object) -> str | None:
    """The ``type`` of the two first conditions, else the one word of a clause."""
    if isinstance(value, Mapping) and "type" in value:
        return str(value["type"])
    if isinstance(value, ZonePresence | LineCrossing):
        return value.type
    return clause_word(value)


if TYPE_CHECKING:
    Condition = ZonePresence | LineCrossing | Document
else:
    _union = Annotated[ZonePresence, Tag("zone_presence")] | Annotated[LineCrossing, Tag("line_crossing")]
    for _word, _model in MODELS.items():
        _union = _union | Annotated[_model, Tag(_word)]
    Condition = Annotated[_union, Discriminator(condition_word)]


class Deduplicate(Document):
    """After an event, none for ``cooldown`` by the same track, of the same class, or on the whole camera."""

    by: Literal["track", "class", "camera"] = "track"
    cooldown: Duration = Field(gt=0)


class Override(Document):
    """Other values of parameters on one camera, or where a parameter names one zone, or both."""

    camera: Name | None = None
    zone: Name | None = None
    parameters: dict[ParameterName, ParameterValue] = Field(min_length=1)


def names_in(values: Iterable[object]) -> set[object]:
    """What parameters' values name: each is one name, or a list of them."""
    return {each for value in values for each in (value if isinstance(value, tuple | list) else (value,))}


def _no_markup(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a text holds no character zero")
    return text


TAG = r"^[a-z0-9][a-z0-9-]{0,39}$"
Tag64 = Annotated[str, Field(pattern=TAG)]
Text = Annotated[str, Field(max_length=1000), AfterValidator(_no_markup)]


class RuleSpec(Document):
    """One rule: who must do what, how grave it is, and how much of the clip to keep around it."""

    name: Name
    description: Text = ""
    example: Text = ""
    severity: Severity = Severity.MEDIUM
    tags: tuple[Tag64, ...] = Field(default=(), max_length=20)
    parameters: dict[ParameterName, ParameterValue] = Field(default={}, max_length=40)
    overrides: tuple[Override, ...] = Field(default=(), max_length=1000)
    who: Who = Who()
    when: Condition
    deduplicate: Deduplicate | None = None
    pre_roll_seconds: Annotated[Duration, Field(le=60)] = 5
    post_roll_seconds: Annotated[Duration, Field(le=60)] = 5
    max_clip_seconds: Annotated[Duration, Field(ge=1, le=600)] = 120
    message: Message = "{rule}: {class_name} at {camera}"
    authored: dict[str, Any] | None = Field(default=None, exclude_if=lambda value: value is None)
    """The document before its parameters were filled in; not written by authors."""

    @model_validator(mode="before")
    @classmethod
    def parameters_filled_in(cls, data: object) -> object:
        if not isinstance(data, Mapping) or data.get("authored") or not data.get("parameters"):
            return data
        values = data["parameters"]
        if not isinstance(values, Mapping):
            return data
        kept = {key: value for key, value in data.items() if key in ("parameters", "overrides", "authored")}
        rest = {key: filled_in(value, values) for key, value in data.items() if key not in kept}
        return {**rest, **kept, "authored": dict(data)}

    @model_validator(mode="after")
    def overrides_name_parameters(self) -> Self:
        for override in self.overrides:
            for name in override.parameters:
                if name not in self.parameters:
                    raise ValueError(f"an override names the parameter “{name}”, which the rule does not have")
        return self

    def on_camera(self, camera: str) -> RuleSpec:
        """The rule with this camera's values of its parameters; raises pydantic's ``ValidationError``."""
        here = [each for each in self.overrides if each.camera in (None, camera)]
        # Which zones the camera's own values name is known before it is asked what holds for a zone.
        named = names_in(_overridden(self.parameters, (each for each in here if each.zone is None)).values())
        fit = (each for each in here if each.zone is None or each.zone in named)
        return self.with_parameters(_overridden(self.parameters, fit))

    def with_parameters(self, values: Mapping[str, object]) -> RuleSpec:
        """The rule with some of its parameters' values replaced; raises pydantic's ``ValidationError``."""
        if self.authored is None or values == self.parameters:
            return self
        return RuleSpec.model_validate({**self.authored, "parameters": {**self.parameters, **values}})

    def zone_kinds(self) -> dict[str, str]:
        """The zones that the rule needs on a camera: ``polygon`` or ``line`` by name."""
        if isinstance(self.when, ZonePresence):
            return {self.when.zone: "polygon"}
        if isinstance(self.when, LineCrossing):
            return {self.when.line: "line"}
        return dict(self.zones_named())

    def zones_named(self) -> Iterator[tuple[str, str]]:
        """Each name that stands in the tree where an area or a line is to stand, and which of the two."""
        for words in _arguments(self.when):
            for fields, kind in ((words.AREAS, "polygon"), (words.LINES, "line")):
                for field in fields:
                    value = getattr(words, field)
                    yield from ((name, kind) for name in ((value,) if isinstance(value, str) else value or ()))

    def zone_names(self) -> frozenset[str]:
        return frozenset(self.zone_kinds())

    def clauses(self) -> Iterator[Arguments]:
        """The words of all clauses of the tree."""
        return _arguments(self.when)

    def classes_named(self) -> frozenset[str]:
        """Those that the detector is to find."""
        clauses = list(self.clauses())
        asked = [self.who, *(who for words in clauses if (who := getattr(words, "who", None)))]
        names = {name for who in asked if who.model in (None, "detector") for name in who.classes}
        return frozenset(names.union(*(words.classes for words in clauses if isinstance(words, Near))))

    def needs_motion(self) -> bool:
        """Whether a clause asks how fast tracks move."""
        return any(words.needs_motion for words in self.clauses())

    @property
    def remembered_seconds(self) -> float:
        """How long ago that may be on which it hangs whether the rule is true now."""
        if isinstance(self.when, ZonePresence):
            return self.when.dwell_seconds + self.when.gap_seconds
        return sum(words.remembered_seconds for words in self.clauses())

    def models_needed(self) -> frozenset[str]:
        """``detector``, and those without which the rule is blind: ``pose``, ``ppe``, or one that ``who`` names."""
        models = {"detector"} | ({self.who.model} if self.who.model else set())
        if isinstance(self.when, ZonePresence | LineCrossing):
            return frozenset(models)
        for words in _arguments(self.when):
            if words.MODEL and getattr(words, "uses", "") != "box":
                models.add(words.MODEL)
            inner = getattr(words, "who", None)
            models |= {inner.model} if inner is not None and inner.model else set()
        return frozenset(models)


def _overridden(values: Mapping[str, object], overrides: Iterable[Override]) -> dict[str, object]:
    """The last one wins."""
    found = dict(values)
    for override in overrides:
        found |= override.parameters
    return found


def filled_in(value: object, values: Mapping[str, object]) -> object:
    """``$name`` replaced by its parameter's value, in all that a document holds.

    Raises:
        ValueError: there is no such parameter.
    """
    if isinstance(value, Mapping):
        return {key: filled_in(each, values) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [filled_in(each, values) for each in value]
    match = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    # An unknown name stays as it is: the loader says where it stands.
    return values.get(match[1], value)


def _arguments(value: object) -> Iterator[Arguments]:
    if isinstance(value, Arguments):
        yield value
    if isinstance(value, Document):
        for field in type(value).model_fields:
            yield from _arguments(getattr(value, field))
    elif isinstance(value, tuple):
        for each in value:
            yield from _arguments(each)
