"""What the README and docs/ name exists: pages, commands, options and settings."""

import re
import shlex
from pathlib import Path

import click
import pytest
import typer

from doorstepd.carriers import PROVIDERS
from doorstepd.carriers.credentials import NAMES
from doorstepd.carriers.fake import TEST_CREDENTIALS
from doorstepd.cli import app
from doorstepd.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    blocks = re.findall(r"```(?:\w*)\n(.*?)```|`(doorstepd [^`]+)`", page.read_text("utf-8"), re.S)
    lines = [line for block, inline in blocks for line in (block or inline).splitlines()]
    said = [match[1] for line in lines if (match := re.search(r"(?:^|\$\(|\s)doorstepd (\w[^#)\\]*)", line))]
    assert [text for text in said if not _exists(text)] == []


def _exists(text: str) -> bool:
    found: click.Command = typer.main.get_command(app)
    words = shlex.split(text.replace("|", " "), posix=True)
    while words and hasattr(found, "commands"):
        if words[0] not in found.commands:
            return False
        found = found.commands[words.pop(0)]
    options = {"--help"} | {name for parameter in found.params for name in parameter.opts}
    return {word.split("=")[0] for word in words if word.startswith("--")} <= options


def test_the_page_for_operators_has_every_setting() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    named = set(re.findall(r"`DOORSTEP_(\w+)`", page))
    assert named == {name.upper() for name in Settings.model_fields}


def test_the_page_of_carriers_has_every_provider_and_its_keys() -> None:
    page = (ROOT / "docs" / "carriers.md").read_text("utf-8")
    rows = {row[0]: row[1] for row in re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", page, re.M)}
    assert set(rows) == set(PROVIDERS) == set(NAMES)
    for provider, text in rows.items():
        assert set(re.findall(r"`(\w+)`", text)) == set(NAMES[provider])
        assert set(TEST_CREDENTIALS[provider]) <= set(NAMES[provider])
