"""Which recording answers: by its name, or in turn."""

import shutil
from pathlib import Path

import pytest
from streamfold.adapters.errors import FileError, UsageError
from streamfold.adapters.server.provider.shelf import CHAT, RESPONSES, Shelf, shelf_of
from support.adapters.command_runs import CALLS, ERROR, SEARCH, STREAMS, THOUGHTS


def test_a_folder_has_a_model_for_each_file() -> None:
    shelf = shelf_of([str(STREAMS)])
    assert list(shelf.recordings) == ["chat_error", "chat_parallel_calls", "inner_thoughts", "responses_web_search"]
    assert shelf.names(RESPONSES) == ["responses_web_search"]
    assert shelf.names(CHAT) == ["chat_error", "chat_parallel_calls", "inner_thoughts"]


def test_a_model_is_called_as_its_file_without_the_ending(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "gpt-4.1.sse.gz").write_bytes(gzip.compress(CALLS.read_bytes()))
    shutil.copy(SEARCH, tmp_path / "gpt-5.txt")
    paths = [str(tmp_path / "gpt-4.1.sse.gz"), str(tmp_path / "gpt-5.txt")]
    assert list(shelf_of(paths).recordings) == ["gpt-4.1", "gpt-5"]


def test_a_model_is_answered_by_the_recording_of_its_name() -> None:
    shelf = shelf_of([str(STREAMS)])
    for name in shelf.recordings:
        for _ in range(3):
            wires = RESPONSES if name == "responses_web_search" else CHAT
            assert shelf.choose(name, wires) == name
            shelf.answered(name, wires)
    assert shelf.choose("responses_web_search", CHAT) is None
    assert shelf.choose("chat_error", RESPONSES) is None


@pytest.mark.parametrize("model", ["gpt-5", None, 7, ["chat_error"]])
def test_for_any_other_model_they_come_in_turn(model: object) -> None:
    shelf = shelf_of([str(CALLS), str(SEARCH), str(ERROR)])
    found = []
    for _ in range(5):
        assert shelf.choose(model, CHAT) == shelf.choose(model, CHAT)  # a refused request changes nothing
        found.append(shelf.choose(model, CHAT))
        shelf.answered(model, CHAT)
    assert found == ["chat_parallel_calls", "chat_error"] * 2 + ["chat_parallel_calls"]
    assert shelf.choose(model, RESPONSES) == "responses_web_search"
    assert Shelf({}).choose(model, CHAT) is None


def test_a_pace_stands_in_the_place_of_recorded_times() -> None:
    (recording,) = shelf_of([str(CALLS)], chunk_delay=0.5).recordings.values()
    assert recording.times == tuple(0.5 * number for number in range(1, len(recording.frames) + 1))


def test_a_wire_and_a_configuration_are_those_that_are_given() -> None:
    source = ("given", {"requires_approval_tools": frozenset({"pay"})})
    (recording,) = shelf_of([str(THOUGHTS)], "inner-thoughts", source).recordings.values()
    assert (recording.wire, recording.config.requires_approval_tools) == ("inner-thoughts", {"pay"})


def test_two_files_of_one_name_and_none_at_all_are_refused(tmp_path: Path) -> None:
    shutil.copy(CALLS, tmp_path / "chat_error.sse")
    with pytest.raises(UsageError, match=r"chat_error\.sse answers for the model 'chat_error' already: rename one"):
        shelf_of([str(ERROR), str(tmp_path)])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"empty: no recorded streams"):
        shelf_of([str(tmp_path / "empty")])
    with pytest.raises(FileError, match="no such file"):
        shelf_of([str(tmp_path / "nowhere.sse")])
