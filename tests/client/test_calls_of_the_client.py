"""Single calls against a real server: tokens, deadlines, retries, batches and pages."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from doorstep import Client, DoorstepError, InvalidRequest, NotFound, RetryPolicy, Unauthenticated
from doorstep.messages import Order, Parcel
from doorstep.tracking.v1.tracking_service_pb2 import (
    BatchGetOrdersResponse,
    ListOrdersRequest,
    OrderResult,
    SearchParcelsResponse,
)
from google.rpc.code_pb2 import NOT_FOUND
from google.rpc.status_pb2 import Status
from scripted_server import Fail, ScriptedTracking, serving

QUICK_RETRY = RetryPolicy(attempts=4, first_seconds=0.01, most_seconds=0.02)


def failing_first(*failures: Fail) -> Any:
    left = list(failures)
    return lambda request: left.pop(0) if left else Order(order_id=request.order_id)


async def test_an_order_is_read_with_the_callers_token() -> None:
    tracking = ScriptedTracking()
    async with serving(tracking=tracking) as target, Client(target, token="secret") as client:
        assert (await client.get_order("o1")).order_id == "o1"
    assert tracking.tokens == ["Bearer secret"]


async def test_without_a_token_none_is_sent() -> None:
    tracking = ScriptedTracking()
    async with serving(tracking=tracking) as target, Client(target) as client:
        await client.get_order("o1")
    assert tracking.tokens == [None]


async def test_an_error_names_its_reason_fields_and_pause() -> None:
    fault = Fail("INVALID_ARGUMENT", "INVALID_FIELD", retry_after=1.5, field="order_id")
    async with serving(tracking=ScriptedTracking(failing_first(fault))) as target, Client(target) as client:
        with pytest.raises(InvalidRequest) as raised:
            await client.get_order("")
    error = raised.value
    assert (error.code, error.reason, error.message) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", "scripted")
    assert [(v.field, v.description) for v in error.violations] == [("order_id", "bad")]
    assert error.retry_after == 1.5


async def test_an_error_with_unreadable_details_still_has_its_code() -> None:
    class Garbled(ScriptedTracking):
        async def GetOrder(self, request: Any, context: Any) -> Any:
            await context.abort(grpc.StatusCode.NOT_FOUND, "gone", (("grpc-status-details-bin", b"\xff\xff"),))

    async with serving(tracking=Garbled()) as target, Client(target) as client:
        with pytest.raises(NotFound) as raised:
            await client.get_order("o1")
    assert (raised.value.reason, raised.value.message) == ("", "gone")


async def test_a_refused_token_is_renewed_once() -> None:
    tracking = ScriptedTracking(failing_first(Fail("UNAUTHENTICATED", "TOKEN_EXPIRED")))
    fresh = iter(["one", "two"])

    async def provide() -> str:
        return next(fresh)

    async with serving(tracking=tracking) as target, Client(target, token_provider=provide) as client:
        await client.get_order("o1")
        await client.get_order("o1")
    assert tracking.tokens == ["Bearer one", "Bearer two", "Bearer two"]


async def test_a_token_refused_twice_is_raised() -> None:
    tracking = ScriptedTracking(lambda request: Fail("UNAUTHENTICATED", "INVALID_TOKEN"))
    async with serving(tracking=tracking) as target, Client(target, token_provider=lambda: "bad") as client:
        with pytest.raises(Unauthenticated):
            await client.get_order("o1")
    assert len(tracking.tokens) == 2


async def test_calls_that_are_refused_together_ask_for_one_new_token() -> None:
    asked = 0

    async def provide() -> str:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        return f"token {asked}"

    class Strict(ScriptedTracking):
        async def GetOrder(self, request: Any, context: Any) -> Any:
            if dict(context.invocation_metadata())["authorization"] == "Bearer token 1":
                await asyncio.sleep(0.05)
                await context.abort(grpc.StatusCode.UNAUTHENTICATED, "expired")
            return Order(order_id=request.order_id)

    async with serving(tracking=Strict()) as target, Client(target, token_provider=provide) as client:
        await asyncio.gather(*(client.get_order("o1") for _ in range(20)))
    assert asked == 2


async def test_unavailable_is_tried_again_and_other_errors_are_not() -> None:
    tracking = ScriptedTracking(failing_first(*[Fail("UNAVAILABLE")] * 3))
    async with serving(tracking=tracking) as target, Client(target, retry=QUICK_RETRY) as client:
        await client.get_order("o1")
        assert len(tracking.requests) == 4
        tracking.answer = lambda request: Fail("INTERNAL")
        with pytest.raises(DoorstepError):
            await client.get_order("o1")
    assert len(tracking.requests) == 5


async def test_a_call_has_a_deadline() -> None:
    class Mute(ScriptedTracking):
        async def GetOrder(self, request: Any, context: Any) -> Any:
            await asyncio.Event().wait()

    async with serving(tracking=Mute()) as target, Client(target, timeout=0.1) as client:
        with pytest.raises(DoorstepError) as raised:
            await client.get_order("o1")
    assert raised.value.code is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_method_without_a_name_of_its_own_is_called_through_its_stub() -> None:
    async with serving(tracking=ScriptedTracking()) as target, Client(target) as client:
        with pytest.raises(DoorstepError) as raised:
            await client.call(client.tracking.ListOrders, ListOrdersRequest())
    assert raised.value.code is grpc.StatusCode.UNIMPLEMENTED


def batch_answer(request: Any) -> BatchGetOrdersResponse:
    def result(order_id: str) -> OrderResult:
        if order_id.endswith("7"):
            return OrderResult(order_id=order_id, error=Status(code=NOT_FOUND, message="gone"))
        return OrderResult(order_id=order_id, order=Order(order_id=order_id))

    return BatchGetOrdersResponse(results=[result(order_id) for order_id in request.order_ids])


async def test_a_large_batch_is_split_and_answered_in_order() -> None:
    tracking = ScriptedTracking(batch_answer)
    wanted = [f"o{number}" for number in range(1234)] + ["o3", "o3"]
    async with serving(tracking=tracking) as target, Client(target) as client:
        results = await client.batch_get_orders(iter(wanted))
    assert [result.key for result in results] == wanted
    assert sorted(len(request.order_ids) for request in tracking.requests) == [236, 500, 500]
    assert results[3].unwrap().order_id == "o3"
    assert isinstance(results[7].error, NotFound)
    with pytest.raises(NotFound):
        results[7].unwrap()


async def test_an_empty_batch_asks_nothing() -> None:
    tracking = ScriptedTracking(batch_answer)
    async with serving(tracking=tracking) as target, Client(target) as client:
        assert await client.batch_get_orders([]) == []
    assert tracking.requests == []


async def test_a_part_of_a_batch_that_fails_fails_its_own_items_only() -> None:
    def answer(request: Any) -> Any:
        return Fail("RESOURCE_EXHAUSTED") if "o0" in request.order_ids else batch_answer(request)

    async with serving(tracking=ScriptedTracking(answer)) as target, Client(target) as client:
        results = await client.batch_get_orders(f"o{number}" for number in range(600))
    assert [result.error is None for result in results[498:502]] == [False, False, True, True]


async def test_a_batch_of_which_every_call_fails_is_raised() -> None:
    tracking = ScriptedTracking(lambda request: Fail("PERMISSION_DENIED"))
    async with serving(tracking=tracking) as target, Client(target) as client:
        with pytest.raises(DoorstepError):
            await client.batch_get_orders(f"o{number}" for number in range(600))


async def test_an_answer_of_the_wrong_length_is_matched_to_nothing() -> None:
    tracking = ScriptedTracking(lambda request: BatchGetOrdersResponse())
    async with serving(tracking=tracking) as target, Client(target) as client:
        (result,) = await client.batch_get_orders(["o1"])
    assert result.error is not None
    assert result.error.code is grpc.StatusCode.INTERNAL


async def test_a_search_goes_through_every_page() -> None:
    pages = {"": (["a", "b"], "2"), "2": ([], "3"), "3": (["c"], "")}

    def answer(request: Any) -> SearchParcelsResponse:
        names, following = pages[request.page_token]
        return SearchParcelsResponse(parcels=[Parcel(parcel_id=name) for name in names], next_page_token=following)

    tracking = ScriptedTracking(answer)
    after = datetime(2026, 1, 1, tzinfo=UTC)
    async with serving(tracking=tracking) as target, Client(target) as client:
        found = [parcel.parcel_id async for parcel in client.search_parcels(created_after=after, needs_attention=True)]
    assert found == ["a", "b", "c"]
    assert len(tracking.requests) == 3
    assert all(request.created_after.seconds == int(after.timestamp()) for request in tracking.requests)


async def test_a_server_that_repeats_a_page_token_does_not_trap_the_search() -> None:
    tracking = ScriptedTracking(lambda request: SearchParcelsResponse(parcels=[Parcel()], next_page_token="same"))
    async with serving(tracking=tracking) as target, Client(target) as client:
        assert len([parcel async for parcel in client.search_parcels()]) == 2


async def test_a_closed_client_says_so() -> None:
    async with Client("localhost:1") as client:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        await client.get_order("o1")


async def test_a_time_without_a_zone_is_refused() -> None:
    client = Client("localhost:1")
    with pytest.raises(ValueError, match="created_after"):
        await anext(client.search_parcels(created_after=datetime(2026, 1, 1)))
