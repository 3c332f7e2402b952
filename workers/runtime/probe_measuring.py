"""Turns what came from a camera in a few seconds into facts, and into warnings in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from workers.runtime.contract.marking import gettext_noop

LONGEST_KEYFRAME_SECONDS = 4.0
MOST_PIXELS = 2560 * 1440
FEW_FRAMES = 0.9
"""Below this part of the wanted rate a camera counts as too slow: measured over a few seconds, rates wobble."""


@dataclass(frozen=True, slots=True)
class PacketSample:
    """One packet: when it arrived, the time it carries if any (both in seconds), and what it is."""

    arrived: float
    stamp: float | None
    size: int
    is_keyframe: bool


@dataclass(slots=True)
class PacketSamples:
    """All packets of the video since the stream was opened."""

    has_clock: bool
    samples: list[PacketSample] = field(default_factory=list)

    def add(self, sample: PacketSample) -> None:
        self.samples.append(sample)

    @property
    def keyframes(self) -> int:
        return sum(sample.is_keyframe for sample in self.samples)

    @property
    def seconds(self) -> float:
        """From the first packet's arrival to the last's."""
        return self.samples[-1].arrived - self.samples[0].arrived if self.samples else 0.0

    @property
    def times(self) -> list[float]:
        """Each packet's time by the camera's clock where it has one that can be true, else by its arrival."""
        stamps = self._stamps() if self.has_clock else None
        return stamps or [sample.arrived for sample in self.samples]

    def _stamps(self) -> list[float] | None:
        known = [(place, sample.stamp) for place, sample in enumerate(self.samples) if sample.stamp is not None]
        if len(known) < 2:
            return None
        step = (known[-1][1] - known[0][1]) / (known[-1][0] - known[0][0])
        if step <= 0 or step > 60:
            return None
        # RTSP leaves the first packets without a time until the camera has said what its clock shows.
        first_place, first = known[0]
        return [first + (place - first_place) * step if sample.stamp is None else sample.stamp
                for place, sample in enumerate(self.samples)]  # fmt: skip

    @property
    def fps(self) -> float | None:
        times = sorted(self.times)
        if len(times) < 3 or times[-1] <= times[0]:
            return None
        return (len(times) - 1) / (times[-1] - times[0])

    @property
    def longest_keyframe_seconds(self) -> float | None:
        """The longest step from one keyframe to the next; None where fewer than two came."""
        marked = [time for time, sample in zip(self.times, self.samples, strict=True) if sample.is_keyframe]
        return max((later - earlier for earlier, later in pairwise(marked)), default=None)

    @property
    def has_reordered_pictures(self) -> bool:
        """Whether pictures are sent in another order than they are shown in (B-frames)."""
        stamps = [sample.stamp for sample in self.samples if sample.stamp is not None]
        steps = [later - earlier for earlier, later in pairwise(stamps)]
        usual = median(steps) if steps else 0.0
        return self.has_clock and sum(-20 * abs(usual) < step < 0 for step in steps) >= 2

    @property
    def kilobits_per_second(self) -> int:
        times = self.times
        seconds = max(times) - min(times) if times else 0.0
        # The first packet came before the clock began to run.
        return round(sum(sample.size for sample in self.samples[1:]) * 8 / 1000 / seconds) if seconds > 0 else 0


@dataclass(frozen=True, slots=True)
class Look:
    """What the warnings judge."""

    samples: PacketSamples
    codec: str
    width: int
    height: int
    transport: str
    detect_fps: float
    was_cut_off: bool


def warnings_for(look: Look) -> list[str]:
    """What will work less well than it could, and what to do about it."""
    judged = (_keyframes(look), _codec(look), _size(look), _rate(look), _order(look), _transport(look), _end(look))
    return [sentence for sentence in judged if sentence]


def _keyframes(look: Look) -> str:
    advice = "clips begin only at one, and a lost connection shows its first picture only then. Set it to 1 or 2 s."
    seconds, watched = look.samples.longest_keyframe_seconds, look.samples.seconds
    if seconds is None:
        few = watched >= LONGEST_KEYFRAME_SECONDS
        return f"Fewer than two keyframes came in {watched:.0f} s: {advice}" if few else ""
    return f"A keyframe comes only every {seconds:.1f} s: {advice}" if seconds > LONGEST_KEYFRAME_SECONDS else ""


def _codec(look: Look) -> str:
    if look.codec == "hevc":
        return gettext_noop(
            "The video is H.265 (HEVC): not every browser plays it, so each clip is converted, which takes time."
        )
    if look.codec == "mjpeg":
        return gettext_noop("The video is Motion JPEG: it needs many times the network and disk space of H.264.")
    return ""


def _size(look: Look) -> str:
    if look.width * look.height <= MOST_PIXELS:
        return ""
    return (
        f"The pictures are very large ({look.width} x {look.height}): decoding them costs much. Analyse the camera's "
        "smaller stream, and give this one as the stream of the clips."
    )


def _rate(look: Look) -> str:
    fps = look.samples.fps
    if fps is None or fps >= look.detect_fps * FEW_FRAMES:
        return ""
    return f"The camera sends {fps:.1f} pictures a second, fewer than the {look.detect_fps:g} that are to be analysed."


def _order(look: Look) -> str:
    if not look.samples.has_reordered_pictures:
        return ""
    return gettext_noop(
        "The pictures are sent out of order (B-frames), which delays every event. Switch them off in the camera."
    )


def _transport(look: Look) -> str:
    return (
        gettext_noop("The camera sends over UDP only: on a busy network pictures get lost.")
        if look.transport == "UDP"
        else ""
    )


def _end(look: Look) -> str:
    return f"The camera stopped sending after {look.samples.seconds:.1f} s." if look.was_cut_off else ""
