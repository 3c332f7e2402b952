"""Keeps a Procfile's processes running, and ends every one of them, with all it started, within a deadline."""

from __future__ import annotations

import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from vms.embedded.child import Child
from vms.embedded.interrupts import on_stop_signal
from vms.embedded.processes import descendants, kill_all, marked_processes
from vms.embedded.procfile import ProcfileEntry

MARK = "VMS_SUPERVISED_BY"
KILL_AFTER_SECONDS = 7.0  # with the servers after it, everything is down within 10 s
TURN_SECONDS = 0.1
SUPERVISOR = "supervisor"


class Supervisor:
    """``mark`` goes into every process's environment: by it, whatever a killed run left behind is found again."""

    def __init__(
        self,
        entries: Sequence[ProcfileEntry],
        *,
        environment: Mapping[str, str],
        folder: Path,
        mark: str,
        kill_after_seconds: float = KILL_AFTER_SECONDS,
        each_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self.mark = mark
        self.kill_after_seconds = kill_after_seconds
        self.each_turn = each_turn
        self.children = [Child(entry, {**environment, MARK: mark}, folder) for entry in entries]
        self._width = max(len(name) for name in [SUPERVISOR, *(entry.name for entry in entries)])
        self._selector = selectors.DefaultSelector()
        self._stops_asked = 0
        self._strays: list[psutil.Process] = []

    def run(self) -> None:
        """Returns after a stop signal, when nothing that was started is left."""
        with on_stop_signal(self._ask_to_stop):
            try:
                while not self._stops_asked:
                    self._start_due()
                    self._turn()
                self._stop()
            finally:
                self._end_the_rest()

    def _ask_to_stop(self, _number: int) -> None:
        self._stops_asked += 1

    def _start_due(self) -> None:
        for child in self.children:
            if not child.running and time.monotonic() >= child.start_again_at:
                try:
                    self._selector.register(child.start(), selectors.EVENT_READ, child)
                except OSError as error:
                    self._stops_asked += 1
                    self.say(SUPERVISOR, f"{child.name} cannot be started: {error}")

    def _turn(self) -> None:
        for key, _events in self._selector.select(TURN_SECONDS):
            self._pass_on(key.data)
        for child in self.children:
            self._look_after(child)
        self.each_turn()

    def _pass_on(self, child: Child) -> bool:
        """Prints what has come; false when there was nothing more."""
        lines = child.read_lines()
        if lines is None:
            self._forget_output(child)
        for line in lines or ():
            self.say(child.name, line.decode("utf-8", errors="replace").rstrip())
        return bool(lines)

    def _forget_output(self, child: Child) -> None:
        if child.output in self._selector.get_map():
            self._selector.unregister(child.output)

    def _look_after(self, child: Child) -> None:
        if not child.has_ended():
            return
        while self._pass_on(child):
            continue
        self._forget_output(child)
        how = "ended" if self._stops_asked else "ended unexpectedly and starts again soon"
        self.say(SUPERVISOR, f"{child.name} {how} (exit code {child.put_away()})")

    def _stop(self) -> None:
        self.say(SUPERVISOR, "stopping; once more to end everything at once")
        self._strays = descendants(child.process.pid for child in self.children if child.process is not None)
        for child in self.children:
            child.send(signal.SIGTERM)
        deadline = time.monotonic() + self.kill_after_seconds
        while any(child.running for child in self.children):
            if self._stops_asked > 1 or time.monotonic() >= deadline:
                break
            self._turn()

    def _end_the_rest(self) -> None:
        for child in self.children:
            if child.running:
                self.say(SUPERVISOR, f"{child.name} did not end in time and is killed")
            child.send(signal.SIGKILL)
        kill_all({*self._strays, *marked_processes(MARK, self.mark)})
        for child in self.children:
            if child.process is not None:
                child.process.wait()
        self._selector.close()

    def say(self, name: str, line: str) -> None:
        try:
            sys.stdout.write(f"{name:<{self._width}} | {line}\n")
            sys.stdout.flush()
        except BrokenPipeError:  # nobody reads any more, as after `make run | head`
            self._stops_asked = max(self._stops_asked, 1)
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for the rest of the process
