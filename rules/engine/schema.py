"""What a rule document and a zone look like: the typed tree that YAML is parsed into."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from rules.engine.names import name_check

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^<>]+$"), AfterValidator(name_check)]
Message = Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")]
Point = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]
"""(x, y), normalised to the frame: 0,0 is the top left corner and 1,1 the bottom right one."""

MAX_DOCUMENT_BYTES = 64_000


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class ZoneShape(Document):
    """A polygon (three points or more) or a directed line (two points, read from the first to the second)."""

    name: Name
    kind: Literal["polygon", "line"]
    points: tuple[Point, ...] = Field(min_length=2, max_length=64)

    @model_validator(mode="after")
    def points_fit_the_kind(self) -> Self:
        if self.kind == "line" and (len(self.points) != 2 or self.points[0] == self.points[1]):
            raise ValueError("a line needs exactly two different points")
        if self.kind == "polygon" and len(set(self.points)) < 3:
            raise ValueError("a polygon needs at least three different points")
        return self


class Who(Document):
    """Which tracks a rule looks at. No classes means every class.

    A track's class is the one that most of its detections speak for. ``min_confidence`` must be reached once:
    in the frame that begins a stay, or in one frame of a crossing; fainter frames then continue it.
    """

    classes: tuple[Name, ...] = ()
    min_confidence: float = Field(default=0.4, ge=0, le=1)


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


Condition = Annotated[ZonePresence | LineCrossing, Field(discriminator="type")]


class RuleSpec(Document):
    """One rule: who must do what, how grave it is, and how much of the clip to keep around it."""

    name: Name
    severity: Severity = Severity.MEDIUM
    who: Who = Who()
    when: Condition
    pre_roll_seconds: float = Field(default=5, ge=0, le=60)
    post_roll_seconds: float = Field(default=5, ge=0, le=60)
    max_clip_seconds: float = Field(default=120, ge=1, le=600)
    message: Message = "{rule}: {class_name} at {camera}"

    def zone_names(self) -> frozenset[str]:
        return frozenset({self.when.zone if isinstance(self.when, ZonePresence) else self.when.line})


class DocumentError(ValueError):
    """A rule document that cannot be used; ``problems`` holds one plain sentence per fault, each with its path."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Loader(yaml.SafeLoader):
    """No rule needs aliases, and a few hundred bytes of them can unfold into gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not used in rules", mark)
        return super().compose_node(parent, index)


def parse_rule(text: str) -> RuleSpec:
    """Read a YAML rule document.

    Raises:
        DocumentError: it is too long, not YAML, or does not fit the schema.
    """
    if len(text.encode()) > MAX_DOCUMENT_BYTES:
        raise DocumentError([f"the document is longer than {MAX_DOCUMENT_BYTES} bytes"])
    try:
        data = yaml.load(text, _Loader)  # noqa: S506  a safe loader, made stricter
    except (yaml.YAMLError, RecursionError, ValueError, LookupError, AttributeError) as error:
        # The last two: what PyYAML raises for a value that does not fit its tag, such as `!!bool maybe`.
        raise DocumentError([f"not valid YAML: {error}"]) from error
    if not isinstance(data, dict):
        raise DocumentError(["a rule is a mapping of names to values"])
    try:
        return RuleSpec.model_validate(data)
    except ValidationError as error:
        raise DocumentError([_sentence(item["loc"], item["msg"]) for item in error.errors()]) from error


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    path = ".".join(str(part) for part in location) or "document"
    return f"{path}: {message.removeprefix('Value error, ')}"
