"""What a stream says, as text: kept beside its recording, and how two of them differ."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.cassette.faults import Cut
from streamfold.adapters.cassette.recording import read_recording
from streamfold.adapters.errors import Unexpected
from streamfold.adapters.testing.expectation import Expectations, differences, written
from streamfold.adapters.testing.replay import Replay
from streamfold.reducer import Ended
from support.adapters.suites import CHAT, STREAMS, Suite, said

pytest_plugins = ["pytester"]

WHOLE = read_recording(STREAMS / "chat_parallel_calls.sse")

EXPECTS = """
    import pytest

    @pytest.mark.cassette("chat_parallel_calls.sse")
    def test_it(cassette):
        cassette.assert_messages()

    @pytest.mark.cassette("chat_parallel_calls.sse")
    def test_an_application(cassette):
        from streamfold.adapters.protocols import letta
        cassette.assert_messages([*filter(None, map(letta.to_json, cassette.messages()))], "sent")
        cassette.assert_messages(cassette.messages(message_id="message-99999999-9999-4999-8999-999999999999"), "kept")

    def test_with_its_own(cassette):
        cassette.assert_messages()
"""


def test_what_is_said_is_compared_with_what_was_accepted(suite: Suite) -> None:
    suite.cassette("cassettes/test_with_its_own.cassette", said("Hi \n\r\x1b"), end=Ended())
    suite.write(EXPECTS)
    out = suite.run(failed=3)
    assert "nothing is expected yet in chat_parallel_calls.test_it.messages" in out
    assert "accept it with --cassette-update" in out
    assert "| Let me look both up." in out
    suite.run("--cassette-update", passed=3)
    suite.run(passed=3)
    found = sorted(path.name for path in suite.folder.rglob("*.messages"))
    assert found == [
        "chat_parallel_calls.test_an_application.kept.messages",
        "chat_parallel_calls.test_an_application.sent.messages",
        "chat_parallel_calls.test_it.messages",
        "test_with_its_own.messages",
    ]
    sent, kept = ((suite.folder / name).read_text("utf-8") for name in found[1::-1])
    assert sent == kept
    assert sent == "".join(
        f"{line}\n"
        for line in [
            "[1] reasoning_message",
            "    | The user wants to leave for Lisbon on Friday, so I need the weather there and a train to the "
            "airport. I can ask for both at once.",
            "[2] assistant_message",
            "    | Let me look both up.",
            "[3] tool_call_message call_0_7c1d get_weather",
            '    | {"city":"Lisbon","day":"Friday"}',
            "[3] tool_call_message call_1_90be find_train",
            '    | {"from":"São Bento","to":"OPO","by":"07:30"}',
        ]
    )
    whole = (suite.folder / "chat_parallel_calls.test_it.messages").read_text("utf-8")
    assert whole == sent + (
        "[=] result\n"
        "    completed finish_reason=tool_calls input_tokens=211 output_tokens=83\n"
        "    call_0_7c1d get_weather is complete\n"
        "    call_1_90be find_train is complete\n"
    )
    own = (suite.folder / "cassettes" / "test_with_its_own.messages").read_text("utf-8")
    assert own == (
        "[1] assistant_message\n    | Hi ¶\n    | \\u000d\\u001b\n[=] result\n    truncated finish_reason=None\n"
    )


def test_a_change_fails_with_the_runs_that_changed(suite: Suite) -> None:
    suite.write(EXPECTS)
    suite.run("--cassette-update", "test_it.py::test_it", passed=1)
    text = CHAT.decode().replace('"content":"Let"', '"content":"Leave"')
    (suite.folder / "chat_parallel_calls.sse").write_text(text)
    out = suite.run("test_it.py::test_it", failed=1)
    assert "the messages are not what is expected (-) in chat_parallel_calls.test_it.messages" in out
    shown = [line[8:].rstrip() for line in out.splitlines() if line.startswith("E   ")]
    assert shown[1:] == [
        "",
        "  … 1 run the same",
        "  [2] assistant_message",
        "-     | Let me look both up.",
        "+     | Leave me look both up.",
        "  … 3 runs the same",
    ]
    assert "    cassette.assert_messages()" in out
    assert "expectation.py" not in out
    coloured = suite.run("test_it.py::test_it", "--color=yes", failed=1)
    assert "\x1b[32m+     | Le\x1b[7mave\x1b[27m me look both up.\x1b[0m" in coloured
    suite.run("test_it.py::test_it", "--cassette-update", passed=1)
    suite.run("test_it.py::test_it", passed=1)


def test_expectations_are_kept_without_pytest_too(tmp_path: Path) -> None:
    place = tmp_path / "said"
    replay = Replay(WHOLE, expectations=Expectations(place, "calls", update=True))
    replay.assert_messages(name="first")
    assert [path.name for path in place.iterdir()] == ["calls.first.messages"]
    cut = Replay(WHOLE, faults=[Cut(30)], expectations=Expectations(place, "calls"))
    with pytest.raises(Unexpected, match=r"in calls\.first\.messages; if what came \(\+\) is right, accept it:"):
        cut.assert_messages(name="first")


def message(kind: str, otid: str = "o1", **members: object) -> dict[str, object]:
    return {"message_type": kind, "id": "message-1", "otid": otid, "date": "2026", **members}


def test_pieces_are_joined_by_run_and_by_call() -> None:
    def call(otid: str, call_id: str, **delta: str) -> dict[str, object]:
        return message("tool_call_message", otid, tool_call={"tool_call_id": call_id, **delta})

    said = [
        message("reasoning_message", "a", reasoning="Hm", source="non_reasoner_model", signature="s1"),
        message("reasoning_message", "a", reasoning="m.", source="non_reasoner_model", signature="s2"),
        call("b", "c1", name="go", arguments="{"),
        call("b", "c2", name="st"),
        call("b", "c1", arguments="}"),
        call("b", "c2", name="op"),
        message("assistant_message", "c", content=" a\n\nb "),
        message("assistant_message", "d", content="¶"),
        message("assistant_message", "c", content="again"),
        {"message_type": "stop_reason", "stop_reason": "cancelled"},
        {"message_type": "ping", "id": "ping", "date": "2026"},
    ]
    assert written(said).splitlines() == [
        "[1] reasoning_message source=non_reasoner_model signature=s1s2",
        "    | Hmm.",
        "[2] tool_call_message c1 go",
        "    | {}",
        "[2] tool_call_message c2 stop",
        "[3] assistant_message",
        "    |  a",
        "    |",
        "    | b ¶",
        "[4] assistant_message",
        "    | ¶¶",
        "[3] assistant_message",
        "    | again",
        "[-] stop_reason",
        '    {"stop_reason":"cancelled"}',
        "[-] ping",
    ]


@given(st.text(), st.text())
def test_different_text_is_written_differently_and_in_lines_that_any_file_keeps(one: str, other: str) -> None:
    texts = [written([message("assistant_message", content=text)]) for text in (one, other)]
    assert (texts[0] == texts[1]) == (one == other) or "\\u" in one + other
    for text in texts:
        assert text.encode().decode() == text
        assert text.splitlines() == text.split("\n")[:-1]


def test_the_differences_show_little_of_what_is_the_same() -> None:
    def text(*lines: str, more: str = "") -> str:
        return written(
            [
                message("reasoning_message", "a", reasoning="Same."),
                message("assistant_message", "b", content="\n".join(lines)),
                *([message("refusal_message", "c", refusal=more)] if more else []),
            ]
        )

    many = [f"line {number}" for number in range(12)]
    other = [*many[:6], "another", *many[7:]]
    assert differences(text(*many), text(*many)) == ["  … 2 runs the same"]
    assert differences(text(*many), text(*other)) == [
        "  … 1 run the same",
        "  [2] assistant_message",
        "  … 4 lines the same",
        "      | line 4",
        "      | line 5",
        "-     | line 6",
        "+     | another",
        "      | line 7",
        "      | line 8",
        "  … 3 lines the same",
    ]
    assert differences(text("a"), text("a", more="no")) == [
        "  … 2 runs the same",
        "+ [3] refusal_message",
        "+     | no",
    ]
    assert differences(text("a", "b", "c"), text("a", "c")) == [
        "  … 1 run the same",
        "  [2] assistant_message",
        "      | a",
        "-     | b",
        "      | c",
    ]


def test_a_long_line_is_shown_around_what_differs_in_it() -> None:
    def text(middle: str) -> str:
        return written([message("assistant_message", content="a" * 500 + middle + "b" * 500)])

    _, old, new = differences(text("one"), text("three"))
    assert old == f"- … {'a' * 40}on{'e' + 'b' * 39} …"
    assert new == f"+ … {'a' * 40}thre{'e' + 'b' * 39} …"
    _, _, new = differences(text("one"), text("x" * 5000))
    assert new == f"+ … {'a' * 40}{'x' * 400} … 4600 characters more{'b' * 40} …"


def test_neither_a_file_nor_a_message_steers_the_terminal(tmp_path: Path) -> None:
    nasty = "\x1b[2J\x9b\u202e\U000e0041"
    message = {"message_type": "assistant_message", "otid": "1", "content": nasty, "extra": nasty}
    call = {"message_type": "tool_call_message", "otid": "2", "tool_call": {"tool_call_id": nasty, "name": nasty}}
    found = written([message, call, {"message_type": "other", "detail": nasty}])
    assert not set(nasty[:1] + nasty[4:]) & set(found)
    kept = Expectations(tmp_path, "it")
    (tmp_path / "it.messages").write_text(f"[1] assistant_message\n    | {nasty} gone\n")
    with pytest.raises(Unexpected) as refused:
        kept.compare(found)
    assert not set(nasty[:1] + nasty[4:]) & set(str(refused.value))
    assert r"\u001b[2J\u009b\u202e\U000e0041 gone" in str(refused.value)
