"""Every way in which a fix can be set aside has a word on the wire."""

import pytest
from doorstep.tracking.v1 import courier_pb2

from doorstepd.positions.fix import Rejection
from doorstepd.rpc import ingest_requests

FIX = courier_pb2.PositionFix()
FIX.fix_time.seconds = 1_790_000_000


@pytest.mark.parametrize("reason", Rejection)
def test_each_rejection_is_told(reason):
    assert reason in ingest_requests._REJECTION
    assert ingest_requests.rejection(reason, FIX) != courier_pb2.FIX_REJECTION_UNSPECIFIED


def test_a_rejection_of_a_later_kind_is_set_aside_without_an_error():
    assert ingest_requests.rejection("of tomorrow", FIX) == courier_pb2.FIX_REJECTION_IMPLAUSIBLE


def test_a_fix_without_a_time_is_told_so():
    told = ingest_requests.rejection(Rejection.TOO_OLD, courier_pb2.PositionFix())
    assert told == courier_pb2.FIX_REJECTION_INVALID_TIME
