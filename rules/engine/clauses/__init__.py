"""The clauses of the rule language: one file each, and the registry that finds the words and the node of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Field, Tag, create_model

from rules.engine.basics import Document
from rules.engine.clauses.attribute import Attribute, AttributeNode
from rules.engine.clauses.base import Arguments, Node, Setting, UnusableRuleError
from rules.engine.clauses.camera import CameraNode, CameraState
from rules.engine.clauses.crosses import Crosses, CrossesNode
from rules.engine.clauses.in_zone import InZone, InZoneNode, Outside, OutsideNode
from rules.engine.clauses.lasting import Lasting, LastingNode
from rules.engine.clauses.logic import AllNode, AnyNode, NotNode
from rules.engine.clauses.motion import Heading, HeadingNode, Speed, SpeedNode
from rules.engine.clauses.near import Alone, AloneNode, Near, NearNode
from rules.engine.clauses.place import (
    Absent,
    AbsentNode,
    Count,
    CountNode,
    Density,
    DensityNode,
    Queue,
    QueueNode,
)
from rules.engine.clauses.pose import PoseIs, PoseNode
from rules.engine.clauses.removed import Removed, RemovedNode
from rules.engine.clauses.repeats import Rate, RateNode, Times, TimesNode
from rules.engine.clauses.schedule import Schedule, ScheduleNode
from rules.engine.clauses.sequence import Tailgating, TailgatingNode, Then, ThenNode
from rules.engine.clauses.stationary import Stationary, StationaryNode
from rules.engine.clauses.worn import Lacks, LacksNode, Wears, WearsNode

CLAUSES: Mapping[str, tuple[type[Arguments], Callable[[Any, Setting], Node]]] = {
    "in_zone": (InZone, InZoneNode),
    "outside": (Outside, OutsideNode),
    "crosses": (Crosses, CrossesNode),
    "near": (Near, NearNode),
    "alone": (Alone, AloneNode),
    "heading": (Heading, HeadingNode),
    "speed": (Speed, SpeedNode),
    "stationary": (Stationary, StationaryNode),
    "attribute": (Attribute, AttributeNode),
    "wears": (Wears, WearsNode),
    "lacks": (Lacks, LacksNode),
    "pose": (PoseIs, PoseNode),
    "removed": (Removed, RemovedNode),
    "count": (Count, CountNode),
    "density": (Density, DensityNode),
    "queue": (Queue, QueueNode),
    "absent": (Absent, AbsentNode),
    "tailgating": (Tailgating, TailgatingNode),
    "then": (Then, ThenNode),
    "times": (Times, TimesNode),
    "rate": (Rate, RateNode),
    "lasting": (Lasting, LastingNode),
    "schedule": (Schedule, ScheduleNode),
    "camera": (CameraState, CameraNode),
}
"""By the word in the document: its arguments, and the node that follows it."""
LOGIC = ("all", "any", "not")
WORDS = (*CLAUSES, *LOGIC)
MOST_PARTS = 16


def word_of(value: object) -> str | None:
    """The word of a clause as written (a mapping with one key) or as read."""
    if isinstance(value, Document):
        return next(iter(type(value).model_fields), None)
    if isinstance(value, Mapping) and len(value) == 1:
        word = next(iter(value))
        return word if isinstance(word, str) else None
    return None


def _clause_models() -> dict[str, type[Document]]:
    several = Annotated["tuple[Clause, ...]", Field(min_length=1, max_length=MOST_PARTS)]
    kinds: dict[str, Any] = {"all": several, "any": several, "not": "Clause"}
    kinds |= {word: arguments for word, (arguments, _) in CLAUSES.items()}
    models: dict[str, Any] = {}
    for word, kind in kinds.items():
        title = "".join(part.capitalize() for part in word.split("_"))
        field: dict[str, Any] = {word: (kind, ...)}
        models[word] = create_model(f"{title}Clause", __base__=Document, __module__=__name__, **field)
    return models


MODELS = _clause_models()
"""By word: the mapping with that one key."""
if TYPE_CHECKING:
    Clause = Document
else:
    _union = None
    for _word, _model in MODELS.items():
        _member = Annotated[_model, Tag(_word)]
        _union = _member if _union is None else _union | _member
    Clause = Annotated[_union, Discriminator(word_of)]
    for _model in (*(arguments for arguments, _ in CLAUSES.values()), *MODELS.values()):
        _model.model_rebuild(_types_namespace={**globals(), "Clause": Clause})


def build(clause: Document, setting: Setting) -> Node:
    """The node of a clause.

    Raises:
        UnusableRuleError: the camera lacks something that the clause needs.
    """
    word = next(iter(type(clause).model_fields))
    argument: Any = getattr(clause, word)
    if word == "not":
        return NotNode(build(argument, setting), setting)
    if word in LOGIC:
        parts = [build(each, setting) for each in argument]
        return AllNode(parts) if word == "all" else AnyNode(parts)
    return CLAUSES[word][1](argument, setting)


__all__ = ["CLAUSES", "MODELS", "WORDS", "Arguments", "Clause", "Node", "Setting", "UnusableRuleError", "build"]
