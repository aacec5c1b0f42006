"""The next status of a watch, read where the watch stands; or a fresh beginning when the log cannot join up with it.

Whether the reader may still see a parcel is asked here of each change and head: a watch ends where a read of the parcel
would be refused.
"""

from collections import deque

import structlog

from doorstepd import errors
from doorstepd.live import frames
from doorstepd.live.opening import restart
from doorstepd.live.ports import Numbered
from doorstepd.live.reader import Fate
from doorstepd.live.standing import Standing
from doorstepd.live.topics import ParcelTopic
from doorstepd.logs import describe_failure

log = structlog.get_logger(__name__)

_PAGE = 100


async def next_status(watch: Standing) -> bytes | None:
    """The next change of some parcel; or None, and perhaps a gap and a snapshot prepared, or the watch at its end.

    When the log cannot be read, the watch stays open and is asked again a little later.
    """
    reason, watch.restart_reason = watch.restart_reason, None
    try:
        if reason is None:
            return await _next_change(watch)
        await restart(watch, reason)
    except errors.NotFound as refusal:
        watch.end(Fate.REVOKED, refusal)
    except errors.Refusal:
        raise
    except Exception as error:
        watch.restart_reason = watch.restart_reason or reason
        watch.hub.counters.read_failures += 1
        log.warning("live.watch_unreadable", **describe_failure(error))
        watch.retry_later()
    return None


async def _next_change(watch: Standing) -> bytes | None:
    """Raises NotFound when nothing else is left to tell and a parcel is no longer for this reader's eyes."""
    viewer, lost = watch.viewer, False
    for topic in tuple(watch.moved):
        cursor, still = watch.cursors[topic.id], viewer.may_see(topic.head)
        if topic.head.revision <= cursor:
            if still:
                del watch.moved[topic]
            lost = lost or not still
            continue
        change = topic.recent.get(cursor + 1) or await _read_behind(watch, topic, cursor)
        if change is not None and viewer.may_see_change(change):
            watch.sent(topic, change.revision)
            position = watch.board.newest(topic.head.courier_id)
            return watch.frame(topic.rendered(change, position, viewer, watch.hub.renderer))
        if change is None or still:
            watch.restart_reason = frames.TOKEN_TOO_OLD
            watch.wake()
            return None
        lost = True
    if lost:
        raise errors.NotFound
    return None


async def _read_behind(watch: Standing, topic: ParcelTopic, cursor: int) -> Numbered | None:
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
