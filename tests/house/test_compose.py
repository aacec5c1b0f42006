"""What `docker compose up` would use, checked without an engine: the file holds together, and so does the image."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from doorstepd.cli import app
from doorstepd.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def dockerfile() -> str:
    return (ROOT / "server" / "Dockerfile").read_text()


def test_every_dependency_and_volume_is_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= set(compose["services"])
        named = {mount.split(":")[0] for mount in service.get("volumes", ())}
        assert named <= set(compose["volumes"])


def test_who_is_waited_for_has_a_health_check(compose: dict[str, Any]) -> None:
    for waited, how in compose["services"]["doorstepd"]["depends_on"].items():
        assert how["condition"] == "service_healthy"
        assert "healthcheck" in compose["services"][waited]


def test_the_command_has_options_that_serve_knows(compose: dict[str, Any]) -> None:
    command = compose["services"]["doorstepd"]["command"]
    serve = get_command(app).commands[command[0]]  # type: ignore[attr-defined]
    known = {option for parameter in serve.params for option in parameter.opts}
    assert {word for word in command if word.startswith("--")} <= known


def test_the_environment_names_settings_that_exist(compose: dict[str, Any]) -> None:
    given = compose["services"]["doorstepd"]["environment"]
    assert {name.removeprefix("DOORSTEP_").lower() for name in given} <= set(Settings.model_fields)


def test_the_published_port_is_the_one_served(compose: dict[str, Any]) -> None:
    service = compose["services"]["doorstepd"]
    port = service["command"][service["command"].index("--port") + 1]
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f":{port}/healthz" in service["healthcheck"]["test"][-1]


def test_the_image_copies_files_that_exist_and_runs_a_command_that_exists() -> None:
    for sources in re.findall(r"^COPY (.+) \S+$", dockerfile(), re.M):
        assert all((ROOT / source).exists() for source in sources.split())
    assert 'ENTRYPOINT ["doorstepd"]' in dockerfile()
    assert "USER doorstep" in dockerfile()
