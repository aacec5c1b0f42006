"""What nobody signed asks the customer for nothing, and ends no journey that somebody can be asked about."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.parcels import rows
from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.fold import Shipment, fold
from doorstepd.parcels.records import StoredEvent
from doorstepd.parcels.trust import Trust, doubted, doubted_shipment, undoubted_end
from doorstepd.parcels.vocabulary import STATUS_OF, Status, SubStatus, is_terminal

WHEN = datetime(2026, 11, 12, 2, tzinfo=UTC)
ASKING = {SubStatus.DUTY_DUE, SubStatus.DOCUMENTS_REQUIRED, SubStatus.HELD_FOR_PAYMENT}
states = st.one_of(
    st.sampled_from(SubStatus).map(lambda sub: (STATUS_OF[sub], sub)),
    st.sampled_from(Status).map(lambda status: (status, None)),
    st.just((None, None)),
)
events = st.builds(
    lambda state, text: TrackingEvent("sf", WHEN, text, *state), states, st.sampled_from(["已签收", "请缴纳关税"])
)


@given(st.lists(events, max_size=4))
def test_unsigned_events_never_ask_or_end_anything(told):
    believed = [doubted(one, Trust.UNSIGNED) for one in told]
    state = fold(believed)
    assert not state.terminal
    assert state.sub_status not in ASKING
    assert not [
        one for one in believed if one.sub_status in ASKING or (one.claim and one.claim[1] in ASKING and one.text)
    ]


@given(events)
def test_what_is_signed_is_believed_as_it_is(event):
    assert doubted(event, Trust.SIGNED) is event


@given(events)
def test_where_nobody_can_be_asked_an_end_counts_and_a_demand_does_not(event):
    believed = doubted(event, Trust.UNSIGNED_ALONE)
    assert (believed == event) is (event.sub_status not in ASKING)


@given(events)
def test_a_claimed_end_can_be_believed_later_as_it_was_told(event):
    ends = event.status is not None and is_terminal(event.status, event.sub_status)
    assert undoubted_end(doubted(event, Trust.UNSIGNED)) == (event if ends else None)


@given(events, st.sampled_from(Trust))
def test_a_claim_is_kept_with_its_event(event, trust):
    stored = StoredEvent("P1", f"sf/{event.key}", doubted(event, trust), WHEN)
    assert rows.detailed_event(rows.event_detail("m", stored)["event"]) == stored


@pytest.mark.parametrize("state", [(Status.DELIVERED, None), (Status.CUSTOMS, SubStatus.DUTY_DUE)])
def test_an_unsigned_word_on_the_whole_parcel_is_doubted_too(state):
    said = Shipment("sf", *state, as_of=WHEN)
    assert doubted_shipment(said, Trust.UNSIGNED) == Shipment("sf", as_of=WHEN)
    assert doubted_shipment(said, Trust.SIGNED) == said
