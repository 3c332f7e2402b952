"""``camera``: the picture itself says that somebody covered, moved or blinded the camera."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Literal, overload

from pydantic import Field

from rules.engine.basics import Duration
from rules.engine.clauses.base import Facts, Held, HeldNode, Measure, Setting, State, share
from rules.engine.geometry import Flags, Floats
from rules.engine.scene import SCENE, Scene
from rules.engine.watching import MEASURED

HERE = (SCENE,)
USUAL_HALF_LIFE_MS = 600_000
"""How slowly the idea of the camera's usual sharpness follows the pictures."""
Figure = Literal["brightness", "contrast", "sharpness", "shift"]


THRESHOLDS: dict[str, tuple[Figure, float]] = {
    "covered": ("contrast", 0.05),
    "dark": ("brightness", 0.08),
    "moved": ("shift", 0.05),
    "blurred": ("sharpness", 0.3),
}


class CameraState(Held):
    """``covered``: hardly any structure is left; ``blurred``: much less sharp than usual; ``dark``; ``moved``."""

    SHORT: ClassVar[str | None] = "is"

    state: Literal["covered", "moved", "dark", "blurred"] = Field(alias="is")
    for_seconds: Duration = Field(default=5, alias="for")
    gap: Duration = 2
    threshold: float | None = Field(default=None, gt=0, le=1)
    """Covered: contrast below; dark: brightness below; moved: shift above; blurred: share of the usual sharpness."""

    @property
    def figure(self) -> Figure:
        return THRESHOLDS[self.state][0]

    @property
    def limit(self) -> float:
        return self.threshold or THRESHOLDS[self.state][1]

    @overload
    def holds(self, value: float) -> bool: ...

    @overload
    def holds(self, value: Floats) -> Flags: ...

    def holds(self, value: float | Floats) -> bool | Flags:
        """Of sharpness, ``value`` is the share of the usual one."""
        return value >= self.limit if self.figure == "shift" else value <= self.limit


def relative_sharpness(value: float, usual: float | None, elapsed_ms: float, limit: float) -> tuple[float, float]:
    """As a share of the usual one, and what is usual from now on.

    While it is blurred, that is not learnt as usual, only very slowly.
    """
    usual = value if usual is None else usual
    relative = value / max(usual, 1e-9)
    half_life_ms = USUAL_HALF_LIFE_MS * (12 if relative <= limit else 1)
    learnt = 1 - 0.5 ** (min(10_000, elapsed_ms) / half_life_ms)
    return relative, usual + learnt * (value - usual)


class CameraNode(HeldNode):
    name = "camera"
    of_scene = True

    def __init__(self, arguments: CameraState, setting: Setting) -> None:
        super().__init__(arguments, setting)
        self._words = arguments
        self._figure, self._threshold = arguments.figure, arguments.limit
        self.usual_sharpness: float | None = None
        self._value: float | None = None
        self.watch = MEASURED

    def due_ms(self) -> float:
        # A frame that was not measured says no.
        return 0 if self._true else super().due_ms()

    def holds(self, scene: Scene) -> Collection[int]:
        value = getattr(scene.frame.signals, self._figure, None)
        if value is None:
            # An unmeasured frame says neither yes nor no: the run's gap bridges it.
            return ()
        self._value = float(value)
        if self._figure == "sharpness":
            elapsed_ms = scene.timestamp_ms - scene.previous_ms
            self._value, self.usual_sharpness = relative_sharpness(
                self._value, self.usual_sharpness, elapsed_ms, self._threshold
            )
        return HERE if self._words.holds(self._value) else ()

    def tell(self, usual_sharpness: float, value: float) -> None:
        """What it would know before the next frame, if it had been shown every one."""
        self.usual_sharpness, self._value = usual_sharpness, value

    def facts(self, scene: Scene, subject: int) -> Facts:
        sign = ">=" if self._figure == "shift" else "<="
        value = self._value
        nearness = 0.0
        if value is not None:
            nearness = share(value, self._threshold) if sign == ">=" else share(self._threshold, value)
        shown = None if value is None else round(value, 4)
        return Facts(shown, f"{sign} {self._threshold:g}", self._figure, nearness, {"state": self._words.state})

    def measure(self, scene: Scene, subject: int) -> Measure:
        return super().measure(scene, SCENE)

    def memory(self) -> State:
        return [*super().memory(), self.usual_sharpness, self._value]

    def remember(self, memory: State) -> None:
        super().remember(memory)
        self.usual_sharpness, self._value = memory[1:]
