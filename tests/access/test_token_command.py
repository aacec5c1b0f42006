import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from doorstepd.access.callers import Caller, Role
from doorstepd.access.tokens import Verifier
from doorstepd.cli import app
from doorstepd.settings import Settings


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOORSTEP_ISSUER", "DOORSTEP_AUDIENCE", "DOORSTEP_DATA", "DOORSTEP_JWKS"):
        monkeypatch.delenv(name, raising=False)


def printed(data: Path, *options: str) -> str:
    result = CliRunner().invoke(app, ["token", "--data", str(data), *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def caller_of(data: Path, *options: str) -> Caller:
    settings = Settings(data=data)
    token = printed(data, *options).strip()
    return Verifier(settings.effective_jwks, settings.issuer, settings.audience).verify(token, time.time())


def test_a_server_on_the_same_data_accepts_the_printed_token(tmp_path: Path) -> None:
    caller = caller_of(tmp_path, "--role", "customer", "--customer", "c1", "--merchant", "shop")
    assert (caller.role, caller.merchant_id, caller.customer_id) == (Role.CUSTOMER, "shop", "c1")


def test_nothing_but_the_token_is_printed(tmp_path: Path) -> None:
    out = printed(tmp_path, "--role", "desk_agent")
    assert out.count("\n") == 1
    assert out.count(".") == 2


def test_the_other_roles_get_what_they_need(tmp_path: Path) -> None:
    assert caller_of(tmp_path, "--role", "courier", "--courier", "k1").courier_id == "k1"
    assert caller_of(tmp_path, "--role", "guest", "--order", "o1", "--ttl", "30d").order_id == "o1"
    assert caller_of(tmp_path, "--role", "internal_service", "--scope", "tracking.read").scopes == {"tracking.read"}
    assert "positions.write" in caller_of(tmp_path, "--role", "internal_service").scopes
    assert caller_of(tmp_path, "--role", "merchant_admin", "--customer", "c1").customer_id is None


@pytest.mark.parametrize(
    "options",
    [
        ["--role", "customer"],
        ["--role", "guest"],
        ["--role", "courier", "--courier", "../x"],
        ["--role", "root"],
        ["--role", "desk_agent", "--ttl", "2h"],
        ["--role", "desk_agent", "--ttl", "soon"],
        ["--role", "desk_agent", "--ttl", "0"],
        ["--role", "desk_agent", "--merchant", ""],
        ["--role", "internal_service", "--scope", "tracking.raed"],
    ],
)
def test_what_cannot_be_issued_is_refused_on_the_command_line(tmp_path: Path, options: list[str]) -> None:
    result = CliRunner().invoke(app, ["token", "--data", str(tmp_path), *options])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
