"""A process that records events of many parcels at once, and says of each, once it is acknowledged, which it was.

python recording_process.py URL PARCEL_ID...
"""

import asyncio
import sys
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "database"))
from office import Office, event, now, office

from doorstepd.intake.ledger import Report
from doorstepd.parcels.vocabulary import Status


async def tell(its: Office, parcel_id: str) -> None:
    for number in count():
        told = event(f"快件到达第 {number} 站", Status.IN_TRANSIT)
        await its.events.record("m", parcel_id, Report((told,), keys={0: f"k{number}"}), now())
        sys.stdout.write(f"{parcel_id} k{number}\n")
        sys.stdout.flush()


async def main(url: str, parcel_ids: list[str]) -> None:
    async with office(url) as its, asyncio.TaskGroup() as tasks:
        for parcel_id in parcel_ids:
            tasks.create_task(tell(its, parcel_id))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
