"""The laws over one recorded stream, and what a person and a program are told where one does not hold."""

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters.cassette.recording import read_recording
from streamfold.adapters.errors import LawBroken
from streamfold.adapters.laws import statements
from streamfold.adapters.testing.law_report import Checked, as_json, check_recording, explained
from streamfold.reducer import Undecodable, chat

STREAMS = Path(__file__).parents[2] / "streams"
WHOLE = read_recording(STREAMS / "chat_parallel_calls.sse")


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine for chat that loses one piece of text, of the 35th chunk, which is on line 71 of the file."""
    step = chat.step

    def lossy(state: chat.State, chunk: chat.Chunk) -> Any:
        after, messages = step(state, chunk)
        return after, tuple(message for message in messages if getattr(message, "content", "") != " look")

    monkeypatch.setattr(chat, "step", lossy)


def test_where_all_laws_hold_there_is_nothing_to_explain() -> None:
    checked = check_recording(WHOLE, places=8)
    assert (checked.broken, checked.line, explained(checked)) == (None, 1, [])
    assert set(checked.checks) >= {1, 2, 3, 4, 5, 7, 8}
    told = as_json(checked)
    assert (told["outcome"], told["wire"], told["chunks"]) == ("holds", "chat", 66)
    assert told["checks"] == sum(checked.checks.values()) == sum(told["by_law"].values())
    assert "broken" not in told


def test_it_is_looked_at_as_many_places_as_asked() -> None:
    few, many = (sum(check_recording(WHOLE, places=places).checks.values()) for places in (2, 20))
    assert few < many


@pytest.mark.usefixtures("forgetful")
def test_a_broken_law_is_explained_with_the_last_chunks() -> None:
    checked = check_recording(WHOLE)
    assert (checked.line, checked.checks) == (71, {})
    head, *lines = explained(checked)
    assert head == f"{WHOLE.name}, line 71: law 5 (Cut-blind) does not hold"
    assert [line[2:11].strip() for line in lines if line[2:11].strip()] == [
        *["the law", "wrong", "chunks"],
        *["31", "32", "33", "34", "35"],
    ]
    assert any("the first 35 of 67 show it; the last of them:" in line for line in lines)
    assert "look" in lines[-1]


@pytest.mark.usefixtures("forgetful")
def test_a_program_is_told_the_same() -> None:
    told = as_json(check_recording(WHOLE))
    assert (told["outcome"], told["checks"], told["by_law"]) == ("broken", 0, {})
    broken = told["broken"]
    assert {name: broken[name] for name in ("law", "name", "chunk", "line")} == {
        "law": 5,
        "name": "Cut-blind",
        "chunk": 35,
        "line": 71,
    }
    assert len(broken["last_chunks"]) == 5
    assert "look" in broken["last_chunks"][-1]


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize("width", [40, 100])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    checked = check_recording(WHOLE)
    wide = [line for line in explained(checked, width)[1:] if len(line) > width and not line.startswith("  chunks")]
    assert wide == []


@pytest.mark.usefixtures("forgetful")
def test_of_a_long_text_the_two_ends_are_shown() -> None:
    checked = check_recording(WHOLE)
    assert checked.broken is not None
    checked.broken.wrong = "a" * 1500 + "b" * 1500
    text = "".join(line.strip() for line in explained(Checked(WHOLE, broken=checked.broken), width=10_000))
    assert f"{'a' * 1000} … {'b' * 1000}" in text
    assert "a" * 1001 not in text


def test_what_is_explained_steers_no_terminal() -> None:
    nasty = "\x1b[2J\x9b\u202e"
    broken = LawBroken(statements.TOTAL, f"it said {nasty}\nand more", (Undecodable(nasty, nasty),))
    lines = explained(Checked(evolve(WHOLE, name=nasty), broken=broken))
    assert not {"\x1b", "\x9b", "\u202e", "\n"} & set("".join(lines))
    assert any(r"it said \u001b[2J\u009b\u202e and more" in line for line in lines)
