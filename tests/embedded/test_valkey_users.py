"""The embedded Valkey's two users: Dramatiq works under the restricted one, which reaches nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import dramatiq
import pytest
import redis
from dramatiq.brokers.redis import RedisBroker
from redis.backoff import NoBackoff
from redis.retry import Retry

from vms.embedded.servers import embedded_servers

pytestmark = pytest.mark.slow

GIVEN_DATABASE = {"DATABASE_URL": "postgresql://not.used/here"}  # these tests need no PostgreSQL


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="vms test ") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with embedded_servers(folder / "data", given=GIVEN_DATABASE, durable=False) as variables:
            yield variables


@pytest.fixture
def gpu_client(addresses: dict[str, str]) -> redis.Redis:
    return redis.Redis.from_url(addresses["REDIS_GPU_URL"], decode_responses=True)


@pytest.fixture
def platform_client(addresses: dict[str, str]) -> redis.Redis:
    return redis.Redis.from_url(addresses["REDIS_URL"], decode_responses=True)


def make_broker(addresses: dict[str, str]) -> RedisBroker:
    """Its clean-up runs with every command, since that part of the script calls most."""
    return RedisBroker(url=addresses["REDIS_GPU_URL"], namespace="vms-gpu", middleware=[], maintenance_chance=1_000_000)


def test_dramatiq_sends_delays_works_off_and_dead_letters_as_the_gpu_user(addresses: dict[str, str]) -> None:
    broker = make_broker(addresses)
    seen: list[int] = []

    @dramatiq.actor(broker=broker, queue_name="chunks")
    def process_chunk(number: int) -> None:
        seen.append(number)
        if number == 3:
            raise ValueError("goes to the dead letters")

    process_chunk.send(1)
    process_chunk.send_with_options(args=(2,), delay=50)
    process_chunk.send(3)
    worker = dramatiq.Worker(broker, worker_timeout=50, worker_threads=1)
    worker.start()
    try:
        broker.join("chunks", timeout=60_000)
        worker.join()
    finally:
        worker.stop()

    assert sorted(seen) == [1, 2, 3]


def test_messages_of_a_dead_gpu_host_are_handed_to_another(addresses: dict[str, str]) -> None:
    dead, living = make_broker(addresses), make_broker(addresses)
    message: dramatiq.Message[None] = dramatiq.Message(
        queue_name="rescue", actor_name="process_chunk", args=(1,), kwargs={}, options={}
    )
    dead.declare_queue("rescue")
    dead.enqueue(message)
    assert next(dead.consume("rescue")) is not None
    living.heartbeat_timeout = 0  # whoever is silent counts as dead
    living.declare_queue("rescue")

    rescued = next(living.consume("rescue", timeout=10))

    assert rescued is not None
    assert rescued.message_id == message.message_id
    living.flush_all()


@pytest.mark.parametrize(
    "command",
    [
        ("HGET", "vms:default.msgs", "x"),
        ("LPOP", "vms:default"),
        ("HSET", "vms-cache:1", "a", "b"),
        ("EVAL", "return redis.call('hget', 'vms:default.msgs', 'x')", "0"),
        ("EVAL", "return redis.call('hset', KEYS[1], 'a', 'b')", "1", "vms:default.msgs"),
        ("SELECT", "1"),
        ("EVAL", "return redis.call('select', 1)", "0"),
        ("FLUSHALL",),
        ("CONFIG", "GET", "*"),
        ("ACL", "LIST"),
        ("PUBLISH", "vms-live__group__camera.1", "x"),
        ("SUBSCRIBE", "vms-live"),
        ("SCAN", "0"),
        ("SHUTDOWN",),
    ],
)
def test_the_gpu_user_is_refused(gpu_client: redis.Redis, command: tuple[str, ...]) -> None:
    with pytest.raises(redis.ResponseError, match=r"(?i)permissions|NOPERM"):
        gpu_client.execute_command(*command)  # type: ignore[no-untyped-call]


def test_the_gpu_user_sees_no_name_of_the_platforms_keys(gpu_client: redis.Redis, platform_client: redis.Redis) -> None:
    platform_client.set("vms:session:1", "secret")
    names = gpu_client.keys("*")
    assert isinstance(names, list)
    assert [name for name in names if not name.startswith("vms-gpu:")] == []


def test_without_a_password_nobody_gets_in(platform_client: redis.Redis) -> None:
    path = platform_client.connection_pool.connection_kwargs["path"]
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(unix_socket_path=path, retry=Retry(NoBackoff(), 0)).ping()


def test_a_full_memory_refuses_writes_instead_of_dropping_messages(platform_client: redis.Redis) -> None:
    assert platform_client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
