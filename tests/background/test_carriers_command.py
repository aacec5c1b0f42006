"""`doorstepd carriers` lists what there is and how it fares."""

import pytest
from prometheus_client import generate_latest
from typer.testing import CliRunner

from doorstepd.carriers import PROVIDERS
from doorstepd.carriers.fake.pushes import PUSHING
from doorstepd.carriers.pace import limits
from doorstepd.cli import app
from doorstepd.cli.carriers import State, states_in


def test_every_provider_is_listed_with_its_limits() -> None:
    listed = CliRunner().invoke(app, ["carriers"], env={"COLUMNS": "200"}).output
    for provider in PROVIDERS:
        (line,) = [one for one in listed.splitlines() if f" {provider} " in one]
        assert ("push" in line) is (provider in PUSHING)
    assert "250 a day" in listed


@pytest.mark.parametrize("provider", PROVIDERS)
def test_who_pushes_is_said_once_and_truly(provider: str) -> None:
    assert limits(provider).pushes is (provider in PUSHING)


def test_an_address_where_nobody_answers_is_one_sentence_and_no_traceback() -> None:
    result = CliRunner().invoke(app, ["carriers", "--server", "http://127.0.0.1:9"])
    assert result.exit_code == 2
    assert "no metrics at http://127.0.0.1:9" in result.output


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_the_state_is_read_from_the_metrics_of_the_process(world) -> None:
    await world.holds("dhl")
    await world.parcel("0000007001", "dhl")
    world.modes("down")
    world.clock.pass_(hours=5)
    await world.ask()
    failing = states_in(generate_latest().decode())["dhl"]
    assert failing.failures == world.health.of("dhl").failures == 1
    assert failing.breaker == 0
    assert states_in("") == {}
    assert State().last_success is None
