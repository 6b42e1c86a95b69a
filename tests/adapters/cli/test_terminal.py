"""What a person sees: labels, wrapped text, calls on one line, colours, and nothing that steers the terminal."""

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from streamfold.adapters import wire
from streamfold.adapters.cli.hanging_text import MARGIN
from streamfold.adapters.cli.terminal import Terminal
from streamfold.reducer import Cancelled, Ended, chat, fold, responses
from streamfold.reducer.diagnostics import Diagnostic
from streamfold.reducer.doubts import Doubt, Doubted
from streamfold.reducer.ends import End
from streamfold.reducer.messages import (
    AnnotationMessage,
    ApprovalRequestMessage,
    AssistantMessage,
    HiddenReasoningMessage,
    Message,
    ReasoningMessage,
    RefusalMessage,
    ServerToolMessage,
    StopReason,
    ToolCallDelta,
    ToolCallMessage,
)
from streamfold.reducer.result import Result, ToolCall
from streamfold.reducer.stream_error import StreamError
from streamfold.reducer.usage import Usage
from support.adapters.results import result_of

STREAMS = Path(__file__).parents[2] / "streams"
IDS = ("message-1", "otid-1", None, None)
RULE = "─" * 72


def shown(*messages: Message, result: Result | None = None, width: int | None = None, colours: bool = False) -> str:
    """What is printed: on a terminal of this width, or into a pipe."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=width is not None, width=width, no_color=not colours, emoji=False)
    view = Terminal("message-1", console)
    for message in messages:
        view.show(message)
    view.conclude(result or Result())
    return file.getvalue()


def body(*messages: Message, width: int | None = None) -> list[str]:
    """The lines before the summary, without their styles."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown(*messages, width=width))
    return text.partition("─")[0].split("\n")[:-1]


def summary(result: Result) -> list[str]:
    return shown(result=result).split("\n")[1:-1]


def say(text: str) -> AssistantMessage:
    return AssistantMessage(*IDS, text)


def call(call_id: str, name: str | None, arguments: str | None, approval: bool = False) -> Message:
    kind = ApprovalRequestMessage if approval else ToolCallMessage
    return kind(*IDS, ToolCallDelta(name, arguments, call_id))


def tool(*stages: tuple[str | None, Any], item_id: str | None = "i1") -> list[Message]:
    return [ServerToolMessage(*IDS, "web_search_call", item_id, status, delta) for status, delta in stages]


# Streams as a whole


def replayed(name: str, machine: Any, width: int | None = None, end: End | None = None, **options: Any) -> list[str]:
    body = (STREAMS / name).read_bytes()
    if end is not None:
        body = body.replace(b"data: [DONE]\n\n", b"")  # after it no end changes the outcome
    chunks = wire.read("responses" if machine is responses else "chat", [body])
    state, messages = fold(machine, machine.Config(message_id="0" * 32, **options), chunks, end or Ended())
    text = shown(*messages, result=machine.result(state), width=width)
    return re.sub(r"\x1b\[[0-9;]*m", "", text).split("\n")


def test_a_stream_of_the_responses_api() -> None:
    assert replayed("responses_web_search.sse", responses) == [
        "reasoning    **Looking for sources**",
        "",
        "             The record may have changed lately, so I should search.",
        "",
        "             **Being brief**",
        "",
        "             One sentence with its source will do.",
        "server tool  web_search_call ws_02  in_progress → searching → completed",
        "assistant    The fastest marathon so far was run in 2:00:35, in Chicago.",
        "citation     Men's world record https://records.example/marathon",
        'tool call    save_note  {"title":"Marathon","body":"2:00:35, Chicago 2023"}  call_Qz81',
        RULE,
        "outcome      completed",
        "model        gpt-5-mini-2025-08-07, resp_01HX",
        "usage        4012 in, 133 out, 1024 cached, 64 reasoning, 4145 in all (reported)",
        "call         save_note is complete: safe to run",
        "folded       86 chunks into 5 runs of message-1",
        "",
    ]


def test_a_stream_of_chat_on_a_narrow_terminal() -> None:
    lines = replayed("chat_parallel_calls.sse", chat, 60, Cancelled(), requires_approval_tools={"find_train"})
    assert lines == [
        "reasoning    The user wants to leave for Lisbon on Friday,",
        "             so I need the weather there and a train to the",
        "             airport. I can ask for both at once.",
        "assistant    Let me look both up.",
        'tool call    get_weather  {"city":"Lisbon","day":"Friday"}',
        "             call_0_7c1d",
        'approval     find_train  {"from":"São',
        '             Bento","to":"OPO","by":"07:30"}  call_1_90be',
        "stop         cancelled",
        "─" * 60,
        "outcome      cancelled (tool_calls)",
        "model        deepseek-reasoner, chatcmpl-BkQ4yTq8uX2",
        "usage        211 in, 83 out, 128 cached, 31 reasoning, 294",
        "             in all (reported)",
        "call         get_weather is complete: safe to run",
        "call         find_train is complete: safe to run",
        "kept         system_fingerprint",
        "folded       66 chunks into 22 runs of message-1",
        "",
    ]


# Messages


def test_each_type_has_its_label_and_its_text() -> None:
    assert body(
        ReasoningMessage(*IDS, "Hm"),
        HiddenReasoningMessage(*IDS),
        say("Hello"),
        RefusalMessage(*IDS, "No."),
        StopReason(*IDS, "error", "TypeError: x"),
    ) == [
        "reasoning    Hm",
        "reasoning    (not shown by the provider)",
        "assistant    Hello",
        "refusal      No.",
        "stop         error: TypeError: x",
    ]
    assert body(StopReason(*IDS, "cancelled")) == ["stop         cancelled"]
    assert body() == []


def test_text_hangs_under_its_label_as_it_comes() -> None:
    assert body(say("\n\nOne\r"), say("\ntwo\n\n  thr"), say("ee  \n"), RefusalMessage(*IDS, "\n")) == [
        "assistant    One",
        "             two",
        "",
        "               three",
        "refusal      ",
    ]


def test_calls_are_shown_when_their_run_is_over() -> None:
    assert body(
        call("a", "get", '{"x":'),
        call("b", "re", None),
        call("b", "move", None),
        call("a", None, "1}"),
        call("b", None, '{\n  "all":\r\n true\n}'),
        call("c", "rm", "{", approval=True),
        say("Hm."),
        call("a", None, "2"),
    ) == [
        'tool call    get  {"x":1}  a',
        '             remove  { "all": true }  b',
        "approval     rm  {  c",
        "assistant    Hm.",
        "tool call    get  2  a",
    ]


def test_long_arguments_are_cut() -> None:
    (line,) = body(call("a", "f", "x" * 5000))
    assert line == f"tool call    f  {'x' * 2000} …  a"


def test_server_tool_stages_share_a_line_and_output_stands_under_it() -> None:
    image = ServerToolMessage(*IDS, "image_generation_call", "i2", "partial_image", "aGVsbG8=" * 100)
    shell = ServerToolMessage(*IDS, "shell_call", None, delta={"command": "ls\n-l"})
    assert body(
        *tool(("in_progress", None), ("in_progress", None), ("searching", None)),
        *tool((None, "print("), (None, "1)\nx = 2")),
        *tool(("completed", None), (None, None)),
        image,
        shell,
        *tool((None, "text first"), item_id="i3"),
    ) == [
        "server tool  web_search_call i1  in_progress → searching",
        "             print(1)",
        "             x = 2",
        "             web_search_call i1  completed",
        "             image_generation_call i2  partial_image",
        r'             shell_call  {"command":"ls\n-l"}',
        "             web_search_call i3",
        "             text first",
    ]
    assert (
        body(*tool(("completed", None)), say("x"), *tool(("completed", None)))[2] == body(*tool(("completed", None)))[0]
    )


@pytest.mark.parametrize(
    ("annotation", "line"),
    [
        ({"type": "url_citation", "title": "T", "url": "https://x"}, "T https://x"),
        ({"type": "url_citation", "url_citation": {"title": "T", "url": "https://x"}}, "T https://x"),
        ({"url_citation": {"url": "https://x"}, "title": "no"}, "https://x"),
        ({"title": "a\nb"}, "a b"),
        ({"type": "file_citation", "file_id": 5}, '{"type":"file_citation","file_id":5}'),
        ("text", '"text"'),
    ],
)
def test_citations(annotation: Any, line: str) -> None:
    note = AnnotationMessage(*IDS, annotation)
    assert body(note, note) == [f"citation     {line}", f"             {line}"]


# The summary


def test_the_summary_of_nothing() -> None:
    assert summary(Result()) == [
        "outcome      open",
        "model        not named",
        "usage        not reported",
        "folded       0 chunks into 0 runs of message-1",
    ]


def test_the_summary_of_much() -> None:
    result = result_of(
        outcome="failed",
        finish_reason="stop",
        error=StreamError("a\n  b"),
        provider_id="p",
        usage=Usage(input_tokens=0, total_tokens=7, source="estimated"),
        chunks=1,
        tool_calls=(
            ToolCall("1", "f", "{}", closed=True),
            ToolCall("2", "g", "{", (Doubted(Doubt.NOT_JSON, "the arguments are not JSON"),), closed=True),
            ToolCall("3", "h", "{", (Doubted(Doubt.CUT_OFF, "the wire has not closed the call"),)),
            ToolCall("4", "", "{}", (Doubted(Doubt.NO_NAME, "no name came"),), closed=True),
        ),
        diagnostics=(Diagnostic("ignored", "x\ny", 3), Diagnostic("undecodable", "frame 1")),
    )
    assert summary(result) == [
        "outcome      failed (stop)",
        "error        a b",
        "model        p",
        "usage        0 in, 7 in all (estimated)",
        "call         f is complete: safe to run",
        "call         g is not complete: NOT_JSON, the arguments are not JSON",
        "call         h is not complete: CUT_OFF, the wire has not closed the call",
        "call         (no name) is not complete: NO_NAME, no name came",
        "ignored      x y (×3)",
        "undecodable  frame 1",
        "folded       1 chunk into 0 runs of message-1",
    ]


def test_an_outcome_is_said_once() -> None:
    assert summary(Result(outcome="completed", finish_reason="completed"))[0] == "outcome      completed"
    assert summary(Result(outcome="completed", finish_reason="stop"))[0] == "outcome      completed (stop)"


# Colours


def test_types_differ_in_colour_and_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [ReasoningMessage(*IDS, "a"), say("b"), RefusalMessage(*IDS, "c"), call("d", "d", None)]
    messages += [call("e", "e", None, approval=True), *tool(("x", None)), StopReason(*IDS, "error")]
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = shown(*messages, width=80, colours=True)
    labels = re.findall(r"\x1b\[1;(3\d)m(\w[\w ]{12})", coloured)
    assert [colour for colour, _ in labels] == ["35", "32", "31", "36", "33", "34", "31"]
    assert "\x1b[1;33mopen\x1b[0m" in coloured
    plain = shown(*messages, width=80)
    assert not re.search(r"\x1b\[[0-9;]*3\d", plain)
    monkeypatch.setenv("NO_COLOR", "1")
    file = io.StringIO()
    view = Terminal("message-1", Console(file=file, force_terminal=True, width=80))
    view.show(RefusalMessage(*IDS, "no"))
    view.conclude(Result())
    assert not re.search(r"\x1b\[[0-9;]*3\d", file.getvalue())
    assert "\x1b" not in shown(*messages)


def test_without_a_console_it_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    view = Terminal("message-1")
    view.show(say("word " * 40))
    view.conclude(Result())
    assert capsys.readouterr().out.startswith(f"assistant    {('word ' * 40).strip()}\n{RULE}\n")


def test_a_reader_that_left_is_the_commands_to_deal_with(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, text: str, /) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Gone())
    view = Terminal("message-1")
    with pytest.raises(BrokenPipeError):
        view.show(say("Hello\n"))


# Nothing steers the terminal


STEERING = [*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), *"\u2028\u2029\u202a\u202b\u202c\u202d\u202e"]
STEERING += [*"\u2066\u2067\u2068\u2069", "\ud800", "\udfff"]


@pytest.mark.parametrize("width", [None, 80])
def test_no_text_of_the_model_steers_the_terminal(width: int | None) -> None:
    nasty = "a" + "b".join(STEERING) + "c \x1b]0;title\x07\x1b[2J\x9b31m"
    result = result_of(
        outcome="failed",
        finish_reason=nasty,
        model=nasty,
        provider_id=nasty,
        error=StreamError(nasty),
        tool_calls=(ToolCall(nasty, nasty, nasty),),
        diagnostics=(Diagnostic("ignored", nasty),),
    )
    text = shown(
        ReasoningMessage(*IDS, nasty),
        say(nasty),
        RefusalMessage(*IDS, nasty),
        call(nasty, nasty, nasty),
        ServerToolMessage(*IDS, nasty, nasty, nasty),
        ServerToolMessage(*IDS, nasty, nasty, delta=nasty),
        ServerToolMessage(*IDS, nasty, nasty, delta={nasty: nasty}),
        AnnotationMessage(*IDS, {"title": nasty, "url": nasty}),
        AnnotationMessage(*IDS, {"other": nasty}),
        StopReason(*IDS, "error", nasty),
        result=result,
        width=width,
    )
    own = re.sub(r"\x1b\[[0-9;]*m", "", text) if width else text
    assert not set(own) & (set(STEERING) - {"\n"})
    for form in (r"\u001b]0;title\u0007", r"\u001b[2J", r"\u009b31m", r"\u202e", r"\ud800"):
        assert form in own.replace("\n" + " " * MARGIN, "")


def test_no_markup_and_no_emoji_codes() -> None:
    assert body(say("[red]x[/red] :smile: [/] 1234 'q'"), width=80) == [
        "assistant    [red]x[/red] :smile: [/] 1234 'q'"
    ]


def test_the_json_of_an_annotation_stays_json() -> None:
    (line,) = body(AnnotationMessage(*IDS, {"a": ["é", 1, None]}))
    assert json.loads(line[MARGIN:]) == {"a": ["é", 1, None]}
