"""Serve files as cameras until interrupted: ``python -m bench.simulator FILE… --cameras 60``."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.simulator.authentication import Login
from bench.simulator.camera import CameraSpec, cameras_named
from bench.simulator.encoding import StreamProfile, footage_encode
from bench.simulator.simulator import Ports, Simulator


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.simulator", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="H.264 or H.265 files, given to the cameras in turn")
    parser.add_argument("--cameras", type=int, default=1, help="how many: cam0, cam1, …")
    parser.add_argument("--sub", type=Path, help="the file of every sub stream (rtsp://…/cam0/sub)")
    parser.add_argument("--port", type=int, default=0, help="RTSP; 0 lets the system choose")
    parser.add_argument("--http-port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--login", metavar="USER:PASSWORD")
    parser.add_argument("--digest", action="store_true", help="ask for a digest login")
    parser.add_argument("--session-timeout", type=float, default=60.0, metavar="SECONDS")
    parser.add_argument("--fps", type=int, help="re-encode the files first, at this rate")
    parser.add_argument("--size", metavar="WIDTHxHEIGHT", help="re-encode: picture size")
    parser.add_argument("--codec", choices=["h264", "hevc"], default="h264", help="re-encode: codec")
    return parser.parse_args()


def _login(arguments: argparse.Namespace) -> Login | None:
    if not arguments.login:
        return None
    user, _, password = arguments.login.partition(":")
    return Login(user, password, "digest" if arguments.digest else "basic")


def _files(arguments: argparse.Namespace, folder: Path) -> list[Path]:
    if arguments.fps is None and arguments.size is None:
        return list(arguments.files)
    width, _, height = (arguments.size or "").partition("x")
    size = (int(width), int(height)) if arguments.size else None
    profile = StreamProfile(frames_per_second=arguments.fps or 10, size=size, codec=arguments.codec)
    return [footage_encode(file, folder / f"{number}.mp4", profile) for number, file in enumerate(arguments.files)]


def _specs(arguments: argparse.Namespace, folder: Path) -> list[CameraSpec]:
    files = _files(arguments, folder)
    template = CameraSpec(
        name="",
        main=files[0],
        sub=arguments.sub,
        login=_login(arguments),
        session_timeout_seconds=arguments.session_timeout,
    )
    return cameras_named(arguments.cameras, template, files)


async def _serve(specs: list[CameraSpec], ports: Ports) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Simulator(specs, ports) as simulator:
        print(json.dumps(asdict(simulator.ports)), flush=True)
        await stop.wait()


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        ports = Ports(rtsp=arguments.port, http=arguments.http_port, control=arguments.control_port)
        asyncio.run(_serve(_specs(arguments, Path(folder)), ports))


if __name__ == "__main__":
    main()
