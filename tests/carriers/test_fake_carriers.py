"""Our requests against the fake providers: signed, understood, and never more than a typed error."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from doorstepd.carriers import PROVIDERS, carrier
from doorstepd.carriers.carrier import Credentials, ErrorKind, Push, Wanted
from doorstepd.carriers.fake import TEST_CREDENTIALS
from doorstepd.carriers.fake.journeys import JOURNEYS
from doorstepd.carriers.fake.pushes import PUSHING, pushes
from doorstepd.carriers.fake.server import FakeCarriers, Mode
from doorstepd.carriers.pace import Pace, limits
from doorstepd.carriers.query import Answer, Inquirer
from doorstepd.parcels.fold import fold
from doorstepd.parcels.vocabulary import STATUS_OF, Status, SubStatus

NOW = datetime(2026, 11, 12, 2, tzinfo=UTC)
WHOLE_WEEK = timedelta(days=7)
NUMBER = "78000000000777"


class World:
    """Fake providers, an inquirer that asks them, and a clock that only we move."""

    def __init__(self) -> None:
        self.time = NOW
        self.seconds = 0.0
        self.slept: list[float] = []
        self.fakes = FakeCarriers(speed=1.0, now=lambda: self.time, slow_seconds=0.0)
        transport = httpx2.ASGITransport(self.fakes.app())
        self.http = httpx2.AsyncClient(transport=transport, base_url="http://fake")
        urls = {provider: f"http://fake/{provider}" for provider in PROVIDERS}
        self.inquirer = Inquirer(self.http, urls, clock=lambda: self.seconds, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    async def ask(self, provider: str, credentials: Credentials | None = None) -> Answer:
        wanted = [Wanted(NUMBER, "zto", "5678", "http://shop/hook")]
        return await self.inquirer.query(provider, wanted, credentials or TEST_CREDENTIALS[provider], self.time)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.http.aclose()


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_signed_question_is_answered_with_the_whole_journey(world: World, provider: str) -> None:
    world.fakes.announce(provider, NUMBER)
    world.time += WHOLE_WEEK
    answer = await world.ask(provider)
    (result,) = answer.results
    assert (result.tracking_number, result.status, result.error) == (NUMBER, Status.DELIVERED, None)
    assert len(result.events) == len(JOURNEYS["normal"])


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_wrong_key_is_an_authentication_error(world: World, provider: str) -> None:
    wrong = {name: f"{value}x" for name, value in TEST_CREDENTIALS[provider].items()}
    (result,) = (await world.ask(provider, wrong)).results
    assert result.error
    assert result.error.kind is ErrorKind.AUTH_FAILED


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_an_empty_trace_is_an_answer_and_no_error(world: World, provider: str) -> None:
    world.fakes.modes[provider] = Mode.EMPTY
    (result,) = (await world.ask(provider)).results
    assert result.status is Status.PENDING
    assert result.error is None or result.error.kind is ErrorKind.NOT_FOUND


@pytest.mark.parametrize("mode", [Mode.DOWN, Mode.HTML, Mode.ERROR_BODY])
@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_provider_in_trouble_is_unavailable_and_may_be_asked_again(
    world: World, provider: str, mode: Mode
) -> None:
    if provider == "fedex":  # the token comes first; have one
        await world.ask(provider)
    world.fakes.modes[provider] = mode
    (result,) = (await world.ask(provider)).results
    assert result.status is None
    assert result.error
    assert (result.error.kind, result.error.retryable) == (ErrorKind.UNAVAILABLE, True)


async def test_retry_after_is_told_and_kept(world: World) -> None:
    world.fakes.modes["dhl"] = Mode.LIMITED
    first, second = await world.ask("dhl"), await world.ask("dhl")
    assert [answer.results[0].error.kind for answer in (first, second) if answer.results[0].error] == [
        ErrorKind.RATE_LIMITED
    ] * 2
    assert first.retry_after == 60.0
    assert world.fakes.calls["dhl"] == 1


async def test_calls_keep_the_distance_that_the_provider_wants(world: World) -> None:
    for _ in range(3):
        await world.ask("dhl")
    assert world.slept == [0.0, 5.0, 5.0]


async def test_the_daily_quota_is_kept_without_asking(world: World) -> None:
    allowed = limits("dhl").calls_per_day
    assert allowed
    for _ in range(allowed):
        await world.ask("dhl")
    refused = await world.ask("dhl")
    assert refused.results[0].error
    assert refused.results[0].error.kind is ErrorKind.QUOTA_EXHAUSTED
    assert refused.retry_after == 22 * 3600
    assert world.fakes.calls["dhl"] == allowed


async def test_nobody_there_is_unavailable() -> None:
    def nobody(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(nobody)) as http:
        answer = await Inquirer(http).query("kdniao", [Wanted("1", "sf")], TEST_CREDENTIALS["kdniao"], NOW)
    assert answer.results[0].error
    assert answer.results[0].error.kind is ErrorKind.UNAVAILABLE


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_subscription_is_signed_where_there_is_one(world: World, provider: str) -> None:
    wanted = [Wanted(NUMBER, "zto", "5678", "http://shop/hook")]
    answer = await world.inquirer.subscribe(provider, wanted, TEST_CREDENTIALS[provider], NOW)
    if provider in ("sf", "jd", "fedex", "fourpx"):
        assert answer is None
    else:
        assert answer
        assert all(result.error is None for result in answer.results)


@pytest.mark.parametrize("journey", JOURNEYS)
@pytest.mark.parametrize("provider", PUSHING)
def test_pushes_are_authentic_and_tell_the_journey(provider: str, journey: str) -> None:
    fakes = FakeCarriers(speed=1.0, now=lambda: NOW)
    fakes.announce(provider, NUMBER, journey=journey)
    parcel = fakes.parcels[provider, NUMBER]
    events = []
    for scans in (parcel.scans(NOW + timedelta(hours=10)), parcel.scans(NOW + WHOLE_WEEK)):
        for push in pushes(provider, parcel, scans, TEST_CREDENTIALS[provider]):
            assert carrier(provider).authentic(push, TEST_CREDENTIALS[provider])
            events += [event for result in carrier(provider).parse_push(push) for event in result.events]
        parcel.pushed = len(scans)
    last = JOURNEYS[journey][-1]
    assert fold(events).status is last.status
    assert len(fold(events).timeline) == len(JOURNEYS[journey])


async def test_pushes_go_where_they_are_wanted_and_only_once(world: World) -> None:
    got: list[Push] = []

    def hook(request: httpx2.Request) -> httpx2.Response:
        got.append(Push(request.content, request.headers["content-type"]))
        return httpx2.Response(200 if len(got) > 1 else 503)

    world.fakes.push_to = "http://shop/webhooks/{provider}/secret"
    world.fakes.announce("kdniao", NUMBER)
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(hook)) as http:
        assert [await world.fakes.push_due(http) for _ in range(3)] == [0, 1, 0]
        world.time += timedelta(hours=2)
        assert await world.fakes.push_due(http) == 1


@pytest.mark.parametrize("name", JOURNEYS)
def test_journeys_use_sub_statuses_with_their_own_status(name: str) -> None:
    steps = JOURNEYS[name]
    assert all(step.sub_status is None or STATUS_OF[step.sub_status] is step.status for step in steps)
    assert [step.minutes for step in steps] == sorted(step.minutes for step in steps)
    assert steps[0].sub_status is SubStatus.LABEL_CREATED


def test_accounts_of_one_provider_do_not_wait_for_each_other() -> None:
    pace = Pace()
    assert [pace.reserve("dhl", account, 0.0) for account in ("a", "a", "b")] == [0.0, 5.0, 0.0]
