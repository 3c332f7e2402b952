"""Environment variables are read typed, and fail with a sentence that names them."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from vms.env import Env


def test_a_missing_variable_without_default_names_itself() -> None:
    with pytest.raises(ImproperlyConfigured, match="VMS_SECRET_KEY is not set"):
        Env({}).text("VMS_SECRET_KEY")


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Env({"A": " "}).text("A", "fallback") == "fallback"


@pytest.mark.parametrize(("value", "expected"), [("yes", True), ("TRUE", True), ("0", False), ("off", False)])
def test_booleans_are_read_in_the_usual_spellings(value: str, expected: bool) -> None:
    assert Env({"A": value}).boolean("A", default=not expected) is expected


@pytest.mark.parametrize("value", ["maybe", "2"])
def test_a_boolean_that_is_neither_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="use true or false"):
        Env({"A": value}).boolean("A", default=True)


@pytest.mark.parametrize("value", ["ten", "1.5", "-1", "101"])
def test_a_number_that_is_none_or_out_of_range_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="A is"):
        Env({"A": value}).integer("A", 5, least=0, most=100)


def test_words_are_split_at_commas_and_trimmed() -> None:
    assert Env({"A": " a, b ,,c "}).words("A") == ["a", "b", "c"]


def test_a_path_is_made_absolute(tmp_path: Path) -> None:
    assert Env({"A": str(tmp_path / "x" / ".." / "y")}).path("A", Path("/z")) == tmp_path / "y"


def test_a_database_url_may_name_a_socket_folder_with_spaces() -> None:
    found = Env({"D": "postgresql://vms:p%40ss@/vms?host=/a%20b/c&port=5433"}).database("D")
    assert (found["HOST"], found["PORT"], found["USER"], found["PASSWORD"], found["NAME"]) == (
        "/a b/c",
        "5433",
        "vms",
        "p@ss",
        "vms",
    )


def test_a_database_url_of_another_kind_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="postgresql://"):
        Env({"D": "sqlite:///x"}).database("D")


def test_networks_are_read_and_what_is_none_is_refused() -> None:
    assert Env({"A": "10.20.0.0/24, fd12::/64"}).networks("A") == ("10.20.0.0/24", "fd12::/64")
    with pytest.raises(ImproperlyConfigured, match=r"10\.20\.0\.1/24"):
        Env({"A": "10.20.0.1/24"}).networks("A")
