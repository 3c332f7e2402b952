"""The control port: faults and counts of the cameras as HTTP and JSON, for tests in other processes."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from pydantic import ValidationError

from bench.simulator.faults import FaultCommand
from bench.simulator.http_server import HttpExchange

if TYPE_CHECKING:
    from bench.simulator.simulator import Simulator


class ControlPort:
    """
    GET /ports, GET /cameras, GET /cameras/cam0, POST /cameras/cam0/faults (a FaultCommand),
    DELETE /cameras/cam0/faults, POST and DELETE /listeners.
    """

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def handle(self, exchange: HttpExchange) -> None:
        request = exchange.request
        match request.method, request.path:
            case "GET", ["ports"]:
                ports = self._simulator.ports
                exchange.answer_json({"rtsp": ports.rtsp, "http": ports.http, "control": ports.control})
            case "GET", ["cameras"]:
                exchange.answer_json([camera.report() for camera in self._simulator.cameras.values()])
            case "POST", ["listeners"]:
                await self._simulator.open_listeners()
                exchange.answer(HTTPStatus.NO_CONTENT)
            case "DELETE", ["listeners"]:
                self._simulator.close_listeners()
                exchange.answer(HTTPStatus.NO_CONTENT)
            case method, ["cameras", name, *rest] if name in self._simulator.cameras:
                self._handle_camera(exchange, method, name, rest)
            case _:
                exchange.answer(HTTPStatus.NOT_FOUND)

    def _handle_camera(self, exchange: HttpExchange, method: str, name: str, rest: list[str]) -> None:
        camera = self._simulator.cameras[name]
        match method, rest:
            case "GET", []:
                exchange.answer_json(camera.report())
            case "DELETE", ["faults"]:
                camera.heal()
                exchange.answer_json(camera.report())
            case "POST", ["faults"]:
                try:
                    camera.apply(FaultCommand.model_validate_json(exchange.request.body))
                except (ValidationError, ValueError, OSError) as error:
                    exchange.answer(HTTPStatus.BAD_REQUEST, str(error).encode())
                    return
                exchange.answer_json(camera.report())
            case _:
                exchange.answer(HTTPStatus.METHOD_NOT_ALLOWED)
