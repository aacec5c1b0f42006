"""The breaker of a provider, on a clock of our own."""

from hypothesis import given
from hypothesis import strategies as st

from doorstepd.carriers.health import FIRST_REST_S, LONGEST_REST_S, OPENS_AFTER, Breaker, Health


def broken(now: float = 0.0) -> Health:
    health = Health()
    for _ in range(OPENS_AFTER):
        health.failed("zto", now)
    return health


def test_a_few_failures_in_a_row_open_the_breaker_and_a_success_between_them_does_not() -> None:
    health = Health()
    for _ in range(OPENS_AFTER * 3):
        health.failed("zto", 0.0)
        health.succeeded("zto", 0.0, 0.1)
    assert health.of("zto").breaker(0.0) is Breaker.CLOSED
    assert broken().of("zto").breaker(0.0) is Breaker.OPEN


def test_one_provider_in_trouble_leaves_the_others_alone() -> None:
    assert broken().admit("sf", 1.0) == 0.0


def test_after_the_rest_one_probe_goes_and_its_success_closes_the_breaker() -> None:
    health = broken()
    assert health.admit("zto", FIRST_REST_S - 1) == 1.0
    assert [health.admit("zto", FIRST_REST_S) > 0 for _ in range(3)] == [False, True, True]
    health.succeeded("zto", FIRST_REST_S + 1, 0.2)
    assert health.of("zto").breaker(FIRST_REST_S + 1) is Breaker.CLOSED
    assert health.of("zto").last_success == FIRST_REST_S + 1


def test_a_probe_that_fails_makes_the_rest_longer() -> None:
    health = broken()
    health.admit("zto", FIRST_REST_S)
    health.failed("zto", FIRST_REST_S)
    assert health.admit("zto", 2 * FIRST_REST_S) == FIRST_REST_S


def test_a_probe_that_never_reports_back_is_followed_by_another() -> None:
    health = broken()
    assert health.admit("zto", 100.0) == 0.0
    assert health.admit("zto", 100.0 + 3600.0) == 0.0


@given(st.lists(st.tuples(st.sampled_from(["ask", "fail", "succeed"]), st.floats(0.0, 1000.0)), max_size=60))
def test_whatever_happens_nobody_waits_longer_than_the_longest_rest(steps: list[tuple[str, float]]) -> None:
    health, now = Health(), 0.0
    for what, passed in steps:
        now += passed
        if what == "fail":
            health.failed("zto", now)
        elif what == "succeed":
            health.succeeded("zto", now, passed)
        else:
            assert 0.0 <= health.admit("zto", now) <= LONGEST_REST_S
