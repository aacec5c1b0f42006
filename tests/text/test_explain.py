"""`doorstepd explain`: one JSON object a line, bad lines named, the others answered."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from doorstepd.cli.explain import explain

KEYS = ["status", "sub_status", "courier_name", "courier_phone", "places", "sentence_zh", "sentence_en"]


def run(*arguments: str, given: str | bytes | None = None) -> Any:
    app = typer.Typer()
    app.command()(explain)
    return CliRunner().invoke(app, list(arguments), input=given)


def test_one_sentence_is_explained_in_one_line() -> None:
    result = run("zto", "【甘孜州】 问题件：该地址超出服务范围，无法派送")
    answer = json.loads(result.stdout)
    assert list(answer) == KEYS
    assert (answer["status"], answer["sub_status"], answer["places"]) == ("delivery_failed", "out_of_area", ["甘孜州"])
    assert "甘孜州" in result.stdout
    assert result.exit_code == 0


def test_news_has_no_status() -> None:
    assert json.loads(run("sf", "温馨提示：请保持电话畅通").stdout)["status"] is None


def test_a_sentence_is_told_without_the_full_phone() -> None:
    answer = json.loads(run("sf", "快件交给李四,正在派送途中(联系电话:13800005678)").stdout)
    assert (answer["courier_name"], answer["courier_phone"]) == ("李四", "13800005678")
    assert "13800005678" not in answer["sentence_zh"] + answer["sentence_en"]


def test_a_bad_line_is_named_and_the_others_are_answered() -> None:
    lines = '{"provider": "sf", "raw_text": "快件已发车"}\n{oops\n\n{"provider": "sf"}\n[1]\n{"raw_text": "Lost"}\n'
    result = run("--jsonl", "-", given=lines)
    assert [json.loads(line)["status"] for line in result.stdout.splitlines()] == ["in_transit", "exception"]
    assert result.stderr.splitlines() == [
        "line 2: not JSON",
        "line 4: raw_text: must be given, as text",
        "line 5: raw_text: must be given, as text",
    ]
    assert result.exit_code == 2


def test_a_file_is_answered_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "asked.jsonl"
    file.write_bytes(b'{"provider":"dhl","raw_text":"Delivered"}\r\n' * 3 + b'{"raw_text":"\\ud800"}')
    result = run("--jsonl", str(file))
    assert (len(result.stdout.splitlines()), result.exit_code) == (4, 0)


def test_bytes_that_are_not_utf8_are_one_bad_line() -> None:
    result = run("--jsonl", "-", given='{"raw_text": "已签收"}\n'.encode("gbk") + b'{"raw_text": "Delivered"}\n')
    assert (len(result.stdout.splitlines()), result.stderr, result.exit_code) == (1, "line 1: not JSON\n", 2)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = run("--jsonl", str(tmp_path / "none"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be read" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["zto"], ["zto", "text", "--jsonl", "-"]])
def test_too_little_or_too_much_is_a_usage_error(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2
