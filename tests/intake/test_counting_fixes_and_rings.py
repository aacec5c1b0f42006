"""Operators see what became of fixes, and what rang."""

from dataclasses import replace

from office import DOOR, fixes_towards
from prometheus_client import REGISTRY

from doorstepd.positions.fix import Rejection


def fixes_counted():
    outcomes = ("accepted", "duplicate", "late", "set_aside", "refused")
    return [REGISTRY.get_sample_value("doorstep_fixes_total", {"outcome": one}) or 0.0 for one in outcomes]


def rings_counted(cause="inside"):
    return REGISTRY.get_sample_value("doorstep_rings_total", {"cause": cause}) or 0.0


async def test_each_fix_is_counted_by_what_became_of_it(office):
    ride = fixes_towards(DOOR)
    early = replace(ride[4], event_time=ride[4].event_time + 1.0)
    coarse = replace(ride[-1], event_time=ride[-1].event_time - 0.5, accuracy_m=2500.0)
    before = fixes_counted()
    async with office.positions.round("m", "k1") as its_round:
        first = await office.positions.report(its_round, [*ride[:4], *ride[5:]])
        assert first == [Rejection.UNCONFIRMED] + [None] * 14
        await office.positions.report(its_round, [ride[0], ride[1], early, coarse, replace(ride[-1], lat=91.0)])
        await office.positions.report(its_round, [])
    counted = [after - one for after, one in zip(fixes_counted(), before, strict=True)]
    assert counted == [14, 2, 1, 2, 1]  # the very first fix is set aside until another bears it out


async def test_a_ring_is_counted_once_when_it_is_committed(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    before = rings_counted()
    for _ in range(2):
        async with office.positions.round("m", "k1") as its_round:
            await office.positions.report(its_round, fixes_towards(DOOR))
        office.feed.states.clear()  # the next round knows nothing and decides again
    assert rings_counted() - before == 1
