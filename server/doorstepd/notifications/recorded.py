"""A channel for development: the notice is recorded as sent, and can be read with ReminderService.ListReminders."""

import structlog

from doorstepd.notifications.channel import Notice

log = structlog.get_logger(__name__)


class Recorded:
    """Sends nothing anywhere."""

    name = "recorded"

    async def send(self, notice: Notice) -> None:
        """Logs that there was one; its text stays in the database."""
        log.info("notice.recorded", kind=notice.kind, parcel=notice.parcel_id, attempt=notice.attempt)
