"""A door opens, keeps its workers, and closes without cutting anyone off."""

import asyncio
import os
import signal
import socket
import sys

import grpc
import psutil
import pytest
from echo_app import SECRET
from echo_pb2 import Ask
from echo_pb2_grpc import EchoStub
from eventually import eventually
from grpc_health.v1 import health_pb2, health_pb2_grpc
from serving import serving, skip_unless_available

from doorstepd.doors.opening import Opening
from doorstepd.doors.supervisor import DOORS, DidNotOpen, OpenDoor

APP = "echo_app:build"


@pytest.fixture(params=DOORS)
def door(request):
    skip_unless_available(request.param)
    return request.param


def own_channel(target):
    """A channel with a connection of its own."""
    return grpc.aio.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1)])


async def worker_of(target):
    async with own_channel(target) as channel:
        return (await EchoStub(channel).Unary(Ask(act="pid"), wait_for_ready=True, timeout=30)).number


async def test_open_streams_end_by_themselves_when_the_door_closes(door):
    async with serving(door=door, app=APP, grace=5.0) as server, own_channel(server.target) as channel:
        call = EchoStub(channel).Down(Ask(act="stay", count=1))
        assert (await call.read()).number == 0
        closing = asyncio.create_task(server.close())
        assert (await call.read()).text == "come again"
        assert await call.read() is grpc.aio.EOF
        assert await call.code() is grpc.StatusCode.OK
        await closing


@pytest.mark.parametrize("door", [name for name in DOORS if name != "envoy"])  # Envoy ends by itself, and at once
async def test_a_worker_that_is_ended_by_itself_sends_its_callers_away_too(door):
    skip_unless_available(door)
    async with serving(door=door, app=APP, grace=5.0) as server, own_channel(server.target) as channel:
        call = EchoStub(channel).Down(Ask(act="stay", count=1))
        assert (await call.read()).number == 0
        server.process.send_signal(signal.SIGTERM)
        assert (await call.read()).text == "come again"
        assert await call.read() is grpc.aio.EOF
        assert await call.code() is grpc.StatusCode.OK


async def test_health_turns_before_the_streams_end(door):
    async with serving(door=door, app=APP, grace=5.0) as server, own_channel(server.target) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        call = EchoStub(channel).Down(Ask(act="stay", count=1))
        await call.read()
        closing = asyncio.create_task(server.close())
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        assert await watch.read() is grpc.aio.EOF
        assert (await call.read()).text == "come again"
        await closing


async def test_a_call_that_does_not_end_is_told_to_try_again(door):
    async with serving(door=door, app=APP, grace=0.3) as server, own_channel(server.target) as channel:
        call = EchoStub(channel).Down(Ask(act="sleep", count=1, seconds=60, key="k"))
        await call.read()
        closing = asyncio.create_task(server.close())
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        await closing


async def test_a_worker_that_dies_is_started_again(door):
    async with serving(door=door, app=APP) as server:
        first = await worker_of(server.target)
        assert server.pids == [first]
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: not psutil.pid_exists(first), "the end of the first", 20)
        assert await worker_of(server.target) not in (0, first)


async def test_two_workers_share_the_port(door):
    async with serving(door=door, app=APP, workers=2) as server:
        seen = set()
        for _ in range(100):
            seen.add(await worker_of(server.target))
            if len(seen) == 2:
                break
        assert seen == set(server.pids)


def test_a_port_that_somebody_has_is_refused(door):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            OpenDoor(door, Opening(app=APP, port=taken.getsockname()[1], workers=2))


async def test_a_port_that_was_free_is_nobody_elses_before_a_worker_has_it(door):
    chosen = OpenDoor(door, Opening(app=APP))
    for port in {chosen.opening.port, chosen.opening.http_port}:
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
    await chosen.close()


@pytest.mark.parametrize("app", ["echo_app:fail", "no_such_module:build", "echo_app:nothing"])
async def test_an_app_that_does_not_start_is_one_line_in_the_log_and_is_not_quoted(door, app, capfd):
    with pytest.raises(DidNotOpen):
        async with serving(door=door, app=app):
            pass
    said = "".join(capfd.readouterr())
    assert SECRET not in said
    assert len(said.splitlines()) == 1
    assert "the app did not start" in said


_SUPERVISE = """
import asyncio
from doorstepd.doors.opening import Opening
from doorstepd.doors.supervisor import OpenDoor
class Door(OpenDoor):
    async def open(self):
        await super().open()
        print("worker", *self.pids, flush=True)
asyncio.run(Door("{door}", Opening(app="echo_app:build", grace=0.5)).run())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
async def test_workers_go_when_the_supervisor_goes(door, number):
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _SUPERVISE.format(door=door),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    while not (line := await supervisor.stdout.readline()).startswith(b"worker"):
        assert line
    worker = int(line.split()[1])
    assert psutil.pid_exists(worker)
    supervisor.send_signal(number)
    status = await asyncio.wait_for(supervisor.wait(), 30)
    assert status == (-signal.SIGKILL if number is signal.SIGKILL else 0)
    await eventually(lambda: not psutil.pid_exists(worker), "the end of the worker", 20)
