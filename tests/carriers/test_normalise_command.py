"""The command line of `doorstepd normalise`."""

import json
from pathlib import Path

from carrier_samples import DATA
from typer.testing import CliRunner, Result

from doorstepd.cli import app

SIGNED = DATA / "kdniao" / "push_102_http_form.json"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["normalise", *map(str, arguments)])


def test_several_files_give_a_line_each_in_their_order() -> None:
    files = sorted((DATA / "sf").iterdir())
    lines = [json.loads(line) for line in run("sf", *files).stdout.splitlines()]
    assert [line["file"] for line in lines] == [f"sf/{file.name}" for file in files]


def test_a_file_elsewhere_is_named_by_the_last_two_parts_of_its_path(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    copy = tmp_path / "inbox" / "one.json"
    copy.write_bytes(SIGNED.read_bytes())
    assert json.loads(run("kdniao", copy).stdout)["file"] == "inbox/one.json"


def test_an_unreadable_file_is_named_and_the_others_are_still_told(tmp_path: Path) -> None:
    result = run("kdniao", tmp_path / "missing.json", SIGNED)
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert "missing.json" in result.stderr


def test_signatures_are_checked_with_the_credentials_given(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"ApiKey": "another"}))
    (told,) = json.loads(run("kdniao", SIGNED, "--credentials", keys).stdout)["results"]
    assert told["error"] == {"kind": "bad_signature", "retryable": False}
    assert told["events"] == []


def test_a_recorded_request_of_dhl_is_read_and_checked_only_with_a_token_given(tmp_path: Path) -> None:
    request = {
        "method": "POST",
        "headers": {"x-hook": "ours"},
        "raw_body": (DATA / "dhl/push_shipment.json").read_text(),
    }
    recorded, keys = tmp_path / "push_http.json", tmp_path / "keys.json"
    recorded.write_text(json.dumps(request))
    keys.write_text(json.dumps({"hook_header": "X-Hook", "hook_token": "theirs"}))
    assert json.loads(run("dhl", recorded).stdout)["results"][0]["status"] == "out_for_delivery"
    refused = json.loads(run("dhl", recorded, "--credentials", keys).stdout)["results"][0]
    assert refused["error"]["kind"] == "bad_signature"


def test_an_unknown_provider_or_unreadable_credentials_are_explained(tmp_path: Path) -> None:
    assert run("pigeon", SIGNED).exit_code == 2
    assert run("kdniao", SIGNED, "--credentials", tmp_path / "none.json").exit_code == 2
