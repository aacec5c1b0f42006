"""The README's example does what it says, run as it stands but for the address and the order."""

import os
import re
import subprocess
import sys
from pathlib import Path

from doorstep.tracking.v1 import ingest_service_pb2, parcel_pb2
from house import House, Stubs

from doorstepd.access.callers import Role

README = Path(__file__).parents[2] / "README.md"


def example() -> str:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    assert len(blocks) == 1
    return str(blocks[0])


def test_the_example_is_about_ten_lines() -> None:
    assert len([line for line in example().splitlines() if line.strip()]) <= 10


async def test_the_readmes_example_follows_an_order(house: House, stubs: Stubs) -> None:
    order_id = f"readme-{house.daemon.target.rpartition(':')[2]}"
    parcel = ingest_service_pb2.NewParcel(items=[parcel_pb2.Item(title="毛巾")], tracking_number="78000000000021")
    request = ingest_service_pb2.CreateOrderRequest(order_id=order_id, customer_id="c1", parcels=[parcel])
    await stubs.ingest.CreateOrder(request, metadata=house.caller())
    code = example().replace("localhost:8470", house.daemon.target).replace("A1001", order_id)
    environment = os.environ | {"DOORSTEP_TOKEN": house.token(Role.CUSTOMER, customer_id="c1"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment, text=True) as running:
        assert running.stdout is not None
        first = running.stdout.readline()
        running.kill()
    assert first.startswith("包裹 1（毛巾）")
