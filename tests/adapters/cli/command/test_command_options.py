"""Configurations and arguments that are wrong are refused in one line, and what the help names."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cli import command as cli
from streamfold.reducer import chat, inner_thoughts, responses
from support.adapters.command_runs import CALLS, SEARCH, THOUGHTS, UUID, refusal, write


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"message_id": "42"}, "message_id must be a UUID, with or without the prefix \"message-\", not '42'"),
        ({"message_id": 42}, "message_id must be text, not 42"),
        ({"message_id": None}, "message_id must be text, not None"),
        ({"run_id": 5}, "run_id must be text or null, not 5"),
        ({"step_id": []}, "step_id must be text or null, not []"),
        ({"model": {}}, "model must be text or null, not {}"),
        ({"requires_approval_tools": "rm"}, "requires_approval_tools must be a set of names, not 'rm'"),
        ({"requires_approval_tools": [1]}, "requires_approval_tools must be a set of names, not [1]"),
        ({"requires_approval_tools": None}, "requires_approval_tools must be a set of names, not None"),
        ({"skip_messages": "refusal_message"}, "skip_messages must be a set of names, not 'refusal_message'"),
        ({"skip_messages": ["stop_reason"]}, "skip_messages must be of annotation_message, "),
        ({"hides_reasoning": "yes"}, "hides_reasoning must be true, false or null, not 'yes'"),
        ({"choice": "0"}, "choice must be a whole number or null, not '0'"),
        ({"choice": True}, "choice must be a whole number or null, not True"),
        ({"detect_snapshots": None}, "detect_snapshots must be true or false, not None"),
        ({"put_inner_thoughts_in_kwarg": 1}, "put_inner_thoughts_in_kwarg must be true or false, not 1"),
        ({"use_assistant_message": "no"}, "use_assistant_message must be true or false, not 'no'"),
        ({"thoughts_key": None}, "thoughts_key must be text, not None"),
        ({"assistant_message_tool_name": 1}, "assistant_message_tool_name must be text, not 1"),
        ({"assistant_message_tool_kwarg": 1}, "assistant_message_tool_kwarg must be text, not 1"),
        ({"estimate_usage": 0}, "estimate_usage must be true or false, not 0"),
        ({"estimated_input_tokens": 1.5}, "estimated_input_tokens must be a whole number or null, not 1.5"),
        ({"run-id": "x"}, "no such field: 'run-id' (there are message_id, run_id, "),
        ({"a\nb": 1}, r"no such field: 'a\nb' (there are "),
        ({"think_tags": True}, "no such field: 'think_tags' (there are "),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_config_that_is_wrong(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, fields: dict[str, Any], why: str
) -> None:
    config = write(tmp_path, json.dumps(fields))
    assert refusal(capsys, THOUGHTS, "--wire", "inner-thoughts", "--config", config).startswith(f"{config}: {why}")


def test_every_field_of_every_config_refuses_what_it_cannot_be(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for machine, name, path in (
        (chat, "chat", CALLS),
        (inner_thoughts, "inner-thoughts", THOUGHTS),
        (responses, "responses", SEARCH),
    ):
        for field in machine.Config.__attrs_attrs__:  # type: ignore[attr-defined]
            config = write(tmp_path, json.dumps({field.name: 1.5}))
            said = refusal(capsys, path, "--wire", name, "--config", config)
            assert said.startswith(f"{config}: {field.name} must be ")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON: Expecting value"),
        (b"{", "not JSON: Expecting property name"),
        (b"[]", "must be a JSON object with fields of the wire's Config"),
        (b"null", "must be a JSON object with fields of the wire's Config"),
        (b'"x"', "must be a JSON object with fields of the wire's Config"),
        (b'{"model": "\xff"}', "not UTF-8: invalid start byte at byte 11"),
        (b"[" * 100_000, "nested too deeply"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_config_that_is_no_object(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, why: str
) -> None:
    config = write(tmp_path, content)
    assert refusal(capsys, CALLS, "--config", config).startswith(f"{config}: {why}")


def test_a_config_that_cannot_be_opened(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert refusal(capsys, CALLS, "--config", tmp_path) == f"{tmp_path}: is a directory"
    missing = tmp_path / "missing"
    assert refusal(capsys, CALLS, "--config", missing) == f"{missing}: no such file or directory"


def test_a_message_id_that_is_no_uuid(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    why = "message_id must be a UUID, with or without the prefix \"message-\", not 'x'"
    assert refusal(capsys, CALLS, "--message-id", "x") == f"--message-id: {why}"
    config = write(tmp_path, json.dumps({"run_id": "r"}))
    assert refusal(capsys, CALLS, "--message-id", "x", "--config", config) == f"--message-id: {why}"
    config = write(tmp_path, json.dumps({"choice": "x"}))
    said = refusal(capsys, CALLS, "--message-id", UUID, "--config", config)
    assert said == f"{config}: choice must be a whole number or null, not 'x'"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "the following arguments are required: FILE"),
        (["x", "y"], "unrecognized arguments: y"),
        (["x", "--cut", "-1"], "argument --cut: "),
        (["x", "--cut", "1.5"], "argument --cut: must be a number of chunks, not '1.5'"),
        (["x", "--cut", "²"], "argument --cut: must be a number of chunks, not '²'"),
        (["x", "--cut", ""], "argument --cut: must be a number of chunks, not ''"),
        (["x", "--cut", "9" * 5000], "argument --cut: "),
        (["x", "--cut"], "argument --cut: expected one argument"),
        (["x", "--wire", "anthropic"], "argument --wire: invalid choice: 'anthropic'"),
        (["x", "--outcome", "completed"], "argument --outcome: invalid choice: 'completed'"),
        (["x", "--bogus"], "unrecognized arguments: --bogus"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_arguments_that_are_wrong(capsys: pytest.CaptureFixture[str], arguments: list[str], why: str) -> None:
    said = refusal(capsys, *arguments)
    assert said.startswith(why)
    assert said.endswith("--help)")


def test_a_command_that_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["fold"], ["--json"]):
        with pytest.raises(SystemExit, match="2"):
            cli.main(arguments)
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("streamfold: ")
        assert err.count("\n") == 1


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["replay", "--help"])
    shown = capsys.readouterr().out
    for option in (
        "FILE",
        "--wire",
        "--config",
        "--message-id",
        "--run-id",
        "--step-id",
        "--cut",
        "--outcome",
        "--json",
    ):
        assert option in shown
