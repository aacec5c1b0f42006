"""Who is taken for a reader that has stopped reading."""

import asyncio
import time

from eventually import eventually

from doorstepd.doors.calls.stalls import end_stalled


class Stream:
    """A call that sends a stream; its reader takes nothing while `stuck`."""

    def __init__(self, *, stuck: bool) -> None:
        self.sent = 1
        self.stuck = stuck
        self.ended = False

    @property
    def writing(self) -> bool:
        """Between two looks of the watcher, a reader that reads has taken what was sent."""
        self.sent += not self.stuck
        return not self.ended

    def end(self, fate: object) -> None:
        self.ended = True


async def test_only_who_does_not_read_is_ended() -> None:
    streams = [Stream(stuck=True), Stream(stuck=False)]
    task = asyncio.create_task(end_stalled(streams, 0.2))
    await eventually(lambda: streams[0].ended)
    assert not streams[1].ended
    task.cancel()


async def test_nobody_is_blamed_while_the_process_itself_stood_still() -> None:
    stream = Stream(stuck=True)
    task = asyncio.create_task(end_stalled([stream], 0.2))
    for _ in range(6):
        await asyncio.sleep(0.01)
        time.sleep(0.25)  # the whole loop stands still
    assert not stream.ended
    await eventually(lambda: stream.ended)
    task.cancel()
