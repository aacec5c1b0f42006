"""A mistake of whoever starts the service is answered with one sentence, and nothing is started."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from doorstepd import preflight
from doorstepd.cli import app
from doorstepd.doors.app import CannotStart
from doorstepd.doors.opening import Opening

SECRET = "hunter2"


def mistake(*arguments: str, environment: Mapping[str, str] | None = None, cwd: Path) -> str:
    """The one line that `doorstepd serve` says."""
    command = [sys.executable, "-m", "doorstepd", "serve", "--port", "0", "--http-port", "0", *arguments]
    env = os.environ | {"DOORSTEP_LOG_LEVEL": "error"} | (environment or {})
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert SECRET not in done.stderr
    return lines[0]


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert mistake("--port", port, cwd=tmp_path).startswith(f"doorstepd: Port {port} is taken")


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    assert "The folder data cannot be written to (is a file)" in mistake("--data", "data", cwd=tmp_path)


def test_public_keys_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"keys": [{"kty": "RSA"}]}')
    said = mistake(environment={"DOORSTEP_JWKS": "keys.json"}, cwd=tmp_path)
    assert said.startswith("doorstepd: DOORSTEP_JWKS, keys.json: ")


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    address = {"DOORSTEP_DATABASE_URL": f"postgresql+asyncpg://shop:{SECRET}@127.0.0.1:1/x"}
    assert "No database answers at 127.0.0.1:1" in mistake(environment=address, cwd=tmp_path)


async def look_at_everything() -> None:
    settings = preflight.settings()
    preflight.geocoder(settings)
    preflight.carriers(settings)
    if settings.database_url:
        await preflight.database(settings)
    if settings.redis_url:
        await preflight.redis(settings)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("DATABASE_URL", f"postgres://shop:{SECRET}@127.0.0.1/x", "must be postgresql+asyncpg://"),
        ("DATABASE_URL", "nonsense", "must be postgresql+asyncpg://"),
        ("DATABASE_URL", "sqlite+aiosqlite:////proc/nowhere/x.db", "cannot be opened"),
        ("REDIS_URL", f"shop:{SECRET}@127.0.0.1", "must be redis://"),
        ("TIME_ZONE", "Mars", "is no time zone"),
        ("MAX_WATCHES", "many", "DOORSTEP_MAX_WATCHES cannot be used"),
        ("PROVIDER_URLS", "x", "DOORSTEP_PROVIDER_URLS cannot be used"),
        ("PROVIDER_URLS", '{"dhhl": "http://127.0.0.1"}', "dhhl: no such provider; there are kdniao"),
        ("PROVIDER_URLS", '{"dhl": "not a url"}', "dhl: must be an address"),
        ("LOG_LEVEL", "lout", "DOORSTEP_LOG_LEVEL cannot be used"),
        ("PUBLIC_URL", "track.shop.com", "must be an address such as https://track.shop.com"),
        ("PUBLIC_URL", f"https://shop:{SECRET}@track.shop.com", "must be an address such as"),
        ("STATEMENT_TIMEOUT", "inf", "DOORSTEP_STATEMENT_TIMEOUT cannot be used"),
        ("STATEMENT_TIMEOUT", "1e-7", "DOORSTEP_STATEMENT_TIMEOUT cannot be used"),
        ("KEPT_REVISIONS", "99999999999999999999", "DOORSTEP_KEPT_REVISIONS cannot be used"),
        ("ISSUER", "", "DOORSTEP_ISSUER cannot be used"),
        ("GEOCODER_OPTIONS", "x", "DOORSTEP_GEOCODER_OPTIONS cannot be used"),
        ("GEOCODER", "nobody", "DOORSTEP_GEOCODER must be amap or one of geopy's"),
        ("GEOCODER", "amap", "DOORSTEP_GEOCODER amap needs"),
    ],
)
async def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str) -> None:
    monkeypatch.setenv(f"DOORSTEP_{variable}", value)
    with pytest.raises(CannotStart) as said:
        await look_at_everything()
    assert words in str(said.value)
    assert SECRET not in str(said.value)


async def test_an_option_that_amap_does_not_have_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORSTEP_GEOCODER", "amap")
    monkeypatch.setenv("DOORSTEP_GEOCODER_OPTIONS", json.dumps({"key": SECRET, "sercet": SECRET}))
    with pytest.raises(CannotStart, match="sercet: amap has key, secret and url") as said:
        await look_at_everything()
    assert SECRET not in str(said.value)


def test_a_misspelt_variable_is_named_with_the_one_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORSTEP_DATABSE_URL", SECRET)
    monkeypatch.setenv("DOORSTEP_TOKEN", SECRET)
    monkeypatch.setenv("DOORSTEP_LOG_LEVEL", "INFO")
    said = [line for line in preflight.misspelt() if "DATAB" in line]
    assert said == ["DOORSTEP_DATABSE_URL is no setting; did you mean DOORSTEP_DATABASE_URL?"]
    assert preflight.settings().log_level == "info"


async def test_a_redis_that_is_away_is_no_reason_not_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORSTEP_REDIS_URL", "redis://127.0.0.1:1/0")
    assert "no Redis answers at 127.0.0.1:1" in str(await preflight.redis(preflight.settings()))


def test_tls_needs_a_certificate_that_can_be_read_and_its_key(tmp_path: Path) -> None:
    files = {name: str(tmp_path / name) for name in ("certificate", "private_key")}
    with pytest.raises(CannotStart, match="needs both"):
        preflight.certificate(Opening(certificate=files["certificate"]))
    with pytest.raises(CannotStart, match="cannot be read"):
        preflight.certificate(Opening(**files))
    for name in files.values():
        Path(name).write_text("no certificate")
    with pytest.raises(CannotStart, match="must be PEM files"):
        preflight.certificate(Opening(**files))


class TestMerchants:
    """`doorstepd merchant`."""

    @pytest.fixture(autouse=True)
    def _here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def say(self, *arguments: str, status: int = 0) -> str:
        done = CliRunner().invoke(app, ["merchant", *arguments])
        assert done.exit_code == status, done.output
        return " ".join(done.output.replace("│", " ").split())

    def test_a_secret_is_shown_once_and_another_after_rotating(self) -> None:
        Path("keys.json").write_text(json.dumps({"kdniao": {"EBusinessID": "7", "ApiKey": SECRET}}))
        path = self.say("create", "shop", "--name", "A shop", "--credentials", "keys.json").split()[0]
        shown = self.say("show", "shop")
        assert path.startswith("/webhooks/PROVIDER/")
        assert path.rpartition("/")[2] not in shown
        assert SECRET not in shown
        assert "kdniao: ApiKey, EBusinessID" in shown
        assert self.say("rotate-secret", "shop").split()[0] not in ("", path)

    def test_a_change_keeps_what_it_does_not_name(self) -> None:
        Path("keys.json").write_text(json.dumps({"zto": {"appSecret": SECRET}}))
        Path("settings.json").write_text(json.dumps({"gate": "stops:8", "radius_m": 800}))
        self.say("create", "shop", "--name", "A shop", "--credentials", "keys.json")
        self.say("change", "shop", "--settings", "settings.json")
        shown = self.say("show", "shop")
        assert "A shop" in shown
        assert '"stops:8"' in shown
        assert "zto: appSecret" in shown

    def test_a_setting_that_is_there_twice_is_named(self) -> None:
        Path("settings.json").write_text('{"radius_m": 500, "radius_m": 5000}')
        self.say("create", "shop")
        assert "radius_m: is there twice" in self.say("change", "shop", "--settings", "settings.json", status=2)

    def test_a_merchant_is_made_once(self) -> None:
        self.say("create", "shop")
        assert "already" in self.say("create", "shop", status=1)
        assert "no merchant" in self.say("show", "nobody", status=1)

    @pytest.mark.parametrize(
        ("option", "content", "field"),
        [
            ("--credentials", {"nobody": {"key": SECRET}}, "nobody"),
            ("--credentials", {"zto": {"appSecrt": SECRET}}, "zto.appSecrt"),
            ("--credentials", {"zto": {"appSecret": ""}}, "zto.appSecret"),
            ("--credentials", {"zto": SECRET}, "zto"),
            ("--credentials", [SECRET], "one JSON object"),
            ("--settings", {"gate": "eta:soon"}, "gate"),
            ("--settings", {"gate": 3}, "gate"),
            ("--settings", {"radius_m": 0}, "radius_m"),
            ("--settings", {"radius_m": True}, "radius_m"),
            ("--settings", {"visibility": {"position": "sometimes"}}, "visibility.position"),
            ("--settings", {"visibility": {"shoes": "never"}}, "visibility."),
            ("--settings", {"colour": "red"}, "colour"),
        ],
    )
    def test_a_bad_file_is_refused_with_its_field_and_without_its_values(
        self, option: str, content: object, field: str
    ) -> None:
        Path("file.json").write_text(json.dumps(content))
        said = self.say("create", "shop", option, "file.json", status=2)
        assert field in said
        assert SECRET not in said
