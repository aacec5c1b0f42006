"""Positions sent to a real server over links that break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import pytest
from doorstep import Backoff, Client, PermissionDenied, ReportSettings
from doorstep.messages import PositionFix, ReportPositionsResponse
from doorstep.tracking.v1.ingest_service_pb2_grpc import IngestServiceServicer
from half_open_proxy import half_open_proxy
from scripted_server import serving

FAST = ReportSettings(acknowledge_seconds=5.0, backoff=Backoff(first_seconds=0.01, most_seconds=0.05))


def fix(number: int) -> PositionFix:
    made = PositionFix()
    made.fix_time.seconds = number
    return made


async def day_of(count: int, pause: float = 0.0) -> AsyncIterator[PositionFix]:
    for number in range(1, count + 1):
        yield fix(number)
        await asyncio.sleep(pause)


class Ingest(IngestServiceServicer):  # type: ignore[misc]
    """Takes what comes; `answer(link, message)` says how: None acknowledges, a status code aborts."""

    def __init__(self, answer: Callable[[int, int], Any] = lambda link, message: None) -> None:
        self.answer = answer
        self.links: list[list[Any]] = []
        self.open = 0

    async def ReportPositions(self, requests: Any, context: Any) -> Any:
        link: list[Any] = []
        self.links.append(link)
        self.open += 1
        try:
            async for request in requests:
                link.append(request)
                answer = self.answer(len(self.links), len(link))
                if answer is None:
                    yield ReportPositionsResponse(batch_id=request.batch_id, accepted=len(request.fixes))
                else:
                    await context.abort(answer, "scripted")
        finally:
            self.open -= 1

    def seen(self) -> list[int]:
        return [fix.fix_time.seconds for link in self.links for request in link for fix in request.fixes]


async def test_every_fix_is_acknowledged_once_and_the_report_ends() -> None:
    ingest = Ingest()
    async with serving(ingest=ingest) as target, Client(target, reports=FAST) as client:
        taken = [a.accepted async for a in client.report_positions(day_of(3000), courier_id="c1")]
    assert sum(taken) == 3000
    assert ingest.seen() == list(range(1, 3001))
    assert ingest.links[0][0].courier_id == "c1"
    assert ingest.open == 0


async def test_an_empty_source_ends_the_report() -> None:
    async with serving(ingest=Ingest()) as target, Client(target, reports=FAST) as client:
        assert [a async for a in client.report_positions(day_of(0))] == []


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.INTERNAL])
async def test_fixes_without_acknowledgement_go_again_on_the_next_link(code: grpc.StatusCode) -> None:
    ingest = Ingest(lambda link, message: code if link < 4 and message == 3 else None)
    async with serving(ingest=ingest) as target, Client(target, reports=FAST) as client:
        report = client.report_positions(day_of(40, pause=0.005), courier_id="c1")
        taken = sum([a.accepted async for a in report])
    assert taken == 40
    assert set(ingest.seen()) == set(range(1, 41))
    assert len(ingest.links) == 4
    assert all(link[0].courier_id == "c1" for link in ingest.links)
    assert (report.dropped, report.unacknowledged) == (0, 0)


async def test_a_link_on_which_nothing_is_acknowledged_is_replaced() -> None:
    settings = ReportSettings(acknowledge_seconds=0.3, backoff=FAST.backoff)
    ingest = Ingest()
    async with (
        serving(ingest=ingest) as target,
        half_open_proxy(target) as proxy,
        Client(proxy.target, reports=settings) as client,
    ):
        report = client.report_positions(day_of(60, pause=0.01))
        taken = (await anext(report)).accepted
        proxy.kill_links()
        taken += sum([a.accepted async for a in report])
        assert taken == 60
        assert set(ingest.seen()) == set(range(1, 61))
        assert proxy.connections == 2


async def test_one_acknowledgement_does_not_excuse_the_next() -> None:
    class FirstOnly(Ingest):
        async def ReportPositions(self, requests: Any, context: Any) -> Any:
            if self.links:
                async for response in super().ReportPositions(requests, context):
                    yield response
                return
            self.links.append([await anext(requests), await anext(requests)])
            yield ReportPositionsResponse(batch_id=self.links[0][0].batch_id, accepted=1)
            await asyncio.Event().wait()

    settings = ReportSettings(acknowledge_seconds=0.2, backoff=FAST.backoff)
    async with serving(ingest=FirstOnly()) as target, Client(target, reports=settings) as client:
        report = client.report_positions(day_of(2, pause=0.02))
        assert [a.accepted async for a in report] == [1, 1]


async def test_while_there_is_no_link_the_newest_fixes_are_kept_and_the_others_counted() -> None:
    settings = ReportSettings(capacity=10, backoff=Backoff(first_seconds=0.5, most_seconds=0.5))
    ingest = Ingest(lambda link, message: grpc.StatusCode.UNAVAILABLE if link == 1 else None)
    async with serving(ingest=ingest) as target, Client(target, reports=settings) as client:
        report = client.report_positions(day_of(100, pause=0.001))
        taken = sum([a.accepted async for a in report])
    assert taken == 10
    assert report.dropped == 90
    assert ingest.seen()[-1] == 100


async def test_a_refusal_that_a_new_link_cannot_mend_is_raised() -> None:
    ingest = Ingest(lambda link, message: grpc.StatusCode.PERMISSION_DENIED)
    async with serving(ingest=ingest) as target, Client(target, reports=FAST) as client:
        with pytest.raises(PermissionDenied):
            await anext(client.report_positions(day_of(5)))
    assert len(ingest.links) == 1


async def test_what_the_source_raises_is_raised_after_the_last_acknowledgement() -> None:
    async def failing() -> AsyncIterator[PositionFix]:
        yield fix(1)
        raise RuntimeError("the receiver was unplugged")

    async with serving(ingest=Ingest()) as target, Client(target, reports=FAST) as client:
        report = client.report_positions(failing())
        assert (await anext(report)).accepted == 1
        with pytest.raises(RuntimeError, match="unplugged"):
            await anext(report)


@pytest.mark.parametrize("way", ["aclose", "break", "client closes"])
async def test_leaving_a_report_ends_its_call_and_its_tasks(way: str) -> None:
    ingest = Ingest()
    async with serving(ingest=ingest) as target, Client(target, reports=FAST) as client:
        before = len(asyncio.all_tasks())
        if way == "break":
            async for _ in client.report_positions(day_of(1000, pause=0.01)):
                break
        else:
            report = client.report_positions(day_of(1000, pause=0.01))
            await anext(report)
            await (report.aclose() if way == "aclose" else client.close())
            with pytest.raises(StopAsyncIteration):
                await anext(report)
        async with asyncio.timeout(5):
            while ingest.open or len(asyncio.all_tasks()) > before:
                await asyncio.sleep(0.01)


async def test_a_thousand_reports_leave_no_task_behind() -> None:
    ingest = Ingest()
    async with serving(ingest=ingest) as target, Client(target, reports=FAST) as client:
        before = len(asyncio.all_tasks())
        for _ in range(1000):
            async for _ in client.report_positions(day_of(2)):
                break
        async with asyncio.timeout(5):
            while ingest.open or len(asyncio.all_tasks()) > before:
                await asyncio.sleep(0.01)


async def test_a_phone_that_is_sent_away_comes_back_after_the_time_named_and_loses_nothing() -> None:
    class Leaving(Ingest):
        async def ReportPositions(self, requests: Any, context: Any) -> Any:
            async for answer in super().ReportPositions(requests, context):
                yield answer
                if len(self.links) == 1:
                    away = ReportPositionsResponse(batch_id=answer.batch_id)
                    away.go_away.retry_after.FromMilliseconds(30)
                    yield away
                    return

    ingest, pauses = Leaving(), []
    async with serving(ingest=ingest) as target, Client(target, reports=FAST) as client:
        report = client.report_positions(
            day_of(1200), courier_id="c1", on_state=lambda s: pauses.append(s.pause_seconds)
        )
        taken = [a async for a in report]
    assert set(ingest.seen()) == set(range(1, 1201))
    assert not any(a.HasField("go_away") for a in taken)
    assert 0.03 in pauses
    assert len(ingest.links) == 2
