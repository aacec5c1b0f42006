"""The files of the room know each other one way only, also where just the type checker looks."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from doorstepd import live

PACKAGE = live.__name__
FILES = {path.stem: path for path in Path(live.__file__).parent.glob("*.py")}


def named_by(node: ast.AST) -> list[str]:
    """The full names that an import may mean: modules, and what is taken out of them, which may be modules too."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        module = f"{PACKAGE}.{node.module}" if node.level and node.module else node.module or PACKAGE
        return [module, *(f"{module}.{alias.name}" for alias in node.names)]
    return []


def imports_of(source: str) -> set[str]:
    """Files of the room that a source imports, wherever in it, for the type checker alone or not."""
    names = {name for node in ast.walk(ast.parse(source)) for name in named_by(node)}
    inside = {name.removeprefix(f"{PACKAGE}.").split(".")[0] for name in names if name.startswith(f"{PACKAGE}.")}
    return inside & set(FILES)


def circle(imports: dict[str, set[str]]) -> list[str]:
    """The names of a circle, each imported by the next; empty when there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_the_files_of_the_room_import_each_other_one_way() -> None:
    assert circle({name: imports_of(path.read_text()) for name, path in FILES.items()}) == []


@pytest.mark.parametrize(
    "back",
    [
        "from doorstepd.live.watch import Watch",
        "from doorstepd.live import watch",
        "import doorstepd.live.watch",
        "from .watch import Watch",
        "from . import watch",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from doorstepd.live.watch import Watch",
        "def late():\n    from doorstepd.live.watch import Watch",
    ],
)
def test_a_circle_is_seen_however_the_import_is_written(back: str) -> None:
    forth = "from doorstepd.live.topics import ParcelTopic"
    found = circle({"watch": imports_of(forth), "topics": imports_of(back)})
    assert set(found) == {"watch", "topics"}
