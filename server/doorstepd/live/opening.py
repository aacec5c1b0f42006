"""How a watch begins: where its token says, or with a snapshot. It listens first and then reads: nothing is missed."""

from collections.abc import Mapping, Sequence

import structlog

from doorstepd import errors
from doorstepd.live import frames, resume
from doorstepd.live.ports import Head
from doorstepd.live.publish import wakes_channel
from doorstepd.live.standing import Standing
from doorstepd.logs import describe_failure

log = structlog.get_logger(__name__)

_REASONS = {frames.TOKEN_TOO_OLD: "too_old", frames.TOKEN_MISMATCH: "mismatch", frames.OTHER_EPOCH: "other_epoch"}


async def open_watch(watch: Standing, token: str) -> None:
    """Prepares the first frames. Raises NotFound for unknown targets, Unavailable when the log cannot be read."""
    try:
        await _open(watch, token)
    except errors.Refusal:
        raise
    except Exception as error:
        log.warning("live.cannot_open", **describe_failure(error))
        raise errors.Unavailable from None


async def _open(watch: Standing, token: str) -> None:
    board = watch.board
    with board.opening():
        watch.wakes = await watch.hub.bus.subscribe(wakes_channel(board.merchant_id), board.on_wake)
        await watch.hub.know_epoch()
        try:
            progress = resume.decode(token, watch.digest, watch.targets) if token else None
            reason = await _continue(watch, progress) if progress else None
        except resume.BadToken:
            progress, reason = None, frames.TOKEN_MISMATCH
        if progress is None or reason is not None:
            await restart(watch, reason)


async def restart(watch: Standing, reason: int | None) -> None:
    """Begins anew with a snapshot, after a word on why if the watch had a beginning before."""
    hub = watch.hub
    with watch.board.opening():
        body, heads = await hub.renderer.snapshot(watch.viewer, watch.targets)
        lists = await _lists(watch)
        late = [parcel for parcels in lists for parcel in parcels if parcel not in heads]
        heads = {**heads, **(await hub.log.heads(watch.viewer.merchant_id, late) if late else {})}
        every = [*(parcel for parcels in lists for parcel in parcels), *watch.targets.parcels]
        cursors = {parcel: 0 if parcel in late else heads[parcel].revision for parcel in every if parcel in heads}
        kept = [[parcel for parcel in parcels if parcel in heads] for parcels in lists]
        watch.place(kept, cursors, heads, fresh=True)
    hub.counters.snapshots += 1
    if reason is not None:
        name = _REASONS[reason]
        hub.counters.gaps[name] = hub.counters.gaps.get(name, 0) + 1
        # Whoever stops reading here must not come back with a token that says the snapshot was seen.
        watch.prepared.append(frames.gap(reason) + frames.resume_token(resume.START) + hub.stamp())
        hub.counters.frames += 1
    watch.prepared.append(watch.frame(frames.snapshot(body)))


async def _continue(watch: Standing, progress: resume.Progress) -> int | None:
    """Goes on from a token; answers why not, if it cannot prove that nothing is missed."""
    lists = await _lists(watch)
    every = [*(parcel for parcels in lists for parcel in parcels), *watch.targets.parcels]
    heads = await watch.hub.log.heads(watch.viewer.merchant_id, every)
    if not all(parcel in heads and watch.viewer.may_see(heads[parcel]) for parcel in watch.targets.parcels):
        raise errors.NotFound
    if progress.epoch != watch.hub.epoch:
        return frames.OTHER_EPOCH
    cursors = _cursors(watch, progress, lists)
    if cursors is None or any(parcel not in heads for parcel in cursors):
        return frames.OTHER_EPOCH
    if any(cursor > heads[parcel].revision for parcel, cursor in cursors.items()):
        return frames.OTHER_EPOCH
    if any(_forgotten(heads[parcel], cursor) for parcel, cursor in cursors.items()):
        return frames.TOKEN_TOO_OLD
    watch.place(lists, cursors, heads, fresh=False)
    if all(cursor == heads[parcel].revision for parcel, cursor in cursors.items()):
        watch.prepared.append(watch.frame(frames.HEARTBEAT))
    return None


def _forgotten(head: Head, cursor: int) -> bool:
    return cursor < head.revision and cursor + 1 < head.oldest_kept_revision


def _cursors(watch: Standing, progress: resume.Progress, lists: Sequence[Sequence[str]]) -> dict[str, int] | None:
    """Where the token stands in each parcel, 0 in those added since; None when it knows more parcels than there are."""
    cursors: dict[str, int] = {}
    for parcels, sent in zip(lists, progress.orders, strict=True):
        if len(sent) > len(parcels):
            return None
        cursors.update(zip(parcels, [*sent, *[0] * (len(parcels) - len(sent))], strict=True))
    cursors.update(zip(watch.targets.parcels, progress.parcels, strict=True))
    return cursors


async def _lists(watch: Standing) -> list[Sequence[str]]:
    orders = watch.targets.orders
    if not orders:
        return []
    found: Mapping[str, Sequence[str]] = await watch.hub.log.parcels_of_orders(watch.viewer.merchant_id, orders)
    if any(order_id not in found for order_id in orders):
        raise errors.NotFound
    return [found[order_id] for order_id in orders]
