"""Writes what a running service sees as a round that `doorstepd replay` reads, so that rules can be tuned on it.

No name, phone, address, order or real ID gets into it: couriers and parcels are named by keyed hashes whose key is
forgotten when the recording ends. The points of doors and of couriers are in it, as the rules work on nothing else.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from math import isfinite
from secrets import token_bytes
from typing import Any, TextIO

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database.tables import stops
from doorstepd.positions.fix import RawFix

Row = Mapping[str, Any]
_ENDS = {"delivered": "delivered", "failed": "failed"}


async def stops_since(c: AsyncConnection, merchant_id: str, since: datetime) -> list[Row]:
    """The merchant's stops that are open, or were closed since."""
    query = select(stops).where(
        stops.c.merchant_id == merchant_id,
        stops.c.latitude.is_not(None),
        or_(stops.c.state == "open", stops.c.close_time >= since),
    )
    return [dict(row) for row in (await c.execute(query)).mappings()]


class Recorder:
    """Writes one file, a line a record, in the order in which it is told."""

    def __init__(self, out: TextIO, scenario: str, radius_m: float = 1000.0) -> None:
        self._out = out
        self._key = token_bytes(32)
        self._holders: dict[tuple[str, int], str] = {}
        self._over: set[tuple[str, int]] = set()
        header = {"type": "header", "format": 1, "scenario": scenario, "class": "recorded", "radius_m": radius_m}
        self._write(header | {"report_interval_s": 0.0, "source": "doorstepd record", "licence": ""})

    def fix(self, courier_id: str, fix: RawFix) -> None:
        """A courier's fix as the phone sent it, good or bad: how it is cleaned is part of what is tuned."""
        if not all(map(isfinite, (fix.lat, fix.lng, fix.event_time, fix.receive_time))):
            return  # no JSON that others read has these, and no rule takes them
        place = {"courier": self._name(courier_id), "lat": fix.lat, "lng": fix.lng}
        hints = {
            "datum": fix.datum,
            "accuracy_m": fix.accuracy_m,
            "speed_mps": fix.speed_mps,
            "heading_deg": fix.heading_deg,
        }
        known = {name: value for name, value in hints.items() if value is not None and value == value}
        self._record("fix", fix.receive_time, place | known, fix.event_time)

    def stops(self, rows: Iterable[Row], now: datetime) -> None:
        """The stops as they stand; what is new about them since the last time is written."""
        for row in sorted(rows, key=lambda row: (row["sequence"], row["parcel_id"], row["attempt"])):
            key = (row["parcel_id"], row["attempt"])
            if key in self._over:
                continue
            if key not in self._holders:
                self._open(key, row, now)
            elif self._holders[key] != row["courier_id"]:
                self._hand_over(key, row["courier_id"], now)
            if row["state"] != "open":
                self._close(key, row, now)

    def _open(self, key: tuple[str, int], row: Row, now: datetime) -> None:
        self._holders[key] = row["courier_id"]
        place = {"lat": row["latitude"], "lng": row["longitude"], "datum": "WGS84"}
        self._record(
            "stop", now.timestamp(), {"parcel": self._name(key[0]), "sequence": row["sequence"] or None} | place
        )
        self._record("attempt", now.timestamp(), self._attempt(key))

    def _hand_over(self, key: tuple[str, int], taker: str, now: datetime) -> None:
        giver, self._holders[key] = self._holders[key], taker
        self._record("reassigned", now.timestamp(), self._attempt(key) | {"from": self._name(giver)})

    def _close(self, key: tuple[str, int], row: Row, now: datetime) -> None:
        self._over.add(key)
        if row["state"] in _ENDS:
            ended = row["close_time"] or now
            self._record(_ENDS[row["state"]], now.timestamp(), self._attempt(key), ended.timestamp())

    def _attempt(self, key: tuple[str, int]) -> dict[str, Any]:
        return {"parcel": self._name(key[0]), "attempt": key[1], "courier": self._name(self._holders[key])}

    def _name(self, real: str) -> str:
        return blake2b(real.encode(), key=self._key, digest_size=8).hexdigest()

    def _record(self, kind: str, received: float, fields: Mapping[str, Any], happened: float | None = None) -> None:
        times = {"receive_time": _moment(received), "event_time": _moment(received if happened is None else happened)}
        self._write({"type": kind} | times | dict(fields))

    def _write(self, line: Mapping[str, Any]) -> None:
        self._out.write(json.dumps(line, separators=(",", ":")) + "\n")


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
