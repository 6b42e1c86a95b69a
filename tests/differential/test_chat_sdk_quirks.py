"""Chat Completions: where the openai SDK's accumulator and our fold differ, each defect by a small stream.

Then the other way round: random streams, bent as providers bend them, are to us what the straight ones are to the SDK.
"""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from differential.chat_streams import HEAD, IDS, USAGE, chat_streams
from differential.sdk_readers import Said, read_chat, said_by_us
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.reducer import Ended, chat, fold
from support.law_checks import MESSAGE_ID

Json = dict[str, Any]
COUNTS = (30, 9, 39, 8, 4)
REST = {"model": HEAD["model"], "provider_id": HEAD["id"]}


def delta(finish: str | None = None, index: int = 0, **members: Any) -> Json:
    return {**HEAD, "choices": [{"index": index, "delta": members, "finish_reason": finish}]}


def entry(arguments: Any = None, name: str | None = None, **members: Any) -> Json:
    """A chunk with one entry of a tool call."""
    function = {"arguments": arguments, **({} if name is None else {"name": name})}
    return delta(tool_calls=[{**members, "function": function}])


def ours(chunks: list[Json], **options: Any) -> Said:
    decode: Any = wire.decoder("chat")
    config = chat.Config(message_id=MESSAGE_ID, **options)
    return said_by_us(chat.result(fold(chat, config, [decode(chunk) for chunk in chunks], Ended())[0]))


BEGIN, TEXT, STOP, CALLED = (
    delta(role="assistant", content=None),
    delta(content="a"),
    delta("stop"),
    delta("tool_calls"),
)
THOUGHT = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}]
DETAIL = {"type": "reasoning.text", "text": "Hm", "index": 0}
CITED = delta(annotations=[{"type": "url_citation", "url_citation": {"url": "https://example.org"}}])


def call(first: Json, *more: Json) -> list[Json]:
    return [BEGIN, first, *more, CALLED]


def custom(text: str, **members: Any) -> Json:
    return delta(
        tool_calls=[{"index": 0, **members, "custom": {"input": text, **({"name": "sql"} if members else {})}}]
    )


SAYS_OTHERWISE: dict[str, tuple[list[Json], Json, Json]] = {
    "a chunk without usage takes away the usage that came before": (
        [TEXT, {**STOP, "usage": USAGE}, {**HEAD, "choices": []}],
        {"usage": ()},
        {"usage": COUNTS},
    ),
    "usage that Groq sends apart is not read": (
        [TEXT, {**STOP, "x_groq": {"usage": USAGE}}],
        {"usage": ()},
        {"usage": COUNTS},
    ),
    "an id and a model that are empty at first stay empty": (
        [{**BEGIN, "id": "", "model": ""}, TEXT, STOP],
        {"provider_id": "", "model": ""},
        REST,
    ),
    "the last finish reason wins, and so the calls are forgotten": (
        [*call(entry("{}", "f", index=0, id="c")), STOP],
        {"finish_reason": "stop"},
        {"finish_reason": "tool_calls"},
    ),
    "text after content that is a list is lost": (
        [delta(content=[{"type": "text", "text": "It "}]), delta(content="rains"), STOP],
        {"text": [{"type": "text", "text": "It "}]},
        {"text": "It rains"},
    ),
    "content that is a list is lost after text": (
        [delta(content="It "), delta(content=[{"type": "text", "text": "rains"}]), STOP],
        {"text": "It "},
        {"text": "It rains"},
    ),
    "reasoning that comes only as details is no text": (
        [delta(reasoning_details=[DETAIL]), delta(reasoning_details=[DETAIL]), STOP],
        {"reasoning": ""},
        {"reasoning": "HmHm"},
    ),
    "an id that is repeated is joined to itself": (
        call(entry("{", "f", index=0, id="c"), entry("}", index=0, id="c")),
        {"calls": (("cc", "f", "{}"),)},
        {"calls": (("c", "f", "{}"),)},
    ),
    "a name that is repeated is joined to itself": (
        call(entry("{", "f", index=0, id="c"), entry("}", "f", index=0)),
        {"calls": (("c", "ff", "{}"),)},
        {"calls": (("c", "f", "{}"),)},
    ),
    "another id for the same call is joined to the first": (
        call(entry("{", "f", index=0, id="c"), entry("}", index=0, id="d")),
        {"calls": (("cd", "f", "{}"),)},
        {"calls": (("c", "f", "{}"),)},
    ),
    "two calls that both come as number 0 become one": (
        call(entry("{}", "f", index=0, id="c"), entry("{}", "g", index=0, id="d")),
        {"calls": (("cd", "fg", "{}{}"),)},
        {"calls": (("c", "f", "{}"), ("d", "g", "{}"))},
    ),
    "arguments that repeat all that came before are joined": (
        call(entry('{"a"', "f", index=0, id="c"), entry('{"a":1}', index=0)),
        {"calls": (("c", "f", '{"a"{"a":1}'),)},
        {"calls": (("c", "f", '{"a":1}'),)},
    ),
    "arguments that come as an object stay one": (
        call(entry({"a": 1}, "f", index=0, id="c")),
        {"calls": (("c", "f", {"a": 1}),)},
        {"calls": (("c", "f", '{"a":1}'),)},
    ),
    "no arguments are no JSON": (
        call(entry("", "f", index=0, id="c")),
        {"calls": (("c", "f", ""),)},
        {"calls": (("c", "f", "{}"),)},
    ),
    "a call of the API before tools is no call": (
        [delta(function_call={"name": "f", "arguments": "{"}), delta(function_call={"arguments": "}"}), CALLED],
        {"calls": ()},
        {"calls": (("call_b58ed1d59a115281bae45032", "f", "{}"),)},
    ),
}


@pytest.mark.parametrize(("chunks", "theirs", "said"), SAYS_OTHERWISE.values(), ids=SAYS_OTHERWISE)
def test_what_the_sdk_says_otherwise(chunks: list[Json], theirs: Json, said: Json) -> None:
    assert read_chat(chunks).said() == evolve(ours(chunks), **theirs)
    assert ours(chunks) == evolve(ours(chunks), **said)


NO_DELTA = {**HEAD, "choices": [{"index": 0, "delta": None, "finish_reason": None}]}
RAISES: dict[str, tuple[list[Json], type[Exception], Json]] = {
    "an error that comes as a chunk": ([TEXT, {"error": {"message": "boom"}}], TypeError, {"text": "a"}),
    "a chunk whose choices are null": ([TEXT, {**HEAD, "choices": None}, TEXT], TypeError, {"text": "aa"}),
    "a choice whose delta is null": ([TEXT, NO_DELTA, TEXT], AttributeError, {"text": "aa"}),
    "a second citation": ([TEXT, CITED, CITED], RuntimeError, {"text": "a"}),
    "a second list of content": (
        [delta(content=THOUGHT), delta(content=THOUGHT), TEXT],
        RuntimeError,
        {"reasoning": "HmHm", "text": "a"},
    ),
    "a call without an index": (
        call(entry("{", "f", id="c"), entry("}", id="c")),
        TypeError,
        {"calls": (("c", "f", "{}"),), "finish_reason": "tool_calls"},
    ),
    "a first call that is not number 0": (
        call(entry("{}", "f", index=1, id="c"), entry("{}", "g", index=0, id="d")),
        IndexError,
        {"calls": (("c", "f", "{}"), ("d", "g", "{}")), "finish_reason": "tool_calls"},
    ),
    "a first choice that is not number 0": ([delta(index=1, content="b"), TEXT], IndexError, {"text": "a"}),
}


@pytest.mark.parametrize(("chunks", "kind", "said"), RAISES.values(), ids=RAISES)
def test_what_the_sdk_raises_on(chunks: list[Json], kind: type[Exception], said: Json) -> None:
    with pytest.raises(kind):
        read_chat(chunks)
    assert ours(chunks) == Said(**REST, **said)


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_the_sdk_raises_instead_of_giving_an_answer_that_was_cut_off(reason: str) -> None:
    chunks = [TEXT, delta(reason)]
    reader = read_chat(chunks)
    with pytest.raises(Exception, match=r"length limit|content filter"):
        reader.state.get_final_completion()
    assert reader.said() == ours(chunks) == Said(text="a", finish_reason=reason, **REST)


def test_the_sdk_makes_custom_tool_calls_function_calls_without_a_function() -> None:
    chunks = call(custom("SEL", id="c", type="custom"), custom("ECT"))
    message: Any = read_chat(chunks).state.current_completion_snapshot.choices[0].message
    assert [(made.id, made.function) for made in message.tool_calls] == [("c", None)]
    assert ours(chunks) == Said(calls=(("c", "sql", "SELECT"),), finish_reason="tool_calls", **REST)


# Providers' ways to send the same


def entries(chunks: list[Json], change: Callable[[Json, bool], Json]) -> list[Json]:
    """The chunks with each entry of a call changed; the change is told whether it is the call's first."""
    seen: set[int] = set()

    def changed(one: Json) -> Json:
        first = one["index"] not in seen
        seen.add(one["index"])
        return change(one, first)

    def with_calls(choice: Json) -> Json:
        calls = choice["delta"].get("tool_calls")
        return {**choice, "delta": {**choice["delta"], "tool_calls": list(map(changed, calls))}} if calls else choice

    return [{**chunk, "choices": list(map(with_calls, chunk["choices"]))} for chunk in chunks]


def named(one: Json, first: bool, **members: Any) -> Json:
    return {**one, **members, "function": {**one["function"], "name": f"f{one['index']}"}}


def between(chunks: list[Json], more: Json) -> list[Json]:
    return [sent for chunk in chunks for sent in (chunk, more)]


def with_usage(chunks: list[Json]) -> list[Json]:
    """Usage in every chunk, growing; and then a chunk with none."""
    if not chunks[-1].get("usage"):
        return chunks
    growing = [{**chunk, "usage": {**USAGE, "completion_tokens": at}} for at, chunk in enumerate(chunks[:-1])]
    return [*growing, chunks[-1], {**HEAD, "choices": [], "usage": None}]


def snapshots(chunks: list[Json]) -> list[Json]:
    """Arguments that repeat all that came before; of calls where the second piece can tell that."""
    so_far: dict[int, str] = {}
    untold: set[int] = set()

    def grown(one: Json, first: bool) -> Json:
        index, piece = one["index"], one["function"]["arguments"]
        if not so_far.get(index) and piece.rstrip().endswith((":", "[", ",")):
            untold.add(index)  # an object may begin here, so that a snapshot may also be the value
        so_far[index] = so_far.get(index, "") + piece
        if index in untold or not piece:
            return one
        return {**one, "function": {**one["function"], "arguments": so_far[index]}}

    return entries(chunks, grown)


def deltas(chunks: list[Json], change: Callable[[Json], Json]) -> list[Json]:
    """The chunks with each delta changed."""
    return [
        {**chunk, "choices": [{**choice, "delta": change(choice["delta"])} for choice in chunk["choices"]]}
        for chunk in chunks
    ]


def reasoned(names: tuple[str, ...]) -> Callable[[Json], Json]:
    """Reasoning under other names."""

    def change(one: Json) -> Json:
        members = {name: value for name, value in one.items() if name != "reasoning_content"}
        return members | {name: one["reasoning_content"] for name in names if "reasoning_content" in one}

    return change


def finished_again(chunks: list[Json]) -> list[Json]:
    last = [chunk for chunk in chunks if any(choice["finish_reason"] for choice in chunk["choices"])]
    return [*chunks, *deltas(last, lambda _: {})]


def followed(chunks: list[Json]) -> list[Json]:
    """An empty piece for the first call, after everything."""
    if not any(choice["delta"].get("tool_calls") for chunk in chunks for choice in chunk["choices"]):
        return chunks
    return [*chunks, entry("", index=0)]


CALL_QUIRKS: dict[str, Callable[[list[Json]], list[Json]]] = {
    "none": lambda chunks: chunks,
    "the id is repeated": lambda chunks: entries(chunks, lambda one, _: {**one, "id": f"call_{one['index']}"}),
    "the name is repeated": lambda chunks: entries(chunks, named),
    "later ids are empty": lambda chunks: entries(chunks, lambda one, first: one if first else {**one, "id": ""}),
    "later ids differ": lambda chunks: entries(
        chunks, lambda one, first: one if first else {**one, "id": f"other_{one['index']}"}
    ),
    "indices are sparse": lambda chunks: entries(chunks, lambda one, _: {**one, "index": 3 * one["index"] + 5}),
    "ids stand in for indices": lambda chunks: entries(
        chunks, lambda one, _: {**one, "index": None, "id": f"call_{one['index']}"}
    ),
    "an empty piece follows": followed,
    "arguments come as snapshots": snapshots,
}
QUIRKS: dict[str, Callable[[list[Json]], list[Json]]] = {
    "the first chunk is empty": lambda chunks: [{**HEAD, "id": "", "model": "", "choices": []}, *chunks],
    "later chunks have other ids": lambda chunks: [*chunks[:1], *({**chunk, "id": "other"} for chunk in chunks[1:])],
    "each delta has a role": lambda chunks: deltas(chunks, lambda one: {**one, "role": "assistant"}),
    "there are chunks with nothing": lambda chunks: between(chunks, {**HEAD, "choices": None}),
    "there are choices with nothing": lambda chunks: between(chunks, NO_DELTA),
    "every chunk has its usage": with_usage,
    "the finish reason comes twice": finished_again,
    "reasoning has another name": lambda chunks: deltas(chunks, reasoned(("reasoning",))),
    "reasoning has two names": lambda chunks: deltas(chunks, reasoned(("reasoning", "reasoning_content"))),
}


@given(chat_streams(choices=1, ids=IDS[:1]), st.sampled_from(sorted(CALL_QUIRKS)), st.sampled_from(sorted(QUIRKS)))
def test_bent_streams_give_us_what_straight_ones_give_the_sdk(chunks: list[Json], quirk: str, other: str) -> None:
    bent = QUIRKS[other](CALL_QUIRKS[quirk](chunks))
    assert ours(bent) == read_chat(chunks).said()
