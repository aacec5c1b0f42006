"""The client is a distribution of its own."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import doorstep

MODULES = sorted(module.name for module in pkgutil.walk_packages(doorstep.__path__, "doorstep."))


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)


def test_every_module_imports_with_warnings_as_errors() -> None:
    assert "doorstep.tracking.v1.live_service_pb2_grpc" in MODULES
    result = run("import importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in MODULES))
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""


def test_the_client_needs_nothing_but_grpc_and_protobuf() -> None:
    result = run(
        "import sys, grpc.aio\n"
        "of_grpc = set(sys.modules)\n"
        "import doorstep, doorstep.messages\n"
        "roots = {name.partition('.')[0] for name in set(sys.modules) - of_grpc}\n"
        "print(*sorted(roots - set(sys.stdlib_module_names)))"
    )
    assert result.returncode == 0, result.stderr
    assert set(result.stdout.split()) <= {"doorstep", "google", "grpc"}


def test_every_name_it_offers_exists() -> None:
    assert all(hasattr(doorstep, name) for name in doorstep.__all__)
