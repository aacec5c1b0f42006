"""docs/first-order.md, followed as it stands but for the port."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "first-order.md"
SCRIPTS: dict[str, str] = dict(re.findall(r"`(\w+\.py)`:\n\n```python\n(.*?)```", PAGE.read_text("utf-8"), re.S))


class Reader:
    """Somebody who types what the page says."""

    def __init__(self, folder: Path, port: str, web: str) -> None:
        self.folder = folder
        self.port = port
        self.web = web
        self.environment = os.environ | {"PYTHONUNBUFFERED": "1"}

    def doorstepd(self, *arguments: str) -> str:
        return self._run(sys.executable, "-m", "doorstepd", *arguments)

    def script(self, name: str) -> str:
        return self._run(sys.executable, "-c", SCRIPTS[name].replace("8470", self.port))

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    command = [sys.executable, "-m", "doorstepd", "serve", "--port", "0", "--http-port", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as serving:
        assert serving.stdout is not None
        opened = re.search(r"gRPC on 127\.0\.0\.1:(\d+), HTTP on (http\S+:\d+)", serving.stdout.readline())
        assert opened
        yield Reader(tmp_path, opened[1], opened[2])
        serving.terminate()


def test_the_page_leads_from_nothing_to_the_bell(reader: Reader) -> None:
    keys = re.search(r"echo '(.*)' > keys\.json", PAGE.read_text("utf-8"))
    assert keys
    (reader.folder / "keys.json").write_text(keys[1])
    path = reader.doorstepd("merchant", "create", "demo", "--credentials", "keys.json")
    token = reader.doorstepd("token", "--role", "internal_service", "--ttl", "1h")
    reader.environment |= {"DOORSTEP_WEBHOOK": f"{reader.web}{path}", "DOORSTEP_TOKEN": token}
    assert reader.script("order.py") == reader.script("order.py") == "A1001-1 包裹 1（毛巾×2）"
    assert '"Success": true' in reader.script("push.py")
    assert reader.script("courier.py").splitlines()[0] == "attempt 1"
    told = reader.doorstepd("track", "A1001", "--server", f"127.0.0.1:{reader.port}", "--lang", "zh")
    assert "派送中" in told
    assert "下一站就是您" in told
