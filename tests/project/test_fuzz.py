"""The fuzzer's targets hold for every seed and every reproducer, see what is broken, and need no fuzzer for it."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import evolve
from fuzz import run
from fuzz.mutator import STREAMS, Mutator
from fuzz.shrink import folders_of, shown, shrunk, signature
from fuzz.snapshots import made_snapshots
from fuzz.targets import TARGETS
from streamfold.adapters import snapshot, wire
from streamfold.adapters.cassette import format as cassette
from streamfold.adapters.snapshot import envelope
from streamfold.adapters.wire import sse, tolerant
from streamfold.reducer import chat, responses
from streamfold.reducer.completions import calls_draft
from streamfold.reducer.completions import draft as completions
from streamfold.reducer.completions.chunk import Chunk
from streamfold.reducer.completions.tool_calls import verdict
from streamfold.reducer.otid import RunCursor
from streamfold.reducer.responses import draft as responses_draft
from streamfold.reducer.shared import emit
from streamfold.reducer.shared.draft import Draft
from streamfold.reducer.values import json_scan

HERE = Path(run.__file__).parent
INPUTS = sorted(path for folder in ("corpus", "found") for path in (HERE / folder).glob("*/*") if path.is_file())


def seeds_of(target: str) -> list[bytes]:
    return [path.read_bytes() for path in INPUTS if path.parent.name == target]


@pytest.mark.deep
@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_seed_and_every_reproducer_passes_its_target(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


def test_targets_have_seeds_and_seeds_are_small_and_have_targets() -> None:
    assert {path.parent.name for path in INPUTS} == set(TARGETS) == set(run.SHARES)
    assert all(path.stat().st_size < 2048 for path in INPUTS)


@pytest.mark.deep
def test_the_snapshots_to_begin_with_are_snapshots_of_every_kind() -> None:
    made = dict(made_snapshots())
    kinds = {json.loads(given)["type"] for given in made.values()}
    assert {"chat.State", "inner_thoughts.State", "responses.State", "chat.Chunk", "responses.Chunk", "Result"} < kinds
    for given in made.values():
        snapshot.loads(given)
        TARGETS["snapshot"](given)


# A fuzzer is as good as its oracles: each of these breaks the library in one place.


def losing_the_last(emit_call: Callable[..., Any]) -> Callable[..., Any]:
    def broken(at: RunCursor, text: str, *rest: Any) -> Any:
        return emit_call(at, text[:-1] if len(text) > 1 else text, *rest)

    return broken


def raising(*_: Any) -> Any:
    raise RuntimeError("broken")


def counting_all(receive: Callable[..., Any]) -> Callable[..., Any]:
    """What finds a call by looking at all of them: right, and the dearer the more there are."""

    def broken(known: Any, *rest: Any) -> Any:
        for lane in known.lanes:
            for _ in range(4):
                str(lane.position)
        return receive(known, *rest)

    return broken


def one_chunk_too_many(finish: Callable[..., Any]) -> Callable[..., Any]:
    def broken(state: Any, end: Any) -> Any:
        over, messages = finish(state, end)
        return evolve(over, chunks=over.chunks + 1), messages

    return broken


def without_its_end(feed: Callable[..., Any]) -> Callable[..., Any]:
    def broken(scan: Any, text: str) -> Any:
        after, pieces = feed(scan, text)
        return after, pieces[:-1] if len(pieces) > 2 else pieces

    return broken


def forgetful(feed: Callable[..., Any]) -> Callable[..., Any]:
    def broken(framer: Any, piece: Any) -> Any:
        return feed(framer, piece if len(piece) > 1 else b"")

    return broken


def with_id(completion_chunk: Callable[..., Any], made: Any) -> Callable[..., Any]:
    def broken(*given: Any) -> Any:
        chunk = completion_chunk(*given)
        return evolve(chunk, id=made) if isinstance(chunk, Chunk) else chunk

    return broken


def without_numbers(unstructure: Callable[..., Any]) -> Callable[..., Any]:
    def broken(value: Any) -> Any:
        forgotten = json.loads(json.dumps(unstructure(value)), parse_int=lambda _: 1)
        return {**forgotten, "streamfold": envelope.VERSION}

    return broken


def one_more(room: Callable[..., int]) -> Callable[..., int]:
    return lambda draft, size: room(draft, size) + 1


BROKEN: dict[str, tuple[str, Any, str, Any]] = {
    "a step raises": ("chat", completions.CompletionsDraft, "read_piece", raising),
    "a step raises deep inside": ("responses", responses_draft.ResponsesDraft, "emit_piece", raising),
    "text loses a character": ("chat", emit, "text", losing_the_last(emit.text)),
    "reasoning loses a character": ("inner_thoughts", emit, "reasoning", losing_the_last(emit.reasoning)),
    "a refusal loses a character": ("chat", emit, "refusal", losing_the_last(emit.refusal)),
    "an end is no end": ("chat", chat, "finish", one_chunk_too_many(chat.finish)),
    "another end is no end": ("responses", responses, "finish", one_chunk_too_many(responses.finish)),
    "half arguments are complete": ("inner_thoughts", verdict, "doubts_of_arguments", lambda _: ()),
    "a repetition is folded": ("responses", responses, "read_number", lambda known, at, _: (known, at, False)),
    "runs are not numbered": ("inner_thoughts", RunCursor, "enter", lambda at, kind: evolve(at, type=kind)),
    "thoughts are cut short": ("inner_thoughts", json_scan, "feed", without_its_end(json_scan.feed)),
    "a frame is lost at a cut": ("chat", sse.Framer, "feed", forgetful(sse.Framer.feed)),
    "the tolerant reader is not the fast one": (
        "chat",
        tolerant,
        "completion_chunk",
        with_id(tolerant.completion_chunk, None),
    ),
    "a chunk's text is a number": ("tolerant", tolerant, "completion_chunk", with_id(tolerant.completion_chunk, 5)),
    "a call costs more the more there are": ("growth", calls_draft, "receive", counting_all(calls_draft.receive)),
    "a limit lets one character more in": ("limits", Draft, "room", one_more(Draft.room)),
    "a snapshot forgets": ("snapshot", envelope, "unstructure", without_numbers(envelope.unstructure)),
    "a snapshot's error is no SnapshotError": ("snapshot", envelope, "structure", raising),
    "a cassette raises": ("cassette", cassette, "RecordedFrame", raising),
    "JSON is taken for broken": ("json", json_scan, "skip_space", lambda text, at: at),
}


@pytest.mark.parametrize(("target", "place", "name", "broken"), BROKEN.values(), ids=BROKEN)
def test_a_target_sees_what_is_broken(
    target: str, place: Any, name: str, broken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, name, broken)
    assert any(shown(TARGETS[target], given) for given in seeds_of(target))


def test_a_restored_state_that_raises_when_it_goes_on_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    given = next(given for name, given in made_snapshots() if name.startswith("chat") and name.endswith("-state"))
    assert shown(TARGETS["snapshot"], given) is None
    monkeypatch.setattr(completions.CompletionsDraft, "read_chunk", raising)
    assert isinstance(shown(TARGETS["snapshot"], given), RuntimeError)


@pytest.mark.deep
def test_what_shows_a_fault_is_made_small_and_shows_it_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emit, "text", losing_the_last(emit.text))
    check = TARGETS["chat"]
    given = next(given for given in seeds_of("chat") if shown(check, given))
    error = shown(check, given)
    assert error is not None
    small = shrunk(given, lambda one: (other := shown(check, one)) is not None and signature(other) == signature(error))
    assert len(small) < 90 < len(given)
    assert signature(shown(check, small) or KeyError()) == signature(error)


def test_a_signature_names_the_check_and_the_place_in_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    def step(*_: Any) -> Any:
        raise KeyError("broken")

    monkeypatch.setattr(chat, "step", step)
    error = shown(TARGETS["tolerant"], b'0{"choices":[]}')
    assert error is not None
    assert re.fullmatch(r"KeyError at targets\.py:check_tolerant:\d+ in machine\.py:fold:\d+", signature(error))


def test_signature_ignores_the_name_of_the_checkout(tmp_path: Path) -> None:
    """Only the packages' own folders are the library's, whatever the folders above are called."""
    checkout = tmp_path / "streamfold"
    sources = {
        "tests/fuzz/targets.py": "def check(f): f()\n",
        "tests/project/case.py": "def case(): raise KeyError\n",
        "reducer/chat.py": "def step(f): f()\n",
    }
    made: dict[str, Any] = {}
    for name, source in sources.items():
        exec(compile(source, str(checkout / name), "exec"), made)
    error = shown(lambda _: made["check"](lambda: made["step"](made["case"])), b"")
    assert error is not None
    where = {"checks": (checkout / "tests" / "fuzz",), "library": (checkout / "reducer", checkout / "adapters")}
    assert signature(error, **where) == "KeyError at targets.py:check:1 in chat.py:step:1"


def test_library_folders_include_those_of_linked_files(tmp_path: Path) -> None:
    original, link = tmp_path / "checkout" / "reducer" / "__init__.py", tmp_path / "links" / "reducer" / "__init__.py"
    for path in (original, link):
        path.parent.mkdir(parents=True)
    original.touch()
    link.symlink_to(original)
    assert set(folders_of(str(link))) == {original.parent, link.parent}


def shuffled(given: bytes, max_size: int) -> bytes:
    """In place of the fuzzer's own mutation."""
    return (given[1:] + given[:1] + b"\xff{")[:max_size]


@pytest.mark.parametrize("target", TARGETS)
def test_the_mutator_is_a_pure_function_that_gives_many_inputs(target: str) -> None:
    mutator = Mutator(target, shuffled)
    seeds = seeds_of(target)
    made = set()
    for number in range(300):
        given, other = seeds[number % len(seeds)], seeds[number // 7 % len(seeds)]
        mutated = mutator.mutate(given, 1500, number)
        assert mutator.mutate(given, 1500, number) == mutated
        assert len(mutated) <= 1500
        assert len(mutator.cross(given, other, 1500, number)) <= 1500
        made.add(mutated)
    assert len(made) > 60


@pytest.mark.parametrize("target", TARGETS)
def test_what_the_mutator_makes_of_noise_is_still_an_input(target: str) -> None:
    mutator = Mutator(target, shuffled)
    for number in range(60):
        noise = Random(number).randbytes(number)
        assert isinstance(mutator.mutate(noise, 1000, number), bytes)
        assert isinstance(mutator.cross(noise, b"", 1000, number), bytes)


def test_streams_that_the_mutator_makes_are_mostly_read_as_chunks() -> None:
    for target, name in zip(STREAMS[:3], wire.WIRES, strict=True):
        mutator, seeds = Mutator(target, shuffled), seeds_of(target)
        chunks = [
            type(chunk).__name__
            for number in range(200)
            for chunk in wire.read(name, [mutator.mutate(seeds[number % len(seeds)], 4000, number)[8:]])
        ]
        assert chunks.count("Chunk") + chunks.count("Event") > 0.8 * len(chunks) > 500


# The command


def test_without_its_fuzzer_the_command_says_so_and_is_content(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["run.py"])
    assert run.main() == 0
    assert re.fullmatch(r"skipped: atheris is not installed.*\n", capsys.readouterr().out)


@pytest.mark.deep
def test_the_command_fuzzes_a_target_and_tells_how_it_went(tmp_path: Path) -> None:
    pytest.importorskip("atheris")
    command = [sys.executable, run.__file__, "--runs", "50", "--target", "json", "--keep", str(tmp_path)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (made.returncode, made.stderr) == (0, "")
    assert re.fullmatch(r"json: \d+ runs, \d+ branches, \d+ features, \d+ inputs; nothing found\n", made.stdout)
    assert list((tmp_path / "corpus" / "json").iterdir())


def test_the_command_says_what_was_found_and_makes_it_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(json_scan, "feed", without_its_end(json_scan.feed))
    found = tmp_path / "found-1"
    found.write_bytes(b'01{"thinking": "a", "b": 1, "c": [2, 3, 4], "more": "and more"}')
    log = "#2\tINITED cov: 5 ft: 9 corp: 1/1b\n#900\tDONE   cov: 7 ft: 12 corp: 3/40b lim: 2048"
    assert run.report_target("json", 0, log, [found])
    said = capsys.readouterr().out
    assert "json: 900 runs, 7 branches, 12 features, 3 inputs; 1 found\n" in said
    assert f"TARGETS['json']({found.read_bytes()!r})" in said
    assert len(found.read_bytes()) < 40


def test_the_command_does_not_take_a_fuzzer_that_failed_for_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.report_target("json", 77, "INFO: Instrumenting x\n#2 INITED cov: 5 ft: 9 corp: 1/1b\nkilled", [])
    said = capsys.readouterr().out
    assert "json: the fuzzer failed with status 77" in said
    assert "killed" in said
    assert "Instrumenting" not in said


def test_an_input_is_slow_by_the_processor_s_time_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [tmp_path / f"{name}-0123" for name in ("slow-unit", "timeout", "crash")]
    for path in paths:
        path.write_bytes(b"00000001{}")
    assert [run.is_mere_pause("json", path) for path in paths] == [True, False, False]
    monkeypatch.setattr(run, "SLOW", 0.0)
    assert not run.is_mere_pause("json", paths[0])
