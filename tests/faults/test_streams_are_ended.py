"""A service that ends streams: because the key behind them is gone, and because it leaves itself."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asking
import grpc
import psutil
import pytest
import pytest_asyncio
from databases import postgres
from doorstep.tracking.v1 import ingest_service_pb2, live_service_pb2
from house import House, Stubs
from house import house as open_house
from joserfc.jwk import ECKey
from refusing import Refused, refused
from serving import skip_unless_available

from doorstepd.access.callers import Role
from doorstepd.doors.supervisor import DOORS

pytestmark = [pytest.mark.fault, pytest.mark.timeout(120)]
SOON = 15.0


@pytest.fixture(params=DOORS)
def own_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """One that no other test uses: it does not survive."""
    skip_unless_available(request.param)
    with open_house(request.param, tmp_path, postgres().empty() if request.param == "grpcio" else "") as it:
        yield it


@pytest_asyncio.fixture
async def stubs(own_house: House) -> AsyncIterator[Stubs]:
    async with grpc.aio.insecure_channel(own_house.daemon.target) as channel:
        yield Stubs(channel)


class Streams:
    """A watch, a fleet map and an idle phone, each of which has heard something."""

    def __init__(self, house: House, stubs: Stubs, order_id: str) -> None:
        staff = house.caller(Role.MERCHANT_ADMIN)
        self.watch = stubs.live.WatchOrder(live_service_pb2.WatchOrderRequest(order_id=order_id), metadata=staff)
        self.fleet = stubs.live.WatchFleet(live_service_pb2.WatchFleetRequest(), metadata=staff)
        self.phone = stubs.ingest.ReportPositions(metadata=house.courier("k1"))

    async def open(self) -> None:
        await self.phone.write(ingest_service_pb2.ReportPositionsRequest(fixes=[asking.fix(900.0)], batch_id=7))
        async with asyncio.timeout(SOON):
            for stream in (self.phone, self.watch, self.fleet):
                assert await stream.read()

    async def last_words(self) -> list[Any]:
        """The last message of each, after which it ended without error."""
        return await asyncio.gather(*map(_last, (self.watch, self.fleet, self.phone)))


async def _last(stream: Any) -> Any:
    message = None
    async with asyncio.timeout(SOON):
        while (read := await stream.read()) is not grpc.aio.EOF:
            message = read
    return message


async def streams(house: House, stubs: Stubs) -> Streams:
    order = asking.order()
    await stubs.ingest.CreateOrder(order, metadata=house.caller())
    opened = Streams(house, stubs, order.order_id)
    await opened.open()
    return opened


async def test_streams_end_when_their_key_is_taken_out(own_house: House, stubs: Stubs) -> None:
    opened = await streams(own_house, stubs)
    path = own_house.data / "keys" / "jwks.json"
    other = ECKey.generate_key("P-256", parameters={"kid": "other"})
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps({"keys": [other.as_dict(private=False)]}))
    unfinished.replace(path)
    for stream in (opened.watch, opened.fleet, opened.phone):
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await _last(stream)
        assert ended.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert Refused(ended.value).reason == "INVALID_TOKEN"
    again = stubs.live.WatchFleet(live_service_pb2.WatchFleetRequest(), metadata=own_house.caller(Role.MERCHANT_ADMIN))
    assert (await refused(again)).code is grpc.StatusCode.UNAUTHENTICATED


async def test_every_stream_is_told_to_go_away_when_the_service_leaves(own_house: House, stubs: Stubs) -> None:
    opened = await streams(own_house, stubs)
    psutil.Process(own_house.daemon._process.pid).send_signal(signal.SIGTERM)
    watched, mapped, reported = await opened.last_words()
    for message in (watched, mapped, reported):
        assert message.HasField("go_away")
        assert message.go_away.HasField("retry_after")
    assert not mapped.positions
    assert (reported.batch_id, reported.accepted) == (7, 0)
