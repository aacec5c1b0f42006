"""The next status of a watch, read where the watch stands; or a fresh beginning when the log cannot join up with it."""

from collections import deque
from typing import TYPE_CHECKING

import structlog

from doorstepd import errors
from doorstepd.live import frames
from doorstepd.live.opening import restart
from doorstepd.live.ports import Numbered
from doorstepd.live.topics import ParcelTopic
from doorstepd.logs import describe_failure

if TYPE_CHECKING:
    from doorstepd.live.watch import Watch

log = structlog.get_logger(__name__)

_PAGE = 100


async def next_status(watch: "Watch") -> bytes | None:
    """The next change of some parcel; or None, and perhaps a gap and a snapshot prepared.

    When the log cannot be read, the watch stays open and is asked again a little later.
    """
    reason, watch.restart_reason = watch.restart_reason, None
    try:
        if reason is None:
            return await _next_change(watch)
        await restart(watch, reason)
    except errors.Refusal:
        raise
    except Exception as error:
        watch.restart_reason = watch.restart_reason or reason
        watch.hub.counters.read_failures += 1
        log.warning("live.watch_unreadable", **describe_failure(error))
        watch.retry_later()
    return None


async def _next_change(watch: "Watch") -> bytes | None:
    while watch.moved:
        topic = next(iter(watch.moved))
        cursor = watch.cursors[topic.id]
        if topic.head.revision <= cursor:
            del watch.moved[topic]
            continue
        change = topic.recent.get(cursor + 1) or await _read_behind(watch, topic, cursor)
        if change is None:
            watch.restart_reason = frames.TOKEN_TOO_OLD
            watch.wake()
            return None
        watch.sent(topic, change.revision)
        return watch.frame(topic.rendered(change, watch.viewer, watch.hub.renderer))
    return None


async def _read_behind(watch: "Watch", topic: ParcelTopic, cursor: int) -> Numbered | None:
    """The change after `cursor` for a watch that is further behind than the topic remembers."""
    page = watch.behind.get(topic.id)
    if not page or page[0].revision != cursor + 1:
        watch.hub.counters.catch_ups += 1
        merchant_id = watch.viewer.merchant_id
        page = deque(await watch.hub.log.changes(merchant_id, topic.id, cursor, _PAGE))
    change = page.popleft() if page and page[0].revision == cursor + 1 else None
    if page:
        watch.behind[topic.id] = page
    else:
        watch.behind.pop(topic.id, None)
    return change
