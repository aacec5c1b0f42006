"""The shape of the house: imports go one way, words are the same everywhere, no room grows out of hand."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from doorstep.tracking.v1 import error_pb2, status_pb2

from doorstepd import errors
from doorstepd.parcels.vocabulary import STATUS_OF, Status, SubStatus

ROOT = Path(__file__).parents[2]
GRAB_BAGS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}


def hand_written() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    made = ("/tracking/v1/", "/migrations/versions/")
    names = [name for name in listed.splitlines() if not any(part in name for part in made)]
    return [ROOT / name for name in names if (ROOT / name).exists()]


def test_imports_go_one_way() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_no_file_is_a_grab_bag() -> None:
    assert [path for path in hand_written() if path.stem in GRAB_BAGS] == []


def test_no_hand_written_file_is_much_longer_than_300_lines() -> None:
    long = {str(path): n for path in hand_written() if (n := path.read_text().count("\n")) > 320}
    assert long == {}


def values(enum: Any, prefix: str) -> set[str]:
    return {name.removeprefix(prefix).lower() for name in enum.DESCRIPTOR.values_by_name}


def test_the_contract_has_the_same_statuses_as_the_rules() -> None:
    named = values(status_pb2.ParcelStatus, "PARCEL_STATUS_")
    assert named - {"unspecified"} == {status.value for status in Status}


def test_the_contract_has_the_same_sub_statuses_as_the_rules() -> None:
    named = {
        name.removeprefix("PARCEL_SUB_STATUS_").lower() for name in status_pb2.ParcelSubStatus.DESCRIPTOR.values_by_name
    }
    assert named - {"unspecified"} == {sub_status.value for sub_status in SubStatus}


def test_every_sub_status_belongs_to_one_status() -> None:
    assert set(STATUS_OF) == set(SubStatus)


def refusals() -> list[type[errors.Refusal]]:
    found, waiting = [], [errors.Refusal]
    while waiting:
        waiting += (subclasses := waiting.pop().__subclasses__())
        found += subclasses
    return found


@pytest.mark.parametrize("refusal", refusals(), ids=lambda refusal: refusal.__name__)
def test_every_refusal_has_a_reason_of_the_contract_and_says_what_to_do(refusal: type[errors.Refusal]) -> None:
    assert f"ERROR_REASON_{refusal.reason}" in error_pb2.ErrorReason.DESCRIPTOR.values_by_name
    assert refusal.__doc__
    assert refusal.__doc__ != errors.Refusal.__doc__
    assert not re.search(r"[a-z]Error\b|Exception", refusal.__doc__)


def test_the_project_points_at_no_place_outside_itself() -> None:
    outside = "|".join(("/wo" + "rk/", r"\.\./sha" + "red", "/fa" + "rm/"))
    done = subprocess.run(
        ["git", "grep", "-nIE", outside, "--", ".", ":!.ci"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout == ""
