"""Everybody in a story, each with the client that they would use: shop, carrier, courier, customer."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import asking
import httpx2
from doorstep import Backoff, Client, WatchSettings
from doorstep.tracking.v1 import ingest_service_pb2, parcel_pb2, reminder_service_pb2, stop_pb2
from eventually import eventually
from house import SHOP, House, kdniao_push, kdniao_track

from doorstepd.access.callers import Role

QUICK = WatchSettings(backoff=Backoff(first_seconds=0.05, most_seconds=0.5))


class Screen:
    """What a customer's phone shows: every update of the watch, and what broke on the way."""

    def __init__(self, client: Client, order_id: str) -> None:
        self.updates: list[Any] = []
        self.states: list[str] = []
        self._watch = client.watch_order(order_id, on_state=lambda change: self.states.append(change.state.value))
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for update in self._watch:
            self.updates.append(update)

    @property
    def failed(self) -> bool:
        return self._task.done()

    def changes(self, parcel_id: str) -> list[Any]:
        return [one.change for one in self.updates if one.HasField("change") and one.change.parcel_id == parcel_id]

    def revisions(self, parcel_id: str) -> list[int]:
        return [one.revision for one in self.changes(parcel_id)]

    def told(self, kind: Any) -> list[Any]:
        """The reminders of a kind."""
        changes = [one.change for one in self.updates if one.HasField("change")]
        return [one.reminder for one in changes if one.HasField("reminder") and one.reminder.kind == kind]

    def distances(self) -> list[float]:
        updates = [one.position for one in self.updates if one.HasField("position")]
        return [near.distance_meters for one in updates for near in one.approaches if near.HasField("distance_meters")]

    async def reaches(self, parcel_id: str, revision: int, within: float = 20.0) -> None:
        await eventually(lambda: revision in self.revisions(parcel_id), f"revision {revision}", within)

    async def close(self) -> None:
        await self._watch.aclose()
        await asyncio.gather(self._task, return_exceptions=True)


class Shop:
    """The cast, on one house."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.now = datetime.now(UTC)
        """One moment for a whole story: a scan that is told again is then the very same, also over a full second."""
        self._clients: list[Client] = []
        self._screens: list[Screen] = []
        self.service = self._client(house.token())
        self._http = httpx2.AsyncClient(base_url=house.daemon.http_url, timeout=20)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for screen in self._screens:
            await screen.close()
        for client in self._clients:
            await client.close()
        await self._http.aclose()

    def _client(self, token: str) -> Client:
        self._clients.append(Client(self.house.daemon.target, token=token, watches=QUICK))
        return self._clients[-1]

    def customer(self, customer_id: str = "c1") -> Client:
        return self._client(self.house.token(Role.CUSTOMER, customer_id=customer_id))

    def courier(self, courier_id: str) -> Client:
        return self._client(self.house.token(Role.COURIER, courier_id=courier_id))

    def screen(self, order_id: str) -> Screen:
        self._screens.append(Screen(self.customer(), order_id))
        return self._screens[-1]

    async def sells(self, *parcels: tuple[str, str, list[str]], order_id: str = "", **more: Any) -> Any:
        """An order; each parcel is (carrier, number, titles)."""
        its = [
            ingest_service_pb2.NewParcel(
                carrier=carrier,
                tracking_number=number,
                items=[parcel_pb2.Item(title=one, quantity=1) for one in titles],
            )
            for carrier, number, titles in parcels
        ]
        recipient = parcel_pb2.Recipient(
            name=asking.NAME, phone=asking.PHONE, address=asking.ADDRESS, point=more.pop("point", asking.point())
        )
        order_id = order_id or asking.new_id("story")
        return await self.service.create_order(order_id, customer_id="c1", recipient=recipient, parcels=its)

    async def carrier_says(self, number: str, *said: tuple[float, str, str], **more: Any) -> None:
        """A push through the aggregator; each row is (minutes ago, sentence, action code)."""
        rows = [(self.now - timedelta(minutes=ago), text, code) for ago, text, code in said]
        push = kdniao_push(kdniao_track(number, *rows, **more))
        answer = await self._http.post(f"/webhooks/kdniao/{self.house.webhook_secrets[SHOP]}", data=push)
        assert answer.json()["Success"] is True, answer.text

    async def gives_round(self, courier_id: str, *parcel_ids: str) -> list[int]:
        stops = [stop_pb2.Stop(parcel_id=one, sequence=place) for place, one in enumerate(parcel_ids, 1)]
        results = await self.service.assign_stops(
            courier_id, stops, courier_name=asking.COURIER_NAME, courier_phone=asking.COURIER_PHONE
        )
        return [one.unwrap() for one in results]

    async def rides(self, courier_id: str, **how: Any) -> None:
        """The courier's device reports a ride to the door."""

        async def fixes() -> Any:
            for one in asking.ride(**how):
                yield one

        report = self.courier(courier_id).report_positions(fixes())
        async for _ in report:
            pass

    async def completes(self, courier_id: str, parcel_id: str, outcome: Any, **more: Any) -> Any:
        return await self.courier(courier_id).complete_stop(parcel_id, outcome, **more)

    async def reminders(self, order_id: str) -> list[Any]:
        client = self.customer()
        asked = reminder_service_pb2.ListRemindersRequest(order_id=order_id)
        return list((await client.call(client.reminders.ListReminders, asked)).reminders)

    async def all_text(self, order_id: str) -> str:
        """Everything that anybody may read about the order, as text."""
        return "\n".join(
            [str(await self.customer().get_order(order_id)), str(await self.service.get_order(order_id))]
            + [str(one) for one in await self.reminders(order_id)]
            + [str(update) for screen in self._screens for update in screen.updates]
        )
