"""What can be set about tracking; the defaults are those of production and of ``bench tracker``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackerConfig:
    """Times in seconds, overlaps as intersection over union, noise in box sizes (the square root of the area)."""

    low_confidence: float = 0.1
    """Fainter detections are ignored."""
    high_confidence: float = 0.5
    """From here a detection may continue any track; below it a confirmed one that it overlaps well."""
    new_track_confidence: float = 0.45
    tentative_confidence: float = 0.4
    """From here a detection continues a track that is not confirmed: distant objects come and go around the rest."""
    confirm_evidence: float = 1.2
    """A track is reported once its detections' confidences add up to this: two clear ones or three faint ones.

    Never with its first detection, since no confidence is above 1.
    """
    lost_seconds: float = 2.0
    """How long an unseen confirmed track waits for its object to come back."""
    tentative_seconds: float = 0.3
    """How long an unseen, unconfirmed track waits; at least the next frame, however late it comes."""

    gap_steps: float = 3.0
    """Nothing was seen for longer than ``lost_seconds`` and so many times the step before: who walked has walked away.

    A camera that is looked at every few seconds has no gaps: that is its step.
    """
    standing_speed: float = 0.3
    """Box sizes a second: a slower track stood when the gap began; who is found at its place after it is the same."""
    standing_overlap: float = 0.4

    first_overlap: float = 0.1
    """Times the detection's confidence."""
    faint_overlap: float = 0.4
    """For a detection below ``high_confidence``."""
    tentative_overlap: float = 0.15
    reach: float = 2.0
    """For what overlaps nothing: boxes grow by so many standard deviations of the track's predicted position."""
    reach_overlap: float = 0.3
    reach_shape_overlap: float = 0.5
    """How alike the two boxes' sizes must be then."""
    class_change_overlap: float = 0.7
    """A detection of another class continues a track only from this overlap on."""
    duplicate_overlap: float = 0.8
    """A detection that overlaps a matched one this much is the same object under another name: no new track."""

    measurement_noise: float = 0.12
    position_noise: float = 0.1
    """Random walk of the position, per square root of a second."""
    velocity_noise: float = 0.5
    """Random walk of the velocity, per second and square root of a second."""
    initial_velocity_noise: float = 2.5
    """How fast a new object may be, in box sizes per second (one standard deviation)."""
    max_step_seconds: float = 2.0
    """A longer interval between two frames counts as this long for the prediction."""
    max_tracks: int = 512
    """No new track starts while this many are held, so that memory stays bounded."""
