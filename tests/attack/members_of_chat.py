"""Chat Completions streams in which one member comes over and over, as many times as is asked for.

Each gives the JSON of its frames. Where something long comes first, it is as long as what follows is many, so that a
step which looks at all of it shows.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

Frames = list[dict[str, Any]]

LONG = 500
"""Characters of what comes first, for each frame that follows."""


def chunk(**delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta}]}


def choice(**members: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, **members}]}


def call(index: int | None = 0, call_id: str | None = None, name: str | None = None, arguments: str = "") -> Any:
    function = {name: of for name, of in (("name", name), ("arguments", arguments)) if of}
    members = {"index": index, "id": call_id, "function": function}
    return {name: of for name, of in members.items() if of is not None}


def calls(entries: Iterable[Any]) -> Frames:
    return [chunk(tool_calls=[entry]) for entry in entries]


def each(make: Callable[[int], dict[str, Any]], *first: dict[str, Any]) -> Callable[[int], Frames]:
    """Frames by their numbers, after these."""
    return lambda count: [*first, *(make(at) for at in range(count))]


def after_arguments(make: Callable[[int], Any], whole: bool = False) -> Callable[[int], Frames]:
    """Entries by their numbers, after a call with long arguments."""

    def frames(count: int) -> Frames:
        arguments = '{"a":"' + "x" * (LONG * count) + ('"}' if whole else "")
        return calls([call(0, "a", "f", arguments), *(make(at) for at in range(count))])

    return frames


def after_text(make: Callable[[int], dict[str, Any]]) -> Callable[[int], Frames]:
    """Frames by their numbers, after a long text."""
    return lambda count: [chunk(content="x" * (LONG * count)), *(make(at) for at in range(count))]


def interleaved(count: int) -> Frames:
    opened = [call(at, f"c{at}", "f", '{"a":"') for at in range(count // 4)]
    return calls([*opened, *(call(at, None, None, "x") for _ in range(3) for at in range(count // 4))])


def closed_one_by_one(count: int) -> Frames:
    entries = calls([call(at, f"c{at}", "f", "{}") for at in range(count // 2)])
    return [frame for entry in entries for frame in (entry, choice(finish_reason="stop"))]


def members(count: int) -> str:
    return "{" + ",".join(f'"k{at}":{at}' for at in range(count)) + "}"


def ran(at: int) -> dict[str, Any]:
    return {"index": at, "type": "search", "output": "o"}


def citation(at: int) -> dict[str, Any]:
    return {"type": "url_citation", "url": f"u{at}"}


CHAT: dict[str, Callable[[int], Frames]] = {
    "text": each(lambda at: chunk(content="a word")),
    "reasoning": each(lambda at: chunk(reasoning_content="a word")),
    "refusal": each(lambda at: chunk(refusal="a word")),
    "text and reasoning in turn": each(lambda at: chunk(content="a") if at % 2 else chunk(reasoning="b")),
    "halves of characters": each(lambda at: chunk(content="a\ud83d")),
    "calls": each(lambda at: calls([call(at, f"c{at}", "f", "{}")])[0]),
    "calls without a finish": each(lambda at: calls([call(at, f"c{at}", "f", '{"a')])[0]),
    "calls without index": each(lambda at: calls([call(None, f"c{at}", "f", "{}")])[0]),
    "calls without id": each(lambda at: calls([call(at, None, "f", "{}")])[0]),
    "calls in one frame": lambda count: [chunk(tool_calls=[call(at, f"c{at}", "f", "{}") for at in range(count)])],
    "calls in turn": interleaved,
    "calls closed one by one": closed_one_by_one,
    "orphans": each(lambda at: calls([call(at, None, None, '{"a')])[0]),
    "arguments": each(lambda at: calls([call(0, None, None, "word")])[0], *calls([call(0, "a", "f", '{"a":"')])),
    "arguments with braces": each(
        lambda at: calls([call(0, None, None, "{},")])[0], *calls([call(0, "a", "f", '{"a":[')])
    ),
    "arguments once more": after_arguments(lambda at: call(0, None, None, "x"), whole=True),
    "arguments again and again": each(
        lambda at: calls([call(0, None, None, '{"a":1}')])[0], *calls([call(0, "a", "f", '{"a":1}')])
    ),
    "braces in one frame": lambda count: calls([call(0, "a", "f", '{"a":[' + "{}," * count)]),
    "closing braces in one frame": lambda count: calls([call(0, "a", "f", '{"a":1' + "}" * count)]),
    "objects in one frame": lambda count: calls([call(0, "a", "f", "{}" * count)]),
    "equal objects in one frame": lambda count: calls([call(0, "a", "f", '{"a":1}' * count)]),
    "names after long arguments": after_arguments(lambda at: call(0, None, "f", "x")),
    "names after whole arguments": after_arguments(lambda at: call(0, None, "f", "x"), whole=True),
    "ids after long arguments": after_arguments(lambda at: call(0, "a", None, "x")),
    "new ids after long arguments": after_arguments(lambda at: call(0, f"b{at}", None, "x")),
    "empty entries after long arguments": after_arguments(lambda at: call(0, "a", "f")),
    "one call at many indices": after_arguments(lambda at: call(at + 1, "a", "f", "{"), whole=True),
    "names in pieces": each(lambda at: calls([call(0, "a", "x")])[0]),
    "custom input": each(
        lambda at: chunk(tool_calls=[{"index": 0, "id": "a", "type": "custom", "custom": {"name": "f", "input": "x}"}}])
    ),
    "the old call": each(lambda at: chunk(function_call={"name": "f", "arguments": '{"a'})),
    "snapshots": lambda count: calls(
        [call(0, "a", "f", '{"a":"' + "x" * at) for at in range(0, 12 * int(count**0.5), 12)]
    ),
    "citations": each(lambda at: chunk(annotations=[citation(at)])),
    "citations in one frame": lambda count: [chunk(annotations=[citation(at) for at in range(count)])],
    "tools that ran": each(lambda at: chunk(executed_tools=[ran(at)])),
    "tools that run": each(lambda at: chunk(executed_tools=[{"index": at, "type": "search"}])),
    "tools that ran in one frame": lambda count: [chunk(executed_tools=[ran(at) for at in range(count)])],
    "sources": each(lambda at: {"choices": [], "citations": [f"u{at}"]}),
    "filter results": each(lambda at: choice(delta={}, content_filter_results={f"k{at}": {"filtered": False}})),
    "filter results in one frame": lambda count: [
        choice(delta={}, content_filter_results={f"k{at}": {"filtered": False} for at in range(count)})
    ],
    "unread members": each(lambda at: {"choices": [], f"k{at}": at}),
    "unread members of choices": each(lambda at: choice(delta={}, **{f"k{at}": at})),
    "unread members of deltas": each(lambda at: chunk(content="a", more={f"k{at}": at})),
    "unread members of calls": each(
        lambda at: chunk(tool_calls=[{**call(0, "a", "f", "x"), "extra_content": {f"k{at}": at}}])
    ),
    "unread lists": each(lambda at: choice(delta={}, logprobs={"content": [{"token": "a", "logprob": -0.1}]})),
    "details": each(lambda at: chunk(reasoning_details=[{"type": "t", "index": at, "text": "a"}])),
    "text of details": each(lambda at: chunk(reasoning_details=[{"type": "t", "index": 0, "text": "a"}])),
    "members of details": each(lambda at: chunk(reasoning_details=[{"type": "t", "index": 0, f"k{at}": at}])),
    "sealed details": each(lambda at: chunk(reasoning_details=[{"type": "t", "index": 0, "data": f"d{at}"}])),
    "details in one frame": lambda count: [
        chunk(reasoning_details=[{"type": "t", "index": at, "text": "a"} for at in range(count)])
    ],
    "members of details in one frame": lambda count: [
        chunk(reasoning_details=[{"type": "t", "index": 0, f"k{at}": at} for at in range(count)])
    ],
    "whole messages beside a text": after_text(lambda at: choice(message={"content": "x"})),
    "other whole messages beside a text": after_text(lambda at: choice(message={"content": "y"})),
    "whole messages beside a delta": after_text(
        lambda at: choice(delta={"content": "x"}, message={"content": "y", "refusal": "n"})
    ),
    "a short whole said again": lambda count: [
        choice(message={"content": "x"}),
        *(chunk(content="x" * 10) for _ in range(count)),
    ],
    "a short whole said again in one frame": lambda count: [
        choice(message={"content": "x"}),
        chunk(content="x" * (LONG * count)),
    ],
    "whole citations": each(lambda at: choice(message={"annotations": [citation(at)]})),
    "whole tools that ran": each(lambda at: choice(message={"executed_tools": [ran(at)]})),
    "whole calls": each(lambda at: choice(message={"tool_calls": [call(at, f"c{at}", "f", "{}")]})),
    "whole calls without id": each(lambda at: choice(message={"tool_calls": [call(at, None, "f", f'{{"a":{at}}}')]})),
    "whole calls, each beside all": lambda count: [
        *calls([call(at, f"c{at}", "f", f'{{"a":{at}}}') for at in range(count // 2)]),
        *(choice(message={"tool_calls": [call(at, f"c{at}", "f", f'{{"a":{at}}}')]}) for at in range(count // 2)),
    ],
    "whole calls without id, each beside all": lambda count: [
        *calls([call(at, None, "f", f'{{"a":{at}}}') for at in range(count // 2)]),
        *(choice(message={"tool_calls": [call(at, None, "f", f'{{"a":{at}}}')]}) for at in range(count // 2)),
    ],
    "whole calls in one frame": lambda count: [
        *calls([call(at, f"c{at}", "f", f'{{"a":{at}}}') for at in range(count)]),
        choice(message={"tool_calls": [call(at, f"c{at}", "f", f'{{"a":{at}}}') for at in reversed(range(count))]}),
    ],
    "short whole calls beside long arguments": lambda count: [
        *calls([call(0, "a", "f", '{"a":"' + "x" * (LONG * count) + '"}')]),
        *each(lambda at: choice(message={"tool_calls": [call(0, "a", "f", '{"a')]}))(count),
    ],
    "other whole calls beside long arguments": lambda count: [
        *calls([call(0, "a", "f", '{"a":"' + "x" * (LONG * count) + '"}')]),
        *each(lambda at: choice(message={"tool_calls": [call(0, "a", "f", "{}")]}))(count),
    ],
    "finish words": each(lambda at: choice(delta={}, finish_reason=f"w{at}")),
    "other choices": each(lambda at: {"choices": [{"index": at + 1, "delta": {"content": "a"}}]}),
    "usage": each(lambda at: {"choices": [], "usage": {"completion_tokens": at}}),
    "escapes": each(lambda at: calls([call(0, None, None, "\\n\\u00e9")])[0], *calls([call(0, "a", "f", '{"a":"')])),
    "escapes in one frame": lambda count: calls([call(0, "a", "f", '{"a":"' + "\\n" * count + '"}')]),
    "members in one frame": lambda count: calls([call(0, "a", "f", members(count))]),
}
"""By what comes over and over; both Chat Completions wires fold each."""

INNER_THOUGHTS: dict[str, Callable[[int], Frames]] = {
    "members in pieces": lambda count: calls(
        [call(0, "a", "f", '{"thinking":"t"'), *(call(0, None, None, f',"k{at}":{at}') for at in range(count))]
    ),
    "members in pieces of one character": lambda count: calls(
        [call(0, "a", "f", "{"), *(call(0, None, None, char) for char in members(count // 8)[1:])]
    ),
    "thoughts": each(lambda at: calls([call(0, None, None, "word")])[0], *calls([call(0, "a", "f", '{"thinking":"')])),
    "thoughts in one frame": lambda count: calls(
        [call(0, "a", "f", "{" + ",".join('"thinking":"t"' for _ in range(count)) + "}")]
    ),
    "empty thoughts in one frame": lambda count: calls(
        [call(0, "a", "f", "{" + ",".join('"thinking":""' for _ in range(count)) + "}")]
    ),
    "thoughts and members in one frame": lambda count: calls(
        [call(0, "a", "f", "{" + ",".join(f'"thinking":"t","k{at}":{at}' for at in range(count)) + "}")]
    ),
    "nested members in one frame": lambda count: calls(
        [call(0, "a", "f", "{" + ",".join(f'"k{at}":[{{}},"a"]' for at in range(count)) + "}")]
    ),
    "strings in one frame": lambda count: calls([call(0, "a", "f", '{"a":[' + '"b",' * count + "1]}")]),
    "brackets in one frame": lambda count: calls([call(0, "a", "f", '{"a":' + "[" * count)]),
    "escapes in thoughts": lambda count: calls([call(0, "a", "f", '{"thinking":"' + "\\n" * count + '"}')]),
    "halves in thoughts": lambda count: calls([call(0, "a", "f", '{"thinking":"' + "\\ud83d" * count + '"}')]),
    "a long key": each(lambda at: calls([call(0, None, None, "thinking")])[0], *calls([call(0, "a", "f", '{"')])),
    "spaces before a member": each(
        lambda at: calls([call(0, None, None, "    ")])[0], *calls([call(0, "a", "f", '{"thinking":"",')])
    ),
}
"""What is about thoughts in arguments alone."""


def encoded(frames: Iterable[dict[str, Any]]) -> list[bytes]:
    """The frames as they stand in a stream."""
    return [json.dumps(frame).encode() for frame in frames]
