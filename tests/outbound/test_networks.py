"""Which addresses may be connected to."""

from __future__ import annotations

import pytest

from vms.outbound.networks import Guard


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_the_public_internet_is_open(address: str) -> None:
    assert Guard().allows_text(address)


def test_a_listed_network_is_open_and_its_neighbour_is_not() -> None:
    guard = Guard(("10.20.0.0/24", "fd12::/64"))
    assert guard.allows_text("10.20.0.9")
    assert guard.allows_text("::ffff:10.20.0.9")
    assert guard.allows_text("fd12::9")
    assert not guard.allows_text("10.20.1.9")
    assert not guard.allows_text("fd13::9")


@pytest.mark.parametrize("address", ["169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1", "fd00:ec2::254", "::"])
def test_no_list_opens_what_hands_out_a_machines_keys(address: str) -> None:
    assert not Guard(("0.0.0.0/0", "::/0")).allows_text(address)
