"""A film: every moment of a fold, with what came, what was said and what is new to note."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from streamfold.adapters.cassette import Recording, recording_of
from streamfold.adapters.page.film import Film, film_of
from streamfold.reducer import fold

STREAMS = sorted((Path(__file__).parents[2] / "streams").glob("*.*"))


def recorded(path: Path) -> Recording:
    return recording_of(path.read_bytes(), "inner-thoughts" if path.name.startswith("inner") else None, path=path.name)


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
def test_a_film_has_every_moment_of_a_fold(path: Path) -> None:
    recording = recorded(path)
    film = film_of(recording)
    moments = film.data["moments"]
    assert len(moments) == len(recording.chunks) + 2
    assert [moment.get("kind") for moment in moments][-1] == "end"
    assert [len(moment["says"]) for moment in moments] == [len(said) for said in film.messages]
    _, messages = fold(recording.machine, recording.config, recording.chunks)
    assert [message for said in film.messages for message in said][: len(messages)] == list(messages)
    assert film.frames == tuple(frame.data for frame in recording.frames)
    assert film.data["title"] == path.name


def test_new_notes_stand_at_the_moment_that_they_are_of() -> None:
    body = b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\ndata: {broken\n\ndata: {broken\n\ndata: [DONE]\n\n'
    moments = film_of(recording_of(body)).data["moments"]
    told: list[Any] = [[note["bad"] for note in moment["notes"]] for moment in moments]
    assert told[:4] == [[], [], [True], [True]]
    assert [moment.get("kind") for moment in moments] == [None, None, "undecodable", "undecodable", "done", "end"]


def test_a_fault_from_elsewhere_stands_where_it_was_seen() -> None:
    moments = film_of(recorded(STREAMS[1]), faults=[(3, "law 5 does not hold")]).data["moments"]
    assert {"text": "law 5 does not hold", "bad": True} in moments[3]["notes"]


def test_times_are_those_of_the_cassette(tmp_path: Path) -> None:
    from streamfold.adapters.cassette import Recorder, read_recording
    from streamfold.reducer import chat

    ticks = iter([0.0, 0.5, 2.0, 3.0])
    config = chat.Config(message_id="message-6d7e1f00-58ab-4a7c-9c1c-2f6d3f6f0a80")
    with Recorder(tmp_path / "one.cassette", "chat", config, clock=lambda: next(ticks)) as recorder:
        for word in ("a", "b"):
            recorder.record({"choices": [{"delta": {"content": word}}]})
    moments = film_of(read_recording(tmp_path / "one.cassette")).data["moments"]
    assert [moment.get("at") for moment in moments[1:3]] == [0.5, 2.0]


def calls(count: int) -> Film:
    """A stream of that many calls, whose arguments come in turns."""
    deltas = [{"index": at, "id": f"call_{at}", "function": {"name": "f", "arguments": ""}} for at in range(count)]
    deltas += [{"index": at, "function": {"arguments": piece}} for piece in ('{"a":', '"x"}') for at in range(count)]
    frames = [f"data: {json.dumps({'choices': [{'delta': {'tool_calls': [delta]}}]})}\n\n" for delta in deltas]
    return film_of(recording_of("".join(frames).encode()))


@pytest.mark.deep
def test_a_film_grows_with_its_chunks_alone() -> None:
    def size(count: int) -> float:
        return len(json.dumps(calls(count).data)) / count

    assert size(400) < 1.1 * size(50)


@pytest.mark.deep
def test_results_of_many_calls_are_kept_at_some_moments() -> None:
    few, many = (calls(count).data["moments"] for count in (10, 400))
    assert [moment["result_of"] for moment in few] == list(range(len(few)))
    of = [moment["result_of"] for moment in many]
    assert of == sorted(of)
    assert all(kept <= place for place, kept in enumerate(of))
    assert of[-1] == len(many) - 1
    assert len(set(of)) * 400 < 100 * len(many)
    assert max(later - kept for kept, later in pairwise(of)) < 40
    same = {moment["result_of"]: moment["result"] for moment in many}
    assert all(moment["result"] == same[moment["result_of"]] for moment in many)
