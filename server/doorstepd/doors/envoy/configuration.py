"""Envoy's configuration and command line."""

import importlib.util
import json
import string
from importlib.resources import files
from typing import Any

import yaml

from doorstepd.doors.envoy import tls
from doorstepd.doors.envoy.wheel import INSTALL, executable
from doorstepd.doors.opening import Opening


def configuration(opening: Opening, departures: int) -> dict[str, Any]:
    """Envoy's configuration; `departures` is the pipe that takes the IDs of streams whose callers left."""
    spec = importlib.util.find_spec("pyvoy._pyvoy")
    if spec is None or spec.origin is None:
        raise RuntimeError(INSTALL)
    template = string.Template(files("doorstepd.doors.envoy").joinpath("envoy.yaml").read_text())
    text = template.substitute(
        premature_resets=500 if opening.public else 1_000_000,
        host=opening.host,
        port=opening.port,
        shared="true" if opening.shared else "false",
        trusted="false" if opening.public else "true",
        max_concurrent_streams=100 if opening.public else 1000,
        cors_origins=json.dumps([_origin(origin) for origin in opening.cors_origins]),
        module=spec.origin,
        departures=f"/dev/fd/{departures}",
    )
    configured: dict[str, Any] = yaml.safe_load(text)
    listeners = configured["static_resources"]["listeners"]
    connection = listeners[0]["filter_chains"][0]["filters"][0]["typed_config"]
    if not opening.access_log:
        connection["access_log"] = [
            log for log in connection["access_log"] if log["name"] == "envoy.access_loggers.file"
        ]
    if opening.tls:
        tls.secure(configured["static_resources"], opening)
    return configured


def _origin(origin: str) -> dict[str, Any]:
    return {"safe_regex": {"regex": ".*"}} if origin == "*" else {"exact": origin}


def arguments(opening: Opening, departures: int) -> list[str]:
    """Envoy's command line; what `configuration` says is in it."""
    return [
        str(executable()),
        "--config-yaml",
        json.dumps(configuration(opening, departures)),
        "--concurrency",
        "1",  # Python runs in one thread; more processes, not more threads
        "--use-dynamic-base-id",
        "--log-level",
        "error",
        "--file-flush-interval-msec",
        "100",  # how soon a departure is known
    ]
