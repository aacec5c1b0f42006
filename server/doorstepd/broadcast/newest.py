"""The newest fix of each courier, kept in Redis for whoever begins to watch, and published as it is stored.

One hash holds one shard of a merchant's couriers. A script compares, stores and publishes in one step, so that neither
the hash nor any listener ever sees an older fix after a newer one, whichever process sends it.
"""

import asyncio
import hashlib
import struct
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import structlog
from redis.exceptions import RedisError

from doorstepd.broadcast.bus import Broadcast
from doorstepd.broadcast.outbox import Command
from doorstepd.broadcast.reads import Reads

log = structlog.get_logger(__name__)

SHARDS = 4
"""Shards of a merchant, by measurement: with 40 fixes a flush, best of five runs, 1 shard cost Valkey 2.5 µs a fix,
4 cost 2.75, 16 cost 4.0 and 64 cost 4.75, since more shards are more and smaller commands. A fix that nobody here
watches costs its reader half a microsecond, so hearing fewer of them saves little; a channel for each courier would
save that and cost a command a fix. Four spread a merchant over the nodes of a cluster at next to no price: a channel
and the hash beside it have one tag in braces, so that the script that stores and publishes finds both on one node."""

STARTS_ANEW = 120.0
"""Seconds of silence after which a courier's numbers may start again: by then the old fix is shown to nobody."""

_HEADER = struct.Struct("<dQ")
_KEPT = 24 * 3600

_SCRIPT = b"""
local accepted = {}
for i = 3, #ARGV, 2 do
  local kept = redis.call('HGET', KEYS[1], ARGV[i])
  local newer = true
  if kept then
    local kept_time, kept_number = struct.unpack('<dI8', kept)
    local time, number = struct.unpack('<dI8', ARGV[i + 1])
    newer = (number > kept_number and time >= kept_time) or time > kept_time + %d
  end
  if newer then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    local entry = struct.pack('<I4', #ARGV[i]) .. ARGV[i] .. ARGV[i + 1]
    accepted[#accepted + 1] = struct.pack('<I4', #entry) .. entry
  end
end
if #accepted > 0 then
  redis.call('EXPIRE', KEYS[1], %d)
  redis.call(ARGV[2], ARGV[1], table.concat(accepted))
end
return #accepted
""" % (int(STARTS_ANEW), _KEPT)
_DIGEST = hashlib.sha1(_SCRIPT, usedforsecurity=False).hexdigest()


_FORGET = """
local fixes = redis.call('HGETALL', KEYS[1])
for i = 1, #fixes, 2 do
  if struct.unpack('<d', fixes[i + 1]) < tonumber(ARGV[1]) then
    redis.call('HDEL', KEYS[1], fixes[i])
  end
end
"""


class NewestFix(NamedTuple):
    """A courier's fix: its time (seconds since the epoch), its number, and the rest, which is opaque here."""

    courier_id: str
    fix_time: float
    sequence: int
    body: bytes

    def newer_than(self, other: "NewestFix") -> bool:
        """Whether this one may replace the other: later by number and by time, or after a long silence."""
        if self.fix_time > other.fix_time + STARTS_ANEW:
            return True
        return self.sequence > other.sequence and self.fix_time >= other.fix_time


def shard_of(courier_id: str) -> int:
    """The shard of a courier: the same in every process."""
    return zlib.crc32(courier_id.encode()) % SHARDS


def positions_channel(merchant_id: str, shard: int) -> str:
    """Where the fixes of a shard are published."""
    return f"doorstep:positions:{{{merchant_id}:{shard}}}"


def courier_of(entry: bytes) -> str:
    """Whose fix an entry is, at a third of the price of reading it: most of what is heard nobody here watches."""
    return entry[4 : 4 + int.from_bytes(entry[:4], "little")].decode(errors="replace")


def read_entry(entry: bytes) -> NewestFix | None:
    """What a listener of a positions channel got; None when it is no fix of ours."""
    try:
        length = int.from_bytes(entry[:4], "little")
        courier_id = entry[4 : 4 + length].decode()
        return _unpack(courier_id, entry[4 + length :])
    except (struct.error, UnicodeDecodeError):
        return None


def _unpack(courier_id: str, value: bytes) -> NewestFix:
    fix_time, sequence = _HEADER.unpack_from(value)
    return NewestFix(courier_id, fix_time, sequence, value[_HEADER.size :])


class NewestFixes:
    """Stores and publishes fixes through the bus's own gathering; reads them over a small pool of its own.

    Writing never waits and never raises. Reading waits at most a second and gives nothing when Redis is away.
    """

    def __init__(self, bus: Broadcast, *, timeout: float = 1.0, connections: int = 8, limit: int = 20_000) -> None:
        self._bus = bus
        self._limit = limit
        self._waiting: OrderedDict[tuple[str, str], NewestFix] = OrderedDict()
        self._states: OrderedDict[tuple[str, str], dict[str, bytes]] = OrderedDict()
        self._timeout = timeout
        self._reads = Reads(bus, timeout, connections)
        bus.script(_DIGEST, _SCRIPT)
        bus.gather(self._take)

    @property
    def reachable(self) -> bool:
        """Whether what reading gives, or does not, says something."""
        return self._bus.reachable

    async def close(self) -> None:
        """Closes the pool."""
        await self._reads.close()

    def put(self, merchant_id: str, fixes: Iterable[NewestFix]) -> None:
        """Stores each courier's fix if it is newer than the one kept, and publishes those that were."""
        for fix in fixes:
            key = (merchant_id, fix.courier_id)
            waiting = self._waiting.get(key)
            if waiting is None or fix.newer_than(waiting):
                self._waiting[key] = fix
        self._bound(self._waiting)
        self._bus.flush_soon()

    def put_state(self, merchant_id: str, courier_id: str, parts: Mapping[str, bytes]) -> None:
        """Keeps a courier's working state for a day, for the process to which the courier's stream moves.

        Parts that are not named stay as they are.
        """
        self._states.setdefault((merchant_id, courier_id), {}).update(parts)
        self._bound(self._states)
        self._bus.flush_soon()

    async def get(self, merchant_id: str, courier_ids: Iterable[str]) -> dict[str, NewestFix]:
        """The newest fix of each courier that has one; one of this process also while it waits to be sent."""
        by_shard: dict[int, list[str]] = {}
        for courier_id in courier_ids:
            by_shard.setdefault(shard_of(courier_id), []).append(courier_id)
        pipe = self._reads.client.pipeline(transaction=False)
        for shard, ids in by_shard.items():
            pipe.hmget(_fixes_key(merchant_id, shard), ids)
        answers = await self._ask(pipe.execute()) if by_shard else None
        shards = zip(by_shard.values(), answers or [], strict=False)
        found = {
            courier_id: _unpack(courier_id, value)
            for ids, values in shards
            for courier_id, value in zip(ids, values, strict=True)
            if value
        }
        if self._waiting and answers is not None:
            self._overtake(found, merchant_id, (one for ids in by_shard.values() for one in ids))
        return found

    async def all(self, merchant_id: str) -> dict[str, NewestFix]:
        """The newest fix of every courier of a merchant."""
        pipe = self._reads.client.pipeline(transaction=False)
        for shard in range(SHARDS):
            pipe.hgetall(_fixes_key(merchant_id, shard))
        answers: list[Mapping[bytes, bytes]] = await self._ask(pipe.execute()) or []
        return {name.decode(): _unpack(name.decode(), value) for shard in answers for name, value in shard.items()}

    async def forget(self, merchant_id: str, before: float) -> None:
        """Removes fixes older than this; the hash itself goes only when all its couriers have been silent for a day."""
        for shard in range(SHARDS):
            await self._ask(self._reads.client.eval(_FORGET, 1, _fixes_key(merchant_id, shard), str(before)))

    async def get_state(self, merchant_id: str, courier_id: str) -> dict[str, bytes]:
        """A courier's working state, if one was kept in the last day; else, or when Redis is away, no part of it."""
        waiting = dict(self._states.get((merchant_id, courier_id), {}))
        answer: Mapping[bytes, bytes] = (
            await self._ask(self._reads.client.hgetall(_state_key(merchant_id, courier_id))) or {}
        )
        return {name.decode(): part for name, part in answer.items()} | waiting

    async def _ask(self, command: Any) -> Any:
        if not self._bus.reachable:
            command.close()
            return None
        try:
            async with asyncio.timeout(self._timeout):
                return await command
        except (RedisError, OSError, TimeoutError) as error:
            self._bus.counters.failed_commands += 1
            log.warning("newest.no_answer", kind=type(error).__name__)
            self._bus.look_again_soon()  # else a courier who stands would stay unseen until he moves
            return None

    def _overtake(self, found: dict[str, NewestFix], merchant_id: str, courier_ids: Iterable[str]) -> None:
        """Puts what this process is about to send in the place of what it sent before."""
        for courier_id in courier_ids:
            waiting, sent = self._waiting.get((merchant_id, courier_id)), found.get(courier_id)
            if waiting is not None and (sent is None or waiting.newer_than(sent)):
                found[courier_id] = waiting

    def _bound(self, box: OrderedDict[tuple[str, str], Any]) -> None:
        while len(box) > self._limit:
            box.popitem(last=False)
            self._bus.counters.dropped += 1

    def _take(self) -> list[Command]:
        by_shard: dict[tuple[str, int], list[bytes | str]] = {}
        for (merchant_id, courier_id), fix in self._waiting.items():
            value = _HEADER.pack(fix.fix_time, fix.sequence) + fix.body
            by_shard.setdefault((merchant_id, shard_of(courier_id)), []).extend((courier_id, value))
        commands: list[Command] = [
            ("EVALSHA", _DIGEST, 1, _fixes_key(*box), positions_channel(*box), self._bus.verb, *arguments)
            for box, arguments in by_shard.items()
        ]
        for key, parts in self._states.items():
            name = _state_key(*key)
            pairs = [value for pair in parts.items() for value in pair]
            commands += [("HSET", name, *pairs), ("EXPIRE", name, _KEPT)]
        self._bus.counters.published += len(self._waiting)
        self._waiting.clear()
        self._states.clear()
        return commands


def _fixes_key(merchant_id: str, shard: int) -> str:
    return f"doorstep:newest:{{{merchant_id}:{shard}}}"


def _state_key(merchant_id: str, courier_id: str) -> str:
    return f"doorstep:round:{{{merchant_id}:{shard_of(courier_id)}}}:{courier_id}"
