"""What the ring keeps, and what it gives for a clip."""

from __future__ import annotations

from workers.runtime.clips import ClipWindow
from workers.runtime.live.ring import KeptPacket, PacketRing, RingLimits, RingPart

STEP_MS, GROUP = 200, 5
PACKET = bytes(1_000)


def fill(ring: PacketRing, start_ms: int, end_ms: int, sets: bytes = b"a") -> None:
    """A packet every 200 ms, a keyframe every second."""
    for number, at_ms in enumerate(range(start_ms, end_ms, STEP_MS)):
        is_keyframe = number % GROUP == 0
        ring.add(KeptPacket(at_ms, at_ms, PACKET, is_keyframe), "h264", sets if is_keyframe else b"")


def times(part: RingPart | None) -> tuple[float, float]:
    assert part is not None
    return part.packets[0].show_ms, part.packets[-1].show_ms


def test_a_part_begins_at_the_keyframe_at_or_before_its_start() -> None:
    ring = PacketRing(RingLimits(seconds=60))
    fill(ring, 0, 20_000)

    part = ring.part(ClipWindow(5_500, 9_100), 7_000)

    assert times(part) == (5_000, 9_000)
    assert part is not None
    assert part.packets[0].is_keyframe
    assert part.shortened == ""


def test_whole_groups_older_than_the_limit_are_forgotten() -> None:
    ring = PacketRing(RingLimits(seconds=5))
    fill(ring, 0, 20_000)

    assert ring.start_ms == 14_000
    assert ring.byte_count == 30 * len(PACKET)


def test_what_a_clip_needs_is_kept_longer() -> None:
    ring = PacketRing(RingLimits(seconds=5))
    ring.need_from(2_500)
    fill(ring, 0, 20_000)
    kept_from_ms = ring.start_ms
    ring.need_from(None)
    fill(ring, 20_000, 21_000)

    assert kept_from_ms == 2_000
    assert ring.start_ms == 15_000


def test_never_more_than_the_limit_of_bytes_is_kept() -> None:
    ring = PacketRing(RingLimits(seconds=60, max_bytes=20 * len(PACKET)))
    ring.need_from(0)
    fill(ring, 0, 30_000)

    assert ring.byte_count <= 20 * len(PACKET)
    part = ring.part(ClipWindow(0, 29_000), 0)
    assert part is not None
    assert part.shortened == "begins_late"


def test_a_camera_without_further_keyframes_does_not_fill_the_memory() -> None:
    ring = PacketRing(RingLimits(seconds=60, max_bytes=10 * len(PACKET)))
    for number in range(1_000):
        ring.add(KeptPacket(number, number, PACKET, number == 0), "h264", b"a")

    assert ring.byte_count <= 10 * len(PACKET)


def test_a_part_stops_where_the_stream_changes_and_says_so() -> None:
    ring = PacketRing(RingLimits(seconds=60))
    fill(ring, 0, 10_000, b"small")
    fill(ring, 10_000, 20_000, b"large")

    before = ring.part(ClipWindow(5_000, 15_000), moment_ms=8_000)
    after = ring.part(ClipWindow(5_000, 15_000), moment_ms=12_000)

    assert times(before) == (5_000, 9_800)
    assert times(after) == (10_000, 15_000)
    assert before is not None
    assert after is not None
    assert before.shortened == after.shortened == "picture_changed"


def test_a_new_connection_begins_with_its_first_keyframe() -> None:
    ring = PacketRing(RingLimits(seconds=60))
    fill(ring, 0, 3_000)
    ring.begin_connection()
    ring.add(KeptPacket(3_000, 3_000, PACKET, is_keyframe=False), "h264", b"")
    fill(ring, 4_000, 6_000)

    part = ring.part(ClipWindow(1_000, 5_800), 2_000)

    assert part is not None
    assert 3_000 not in {packet.show_ms for packet in part.packets}
    assert times(part) == (1_000, 5_800)


def test_a_hole_and_a_late_begin_and_an_early_end_are_told() -> None:
    ring = PacketRing(RingLimits(seconds=60))
    fill(ring, 5_000, 8_000)
    ring.begin_connection()
    fill(ring, 15_000, 20_000)

    reasons = [
        part.shortened
        for window in (ClipWindow(5_000, 19_000), ClipWindow(2_000, 7_500), ClipWindow(16_000, 25_000))
        if (part := ring.part(window, window.start_ms)) is not None
    ]

    assert reasons == ["gap", "begins_late", "ends_early"]


def test_nothing_is_given_for_a_time_before_or_behind_the_ring() -> None:
    ring = PacketRing(RingLimits(seconds=60))
    fill(ring, 10_000, 12_000)

    assert ring.part(ClipWindow(1_000, 5_000), 2_000) is None
    assert ring.part(ClipWindow(20_000, 25_000), 22_000) is None
