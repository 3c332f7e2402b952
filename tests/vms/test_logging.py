"""Log lines are JSON, and never carry what local variables held."""

import json
import logging
import logging.config

import pytest
import structlog

from vms.observability.logging import configure


def logged(as_json: bool, capsys: pytest.CaptureFixture[str]) -> str:
    before = structlog.get_config()
    try:
        logging.config.dictConfig({**configure(level="INFO", as_json=as_json), "disable_existing_loggers": False})
        fail()
        return capsys.readouterr().err
    finally:
        structlog.configure(**before)


def fail() -> None:
    camera_login = "hunter" + "2"
    try:
        raise RuntimeError("the stream broke off")
    except RuntimeError:
        logging.getLogger("vms.test").exception("reading failed after %d characters", len(camera_login))


def test_a_traceback_in_json_names_the_error_and_no_local_variable(capsys: pytest.CaptureFixture[str]) -> None:
    line = logged(True, capsys).strip().splitlines()[-1]
    assert json.loads(line)["exception"][0]["exc_value"] == "the stream broke off"
    assert "hunter2" not in line


def test_a_traceback_for_a_terminal_shows_no_local_variable_either(capsys: pytest.CaptureFixture[str]) -> None:
    text = logged(False, capsys)
    assert "the stream broke off" in text
    assert "hunter2" not in text
