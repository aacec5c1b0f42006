"""The whole demo as a process, and the commands that read from it."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import pytest
from valkey_process import free_port

pytestmark = pytest.mark.slow


def doorstepd(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "doorstepd", *arguments]


def run(*arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COLUMNS": "120"}
    return subprocess.run(
        doorstepd(*arguments), capture_output=True, text=True, timeout=timeout, env=environment, check=False
    )


class RunningDemo:
    """`doorstepd demo` in a process of its own, its lines read as they come."""

    def __init__(self, data: Path, seconds: int) -> None:
        self.data = data
        self.server = f"127.0.0.1:{free_port()}"
        port = self.server.rpartition(":")[2]
        self.process = subprocess.Popen(
            doorstepd("demo", "--seconds", str(seconds), "--port", port, "--data", str(data), "--lang", "en"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []

    def until(self, pattern: str) -> str:
        """The first line that matches; fails when the demo ends before one comes."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line)
            if re.search(pattern, line):
                return line
        pytest.fail("the demo ended first:\n" + "".join(self.lines))

    def finish(self) -> int:
        rest, _ = self.process.communicate(timeout=60)
        self.lines.append(rest)
        return self.process.returncode


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[RunningDemo]:
    running = RunningDemo(tmp_path / "data", seconds=20)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()


@pytest.mark.timeout(180)
def test_the_demo_shows_a_day_and_ends_with_numbers(demo: RunningDemo) -> None:
    order = demo.until(r"⌂.* m ").split()[1]
    asked = ("--server", demo.server, "--data", str(demo.data))
    tracked = run("track", order, *asked, "--lang", "en")
    watched = run("watch", order, *asked, "--lang", "en", "--seconds", "3")
    fleet = run("fleet", *asked, "--seconds", "3")
    assert demo.finish() == 0
    said = "".join(demo.lines)

    for name in ("orders", "events", "fixes", "updates delivered", "bells", "deliveries"):
        found = re.search(rf"^  {name}: (\d+)", said, re.MULTILINE)
        assert found, name
        assert int(found[1]) > 0, name
    assert re.search(r"fix to watcher: p50 [\d.]+ ms, p99 [\d.]+ ms \(n = [1-9]", said)
    assert re.search(r"first live position: [\d.]+ s", said)
    assert "🔔" in said
    assert '"level": "error"' not in (demo.data / "doorstepd.log").read_text()

    assert tracked.returncode == 0, tracked.stderr
    assert "Parcel 1" in tracked.stdout
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", tracked.stdout)
    assert watched.returncode == 0, watched.stderr
    assert "⌂" in watched.stdout
    assert fleet.returncode == 0, fleet.stderr
    assert len(re.findall(r"^courier-", fleet.stdout, re.MULTILINE)) == 4


@pytest.mark.timeout(120)
def test_ctrl_c_ends_the_demo_with_its_summary(tmp_path: Path) -> None:
    running = RunningDemo(tmp_path / "data", seconds=60)
    try:
        running.until("⌂")
        running.process.send_signal(2)
        assert running.finish() == 0
    finally:
        running.process.kill()
        running.process.wait()
    assert "bells: " in "".join(running.lines)
    assert '"level": "error"' not in (running.data / "doorstepd.log").read_text()


def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        ended = run("demo", "--seconds", "3", "--port", port, "--data", str(tmp_path))
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"doorstepd: Port {port} is taken; choose another with --port")
    assert ended.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_written_to_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = run("demo", "--seconds", "3", "--port", "0", "--data", str(tmp_path / "file" / "data"))
    assert ended.returncode == 1
    assert "cannot be written to" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    run("token", "--role", "merchant_operator", "--data", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("command", [("track", "O1"), ("watch", "O1"), ("fleet",)])
def test_without_a_server_a_command_says_how_to_start_one(command: tuple[str, ...], keys: Path) -> None:
    ended = run(*command, "--server", f"127.0.0.1:{free_port()}", "--data", str(keys))
    assert ended.returncode == 3
    assert "doorstepd serve" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", [("track", "O1"), ("fleet",)])
def test_without_keys_a_command_asks_for_the_data_directory(command: tuple[str, ...], tmp_path: Path) -> None:
    ended = run(*command, "--data", str(tmp_path / "nothing"))
    assert ended.returncode == 1
    assert "--data" in ended.stderr


@pytest.mark.parametrize("box", ["1,2", "a,b,c,d", ""])
def test_a_box_that_is_none_is_refused(box: str) -> None:
    ended = run("fleet", "--box", box)
    assert ended.returncode == 2
    assert "--box" in ended.stderr
