"""What Prometheus is told: the sums over all workers, on the HTTP port or on a port of its own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CONTENT_TYPE_LATEST as CONTENT_TYPE
from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

__all__ = ["CONTENT_TYPE", "exposition", "forget", "shared"]

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable by which prometheus_client learns, when it is imported, where processes count together."""


def exposition() -> bytes:
    """The metrics as text: of all workers that share a folder, else of this process."""
    folder = os.environ.get(_FOLDER)
    return generate_latest(_of_all(folder)) if folder else generate_latest()


@contextmanager
def shared(host: str, port: int, workers: int) -> Iterator[None]:
    """Lets the worker processes that are started inside count together; serves /metrics on `port` unless it is 0."""
    if workers == 1 and not port:  # nothing to sum, and a process alone tells of its memory and files as well
        yield
        return
    with tempfile.TemporaryDirectory(prefix="doorstep-metrics-") as folder:
        os.environ[_FOLDER] = folder
        server = start_http_server(port, host, _of_all(folder))[0] if port else None
        try:
            yield
        finally:
            del os.environ[_FOLDER]
            if server is not None:
                server.shutdown()
                server.server_close()


def forget(pid: int) -> None:
    """A worker ended: what it counted stays in the sums, what it held open does not."""
    if _FOLDER in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _of_all(folder: str) -> CollectorRegistry:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    return registry
