"""One goal of a bench and how far it was met."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Criterion:
    """``measured`` against a ``peer``'s figure in the same unit: their ratio has to reach ``goal``.

    ``at_most`` turns the goal round, for figures of which less is better. Where there is no peer (no ``peer_name``),
    the figure itself has to reach the goal.
    """

    name: str
    measured: float
    peer_name: str
    peer: float
    goal: float
    unit: str
    at_most: bool = False

    @property
    def ratio(self) -> float:
        return self.measured / self.peer

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    def line(self) -> str:
        sign = "<=" if self.at_most else ">="
        if not self.peer_name:
            verdict = "met" if self.is_met else "MISSED"
            return f"{self.name}: measured {self.measured:.2f} {self.unit}, goal {sign} {self.goal:.2f}: {verdict}"
        return (
            f"{self.name}: measured {self.measured:.2f} {self.unit}, goal {sign} {self.goal:.2f} x peer, "
            f"peer {self.peer_name} {self.peer:.2f} {self.unit}, ratio {self.ratio:.2f}: "
            f"{'met' if self.is_met else 'MISSED'}"
        )


def at_most(name: str, measured: float, goal: float, unit: str) -> Criterion:
    """A goal of its own."""
    return Criterion(name, measured, "", 1, goal, unit, at_most=True)


def report(criteria: list[Criterion]) -> int:
    """Print a line each; the exit code is 0 when every goal is met."""
    for criterion in criteria:
        print(criterion.line())
    return 0 if all(criterion.is_met for criterion in criteria) else 1
