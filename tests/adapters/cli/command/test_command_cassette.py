"""Cassettes replayed by the command: as they were recorded, or as the options say."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.json_text import dumps
from streamfold.adapters.protocols.letta import to_json
from streamfold.adapters.protocols.result_json import result_to_json
from streamfold.reducer import Cancelled, Ended, Failed, chat, fold, inner_thoughts
from support.adapters.command_runs import (
    CALLS,
    THOUGHTS,
    recording,
    refusal,
    replay,
    write,
)
from support.law_checks import MESSAGE_ID


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_cassette_is_replayed_as_it_was_recorded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, pack: Any
) -> None:
    config = inner_thoughts.Config(message_id=MESSAGE_ID, run_id="run-1", use_assistant_message=True)
    path = recording(tmp_path, THOUGHTS, "inner-thoughts", config, Failed("the wire was cut"), 30)
    path.write_bytes(pack(path.read_bytes()))
    from streamfold.adapters import wire

    chunks = list(wire.read("inner-thoughts", [THOUGHTS.read_bytes()]))
    for options, count, end in (
        ([], 30, Failed("the wire was cut")),
        (["--cut", 7], 7, Failed("the wire was cut")),
        (["--outcome", "cancelled"], 30, Cancelled()),
        (["--cut", 0, "--outcome", "ended"], 0, Ended()),
    ):
        state, messages = fold(inner_thoughts, config, chunks[:count], end)
        expected = [*map(to_json, messages), result_to_json(inner_thoughts.result(state))]
        assert replay(capsys, path, *options) == [json.loads(dumps(line)) for line in expected]


def test_options_go_before_a_cassettes_header(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = chat.Config(message_id=MESSAGE_ID, run_id="run-1", step_id="step-1", model="asked-for", think_tags=True)
    path = recording(tmp_path, THOUGHTS, "chat", config, Ended())
    given = tmp_path / "config.json"
    given.write_text('{"step_id": "step-2", "model": null}')
    first = replay(capsys, path, "--config", given, "--run-id", "run-3", "--wire", "inner-thoughts")[0]
    assert (first["id"], first["run_id"], first["step_id"]) == (MESSAGE_ID, "run-3", "step-2")
    assert first["message_type"] == "reasoning_message"
    given.write_text('{"model": 1}')
    assert refusal(capsys, path, "--config", given).startswith(f"{given}: model must be text")
    given.write_text('{"thoughts_key": "x"}')
    assert refusal(capsys, path, "--config", given).startswith(f"{given}: no such field: 'thoughts_key'")
    assert (
        refusal(capsys, path, "--wire", "responses")
        == f"{path}, line 2: a Chat Completions chunk, not a Responses event"
    )


def test_a_cassette_without_chunks_or_end(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = chat.Config(message_id=MESSAGE_ID)
    for end, outcome in ((None, "truncated"), (Cancelled(), "cancelled")):
        path = recording(tmp_path, CALLS, "chat", config, end, 0)
        for options in ([], ["--wire", "responses"]):
            result = replay(capsys, path, *options)[-1]
            assert (result["outcome"], result["chunks"]) == (outcome, 0)
    path = recording(tmp_path, CALLS, "chat", config, None, 20)
    path.write_bytes(path.read_bytes()[:-9])
    result = replay(capsys, path)[-1]
    assert (result["outcome"], result["chunks"]) == ("truncated", 19)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('{"streamfold_cassette": 1, "wi', ", line 1: a cassette's header that is cut off or broken: not JSON"),
        ('{"streamfold_cassette": 9, "wire": "chat", "config": {}}', ", line 1: a cassette of version 9; this"),
        ('{"streamfold_cassette": 1, "wire": "x", "config": {}}', ", line 1: wire must be one of"),
        ('{"streamfold_cassette": 1, "wire": "chat", "config": {"x": 1}}', ", line 1: no such field: 'x' (there are"),
        (
            '{"streamfold_cassette": 1, "wire": "chat", "config": {"message_id": null}}',
            ", line 1: message_id must be text",
        ),
        ('{"streamfold_cassette": 1, "wire": "chat", "config": {}}\n{}\n{}', ", line 2: at must be seconds since"),
    ],
)
def test_a_cassette_that_is_broken(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str, why: str) -> None:
    path = write(tmp_path, content)
    assert refusal(capsys, path).startswith(f"{path}{why}")
