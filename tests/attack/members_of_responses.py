"""Responses streams in which one member comes over and over, as many times as is asked for."""

from collections.abc import Callable
from typing import Any

from attack.members_of_chat import LONG, Frames

Make = Callable[[int], dict[str, Any]]


def event(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", **members}


def added(at: int | None, **item: Any) -> dict[str, Any]:
    return event("output_item.added", output_index=at, item=item)


def done(at: int | None, **item: Any) -> dict[str, Any]:
    return event("output_item.done", output_index=at, item=item)


def text(at: int, delta: str = "a word", part: int = 0) -> dict[str, Any]:
    return event("output_text.delta", output_index=at, item_id=f"m{at}", content_index=part, delta=delta)


def arguments(at: int, delta: str = "x") -> dict[str, Any]:
    return event("function_call_arguments.delta", output_index=at, item_id=f"f{at}", delta=delta)


def function(at: int, **more: Any) -> dict[str, Any]:
    return {"type": "function_call", "id": f"f{at}", "call_id": f"c{at}", "name": "f", "arguments": "", **more}


def message(at: int, *texts: str) -> dict[str, Any]:
    return {"type": "message", "id": f"m{at}", "content": [{"type": "output_text", "text": text} for text in texts]}


def part(kind: str, number: int, said: str = "") -> dict[str, Any]:
    value = {"type": "output_text", "text": said, "annotations": []}
    return event(f"content_part.{kind}", output_index=0, item_id="m0", content_index=number, part=value)


def summary(kind: str, number: int, **more: Any) -> dict[str, Any]:
    return event(kind, output_index=0, item_id="r0", summary_index=number, **more)


def citation(at: int) -> dict[str, Any]:
    return {"type": "url_citation", "url": f"u{at}"}


def each(*make: Make, first: tuple[dict[str, Any], ...] = ()) -> Callable[[int], Frames]:
    """Frames by their numbers, as many of each kind as there are kinds in them."""
    return lambda count: [*first, *(one(at) for at in range(count // len(make)) for one in make)]


def after_other_whole(count: int) -> Frames:
    """Text that goes on after a long whole which contradicts it."""
    whole = {**LONE_TEXT, "text": "y" * (LONG * count)}
    return [added(0, **message(0)), text(0, "x"), whole, *(text(0, "a") for _ in range(count))]


def after_text(*make: Make, over: bool = False) -> Callable[[int], Frames]:
    """The same after a long text, of an item that is done if it is `over`."""

    def frames(count: int) -> Frames:
        long = "x" * (LONG * count)
        first = (added(0, **message(0)), text(0, long), *((done(0, **message(0, long)),) if over else ()))
        return each(*make, first=first)(count)

    return frames


def after_arguments(*make: Make, over: bool = False) -> Callable[[int], Frames]:
    """The same after long arguments."""

    def frames(count: int) -> Frames:
        long = '{"a":"' + "x" * (LONG * count) + '"}'
        first = (added(0, **function(0)), arguments(0, long))
        ended = (done(0, **function(0, arguments=long)),) if over else ()
        return each(*make, first=(*first, *ended))(count)

    return frames


def parts_in_turn(count: int) -> Frames:
    """Several parts that all go on, one character each."""
    begun = [summary("reasoning_summary_part.added", at, part={"type": "summary_text"}) for at in range(count // 4)]
    pieces = [summary("reasoning_summary_text.delta", at, delta="a") for _ in range(3) for at in range(count // 4)]
    return [*begun, *pieces]


def calls_in_turn(count: int) -> Frames:
    begun = [added(at, **function(at)) for at in range(count // 4)]
    return [*begun, *(arguments(at, '{"a') for _ in range(3) for at in range(count // 4))]


def closed_in_reverse(count: int) -> Frames:
    """Items that are all done but the first, and then what names none."""
    begun = [added(at, **message(at)) for at in range(count // 3)]
    ended = [done(at, **message(at)) for at in range(1, count // 3)]
    ran = event("web_search_call.searching", output_index=count, item_id="w")  # then none of them is in work
    late = [frame for _ in range(count // 6) for frame in (event("output_text.delta", delta="a"), ran)]
    return [*begun, *ended, *late]


def answers(count: int) -> Frames:
    return [
        frame
        for at in range(count // 4)
        for frame in (
            event("created", response={"id": f"r{at}"}),
            text(0, f"a{at}"),
            added(1, **function(1, call_id=f"c{at}")),
            event("completed", response={"id": f"r{at}", "status": "completed", "output": []}),
        )
    ]


def listed_under(item_id: Callable[[int], str], said: str = "a", last: int = 1) -> Callable[[int], Frames]:
    """Items, and at the end a list of as many, under other ids perhaps, the last one first if `last` is -1."""

    def frames(count: int) -> Frames:
        output = [{**message(at, f"{said}{at}"), "id": item_id(at)} for at in range(count)][::last]
        end = event("completed", response={"id": "r", "status": "completed", "output": output})
        return [*(added(at, **message(at, f"a{at}")) for at in range(count)), end]

    return frames


def ended_again(count: int) -> Frames:
    end = event("completed", response={"id": "r", "status": "completed", "output": []})
    return [*each(lambda at: added(at, **message(at, "a")))(count // 2), *[end] * (count // 2)]


def behind_done_ones(late: Make) -> Callable[[int], Frames]:
    """A call that is open, many after it that are done, and then what does not say where it belongs."""
    first = (added(0, **function(0)), arguments(0, '{"a'))
    return lambda count: [
        *first,
        *each(lambda at: done(1 + at, **function(1 + at, arguments="{}")))(count // 2),
        *each(late)(count // 2),
    ]


def after_a_large_citation(count: int) -> Frames:
    """A part with one large citation, and ends of the part with a small one."""
    large, small = {"title": "x" * (LONG * count)}, {"title": "y"}
    ended = part("done", 0, "a word")
    ended["part"]["annotations"] = [small]
    cited = event("output_text.annotation.added", output_index=0, item_id="m0", content_index=0, annotation=large)
    return [text(0), cited, *[ended] * count]


def numbered(numbers: Callable[[int, int], int]) -> Callable[[int], Frames]:
    return lambda count: [
        {**event("in_progress", response={"id": "r"}), "sequence_number": numbers(at, count)} for at in range(count)
    ]


LONE_TEXT = event("output_text.done", output_index=0, item_id="m0", content_index=0, text="x")
OTHER_TEXT = {**LONE_TEXT, "text": "y"}


RESPONSES: dict[str, Callable[[int], Frames]] = {
    "text": each(lambda at: text(0)),
    "numbered text": each(lambda at: {**text(0), "sequence_number": at}),
    "text under new numbers": each(lambda at: text(0, "a", at)),
    "text under new ids": each(lambda at: {**text(0), "item_id": f"n{at}"}),
    "items": each(lambda at: added(at, **message(at, "a"))),
    "items that are done": each(lambda at: added(at, **message(at)), lambda at: done(at, **message(at, "a"))),
    "items without index": each(lambda at: added(None, **message(at, "a"))),
    "items without address": each(lambda at: added(None, type="message")),
    "items closed but the first": closed_in_reverse,
    "unread members of items": each(lambda at: added(0, **message(0), **{f"k{at}": at})),
    "text after another whole": after_other_whole,
    "numbered text in turn": lambda count: [{**text(at % 2), "sequence_number": at} for at in range(count)],
    "tools": each(lambda at: added(at, type="web_search_call", id=f"w{at}")),
    "stages of a tool": each(lambda at: event("web_search_call.searching", output_index=0, item_id="w")),
    "calls": each(lambda at: added(at, **function(at, arguments="{}"))),
    "calls that are done": each(
        lambda at: added(at, **function(at)),
        lambda at: arguments(at, "{}"),
        lambda at: event("function_call_arguments.done", output_index=at, item_id=f"f{at}", arguments="{}"),
        lambda at: done(at, **function(at, arguments="{}")),
    ),
    "calls in turn": calls_in_turn,
    "arguments": each(lambda at: arguments(0, "word"), first=(added(0, **function(0)), arguments(0, '{"a":"'))),
    "arguments with braces": each(
        lambda at: arguments(0, "{},"), first=(added(0, **function(0)), arguments(0, '{"a":['))
    ),
    "arguments without address": each(
        lambda at: event("function_call_arguments.delta", delta="x"),
        first=tuple(added(at, **function(at)) for at in range(40)),
    ),
    "braces in one frame": lambda count: [added(0, **function(0)), arguments(0, '{"a":[' + "{}," * count)],
    "closing braces in one frame": lambda count: [added(0, **function(0)), arguments(0, '{"a":1' + "}" * count)],
    "objects in one frame": lambda count: [added(0, **function(0)), arguments(0, "{}" * count)],
    "equal objects in one frame": lambda count: [added(0, **function(0)), arguments(0, '{"a":1}' * count)],
    "custom input": each(
        lambda at: event("custom_tool_call_input.delta", output_index=0, item_id="f0", delta="x}"),
        first=(added(0, type="custom_tool_call", id="f0", call_id="c0", name="f"),),
    ),
    "parts": each(lambda at: part("added", at), lambda at: text(0, "a", at), lambda at: part("done", at, "a")),
    "parts that stay open": each(lambda at: part("added", at, "a")),
    "parts in one frame": lambda count: [done(0, **message(0, *["a"] * count))],
    "parts that begin in one frame": lambda count: [added(0, **message(0, *["a"] * count))],
    "parts, and again in one frame": lambda count: [
        *each(lambda at: part("added", at, "a"))(count),
        done(0, **message(0, *["a"] * count)),
    ],
    "parts, and others in one frame": lambda count: [
        *each(lambda at: part("added", at, "a"))(count),
        done(0, **message(0, *["b"] * count)),
    ],
    "refusals and texts in turn": each(
        lambda at: event("refusal.delta", output_index=0, item_id="m0", content_index=0, delta="a"),
        lambda at: text(0, "a", 1),
    ),
    "summaries": each(
        lambda at: summary("reasoning_summary_part.added", at, part={"type": "summary_text"}),
        lambda at: summary("reasoning_summary_text.delta", at, delta="a"),
        lambda at: summary("reasoning_summary_text.done", at, text="a"),
    ),
    "summaries without text": each(lambda at: summary("reasoning_summary_text.done", at, text="")),
    "summaries in turn": parts_in_turn,
    "commands": each(
        lambda at: event("shell_call_command.delta", output_index=0, item_id="s", command_index=at, delta="a")
    ),
    "outputs": each(
        lambda at: event(
            "shell_call_output_content.delta", output_index=0, item_id="s", command_index=at, delta={"stdout": "a"}
        )
    ),
    "citations": each(
        lambda at: event(
            "output_text.annotation.added",
            output_index=0,
            item_id="m0",
            content_index=0,
            annotation_index=at,
            annotation=citation(at),
        )
    ),
    "citations of a part": lambda count: [
        event(
            "content_part.done",
            output_index=0,
            item_id="m0",
            content_index=0,
            part={"type": "output_text", "text": "a", "annotations": [citation(at) for at in range(count)]},
        )
    ],
    "short parts beside a long text": after_text(lambda at: part("added", 0, "x")),
    "other parts beside a long text": after_text(lambda at: part("added", 0, "y")),
    "short wholes of a long text": after_text(lambda at: LONE_TEXT),
    "other wholes of a long text": after_text(lambda at: OTHER_TEXT),
    "wholes of a long text in turn": after_text(lambda at: LONE_TEXT, lambda at: OTHER_TEXT),
    "items beside a long text": after_text(lambda at: added(0, **message(0, "x"))),
    "items done with a short text": after_text(lambda at: done(0, **message(0, "x"))),
    "items done with another text": after_text(lambda at: done(0, **message(0, "y"))),
    "items done without address": after_text(lambda at: done(None, type="message", content=message(0, "x")["content"])),
    "items done with two texts": after_text(lambda at: done(0, **message(0, "x", "y"))),
    "ends with a short text": after_text(
        lambda at: event("completed", response={"status": "completed", "output": [message(0, "x")]})
    ),
    "late text": after_text(lambda at: text(0, "y"), over=True),
    "late text, and done again": after_text(
        lambda at: text(0, "y"), lambda at: done(0, type="message", id="m0"), over=True
    ),
    "late text that repeats, and done again": after_text(
        lambda at: text(0, "x"), lambda at: done(0, type="message", id="m0"), over=True
    ),
    "halves beside a long text": after_text(lambda at: text(0, "\ud83d"), lambda at: LONE_TEXT),
    "parts in turn beside a long text": after_text(lambda at: text(0, "x"), lambda at: part("added", 1 + at)),
    "short wholes of long arguments": after_arguments(
        lambda at: event("function_call_arguments.done", output_index=0, item_id="f0", arguments='{"a')
    ),
    "other wholes of long arguments": after_arguments(
        lambda at: event("function_call_arguments.done", output_index=0, item_id="f0", arguments="{}")
    ),
    "wholes of long arguments in turn": after_arguments(
        lambda at: event("function_call_arguments.done", output_index=0, item_id="f0", arguments="{}"),
        lambda at: event("function_call_arguments.done", output_index=0, item_id="f0", arguments='{"a'),
    ),
    "calls beside long arguments": after_arguments(lambda at: added(0, **function(0, arguments='{"a'))),
    "calls done with short arguments": after_arguments(lambda at: done(0, **function(0, arguments='{"a'))),
    "calls done with other arguments": after_arguments(lambda at: done(0, **function(0, arguments="{}"))),
    "calls done with one and another": after_arguments(
        lambda at: done(0, **function(0, arguments="{}")), lambda at: done(0, **function(0, arguments='{"a'))
    ),
    "calls done again without arguments": after_arguments(
        lambda at: done(0, type="function_call", id="f0", call_id="c0"), over=True
    ),
    "calls that begin again without arguments": after_arguments(
        lambda at: added(0, type="function_call", id="f0", call_id="c0")
    ),
    "late arguments": after_arguments(lambda at: arguments(0, "x"), over=True),
    "answers": answers,
    "answers that begin": each(lambda at: event("created", response={"id": f"r{at}"})),
    "ends": ended_again,
    "a list from the end": listed_under(lambda at: f"m{at}", last=-1),
    "a list under new ids": listed_under(lambda at: f"n{at}"),
    "a list under new ids from the end": listed_under(lambda at: f"n{at}", last=-1),
    "a list under new ids with other texts": listed_under(lambda at: f"n{at}", said="b"),
    "short lists of a response that goes on": lambda count: [
        *each(lambda at: added(at, **message(at, "a")))(count // 2),
        *[event("in_progress", response={"id": "r", "output": [message(0, "b")]})] * (count // 2),
    ],
    "pieces without address behind calls that are done": behind_done_ones(
        lambda at: event("function_call_arguments.delta", delta="x")
    ),
    "pieces by an unknown id behind calls that are done": behind_done_ones(
        lambda at: event("function_call_arguments.delta", item_id="zz", delta="x")
    ),
    "ends of a part with a large citation": after_a_large_citation,
    "nameless calls that are done again": lambda count: [
        added(0, **function(0)),
        arguments(0, "x" * (LONG * count)),
        *[done(1, **{**function(1, arguments="x" * LONG), "call_id": "c0", "name": ""})] * count,
    ],
    "orphans of calls without names": lambda count: [
        *each(lambda at: added(at, **function(at)))(count // 2),
        *each(lambda at: event("function_call_arguments.delta", item_id=f"z{at}", delta='{"a":1}'))(count // 2),
        event("completed", response={"id": "r", "output": []}),
    ],
    "a list of another type": lambda count: [
        *each(lambda at: added(at, **message(at, "a")))(count),
        event("completed", response={"id": "r", "output": [function(at, id=f"n{at}") for at in range(count)]}),
    ],
    "unread members of events": each(lambda at: {**text(0), f"k{at}": at}),
    "unread events": each(lambda at: event(f"k{at}.sent", delta="a")),
    "unread members of responses": each(lambda at: event("in_progress", response={"id": "r", f"k{at}": at})),
    "unread parts": each(
        lambda at: event("content_part.added", output_index=0, item_id="m0", part={"type": "x", f"k{at}": at})
    ),
    "numbers with gaps": numbered(lambda at, count: 2 * at),
    "numbers far apart": numbered(lambda at, count: 64 * at),
    "numbers backwards": numbered(lambda at, count: 2 * (count - at)),
    "numbers far apart, backwards": numbered(lambda at, count: 64 * (count - at)),
}
"""By what comes over and over."""
