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

from doorstepd.cli import app

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


@pytest.mark.parametrize("content", ["", "{", "[]", '{"keys": []}', '{"keys": [{"kty": "RSA"}]}'])
def test_public_keys_that_cannot_be_used_are_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys.json").write_text(content)
    said = mistake(environment={"DOORSTEP_JWKS": "keys.json"}, cwd=tmp_path)
    assert said.startswith("doorstepd: DOORSTEP_JWKS, keys.json: ")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("DATABASE_URL", f"postgres://shop:{SECRET}@127.0.0.1/x", "must be postgresql+asyncpg://"),
        ("DATABASE_URL", "nonsense", "must be postgresql+asyncpg://"),
        ("DATABASE_URL", f"postgresql+asyncpg://shop:{SECRET}@127.0.0.1:1/x", "No database answers at 127.0.0.1:1"),
        ("DATABASE_URL", "sqlite+aiosqlite:////proc/nowhere/x.db", "cannot be opened"),
        ("REDIS_URL", f"shop:{SECRET}@127.0.0.1", "must be redis://"),
        ("TIME_ZONE", "Mars", "is no time zone"),
        ("MAX_WATCHES", "many", "DOORSTEP_MAX_WATCHES cannot be used"),
        ("PROVIDER_URLS", "x", "DOORSTEP_PROVIDER_URLS cannot be used"),
        ("GEOCODER_OPTIONS", "x", "DOORSTEP_GEOCODER_OPTIONS cannot be used"),
        ("GEOCODER", "nobody", "DOORSTEP_GEOCODER must be amap or one of geopy's"),
        ("GEOCODER", "amap", "DOORSTEP_GEOCODER amap needs"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, variable: str, value: str, words: str) -> None:
    assert words in mistake(environment={f"DOORSTEP_{variable}": value}, cwd=tmp_path)


def test_tls_needs_a_certificate_that_can_be_read_and_its_key(tmp_path: Path) -> None:
    assert "needs both" in mistake("--certificate", "a.pem", cwd=tmp_path)
    assert "cannot be read" in mistake("--certificate", "a.pem", "--private-key", "b.pem", cwd=tmp_path)
    for name in ("a.pem", "b.pem"):
        (tmp_path / name).write_text("no certificate")
    assert "must be PEM files" in mistake("--certificate", "a.pem", "--private-key", "b.pem", cwd=tmp_path)


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
