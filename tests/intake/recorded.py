"""What carriers and the aggregator were recorded saying about one parcel, as reports to enter."""

from functools import cache
from pathlib import Path

from doorstepd import carriers
from doorstepd.intake.ledger import Report

DATA = Path(__file__).parents[1] / "data" / "carriers"

KDNIAO = (
    "kdniao/query_1002_yto_delivered.json",
    "kdniao/query_8001_sf_address_issue.json",
    "kdniao/query_8001_sto_station_collected.json",
    "kdniao/query_8001_zto_out_for_delivery.json",
    "kdniao/query_8001_zto_stalled_403.json",
)
OTHERS = (
    "zto/track_query_v2_delivered.json",
    "zto/track_query_v2_problem_address.json",
    "yto/track_query_failed_absent.json",
    "jd/trace_query_refused.json",
    "dhl/track_express_held_duty.json",
    "fedex/track_delivery_exception_address.json",
    "fourpx/tracking_au_attempt_failed.json",
    "track17/gettrackinfo_dhl_customs_info_required.json",
)


@cache
def report(name: str) -> Report:
    """All that the reply says of its first parcel."""
    provider = name.partition("/")[0]
    result = carriers.carrier(provider).parse_reply((DATA / name).read_bytes())[0]
    assert result.events, name
    return Report(result.events, result.shipment)
