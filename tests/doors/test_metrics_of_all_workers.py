"""What Prometheus is told by a service of several workers."""

import asyncio
import os
import re
import signal
import socket
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import httpx2
import psutil
import pytest
from doorstep.tracking.v1 import tracking_service_pb2, tracking_service_pb2_grpc
from serving import skip_unless_available

from doorstepd.doors.opening import Opening
from doorstepd.doors.supervisor import DOORS
from doorstepd.serving import serving

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
REFUSED = re.compile(r'^doorstep_calls_total\{code="UNAUTHENTICATED",method="GetOrder"\} (\S+)$', re.M)


@pytest.fixture(params=DOORS)
def door(request):
    skip_unless_available(request.param)
    return request.param


@asynccontextmanager
async def service(door, tmp_path, monkeypatch, metrics_port=0):
    monkeypatch.setenv("DOORSTEP_DATA", str(tmp_path))
    monkeypatch.setenv("DOORSTEP_METRICS_PORT", str(metrics_port))
    async with serving(door, Opening(workers=2, grace=1.0), tmp_path) as opened:
        yield opened


async def refused(target):
    """A call without a token, over a connection of its own: whichever worker takes it."""
    async with grpc.aio.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        stub = tracking_service_pb2_grpc.TrackingServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.GetOrder(tracking_service_pb2.GetOrderRequest(order_id="1"), wait_for_ready=True)


async def scraped(url):
    """/metrics over a connection of its own."""
    async with httpx2.AsyncClient(timeout=20) as client:
        return await client.get(f"{url}/metrics")


def counted(text):
    return sum(float(number) for number in REFUSED.findall(text))


def workers():
    """Those of this service: other tests' servers may be open in this process too."""
    return [one.pid for one in psutil.Process().children() if _counts_here(one)]


def _counts_here(process):
    try:
        return process.environ().get(FOLDER) == os.environ[FOLDER]
    except psutil.Error:  # one that has just ended
        return False


async def test_any_worker_tells_the_sum_of_all_and_one_that_died_stays_counted(door, tmp_path, monkeypatch):
    async with service(door, tmp_path, monkeypatch) as opened:
        for _ in range(8):
            await refused(opened.target)
        assert {counted((await scraped(opened.http_url)).text) for _ in range(8)} == {8.0}
        first = workers()[0]
        its_gauges = Path(os.environ[FOLDER]) / f"gauge_livesum_{first}.db"
        assert its_gauges.exists()
        os.kill(first, signal.SIGKILL)
        while first in workers() or len(workers()) < 2:
            await asyncio.sleep(0.05)
        await refused(opened.target)
        assert counted((await scraped(opened.http_url)).text) == 9.0
        assert not its_gauges.exists()  # else watches that it held open would be counted for ever
    assert FOLDER not in os.environ


async def test_with_a_port_of_their_own_the_public_one_has_no_metrics(tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with service("grpcio", tmp_path, monkeypatch, port) as opened:
        await refused(opened.target)
        assert (await scraped(opened.http_url)).status_code == 404
        assert counted((await scraped(f"http://127.0.0.1:{port}")).text) == 1.0
