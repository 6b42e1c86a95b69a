"""A stream's messages as a short text to keep beside it, and how two such texts differ, for a person to read.

Runs are told by the order in which their otids come, not by the otids: two texts are the same where two streams of
messages are, whatever the ids of their messages. Pieces of one run, or of one tool call in it, are joined.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, TypeAlias

from attrs import frozen

from ...reducer.messages import Message
from ...reducer.result import Result
from ..errors import Unexpected
from ..json_text import dumps
from ..protocols.letta import to_json
from ..visible import on_one_line, visible

__all__ = ["Expectations", "differences", "written"]

MessageOrJson: TypeAlias = "Message | Mapping[str, Any]"
"""A message, or its JSON as Letta's client reads it."""

_TEXTS = {
    "assistant_message": "content",
    "reasoning_message": "reasoning",
    "refusal_message": "refusal",
}
_CALLS = ("tool_call_message", "approval_request_message")
_IDS = frozenset({"message_type", "id", "otid", "run_id", "step_id", "date", "seq_id", "sender_id", "tool_calls"})
_USUAL = {"source": "reasoner_model"}  # not worth a word
_AROUND = 2  # lines of what is the same, shown around a difference
_WIDEST = 400  # characters of one line
_LONG = 160  # beyond that, a line is shown around what differs in it
_COLOURS = {"-": "31", "+": "32"}
_NEAR = 40  # of what is the same in a line, shown around the part that is not


@frozen
class Expectations:
    """What a test's messages are expected to be, in files.

    Attributes:
        folder: where the files are.
        name: what their names begin with.
        update: whether to accept what is found.
        how: what a person does to accept it, in words.
        colour: whether differences are marked for a terminal.
    """

    folder: Path
    name: str
    update: bool = False
    how: str = "accept it"
    colour: bool = False

    def compare(self, found: str, name: str = "") -> None:
        """Compare a text that `written` made with what is expected.

        Args:
            found: the text.
            name: which one, where a test has several.

        Raises:
            Unexpected: if it is another, or none is expected yet.
        """
        __tracebackhide__ = True  # pytest then shows the test's line, not this one
        path = self.folder / f"{'.'.join(filter(None, [self.name, name]))}.messages"
        shown = path.name
        try:
            expected = path.read_text("utf-8")
        except FileNotFoundError:
            expected = None
        if expected == found:
            return
        if self.update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found, "utf-8", newline="\n")
        elif expected is None:
            raise Unexpected(f"nothing is expected yet in {shown}; if this is right, {self.how}:\n\n{visible(found)}")
        else:
            lines = differences(expected, found, self.colour)
            what = f"the messages are not what is expected (-) in {shown}"
            raise Unexpected("\n".join([f"{what}; if what came (+) is right, {self.how}:", "", *lines, ""]))


def written(messages: Iterable[MessageOrJson], result: Result | None = None) -> str:
    """Messages as text: a heading for each run, and under it the run's text.

    Args:
        messages: a fold's messages, or the JSON that an application sent for them.
        result: what they came to, where that is to be kept as well.
    """
    lines: list[str] = []
    for run in _runs(messages):
        lines += run
    if result is not None:
        lines += _of_result(result)
    return "".join(f"{line}\n" for line in lines)


def differences(expected: str, found: str, colour: bool = False) -> list[str]:
    """What differs, run by run: of a run that is in both the lines that do, and runs that are in one only, whole.

    Args:
        expected: a text that `written` made.
        found: another.
        colour: whether to mark the lines for a terminal.
    """
    before, now = _blocks(expected), _blocks(found)
    matcher = SequenceMatcher(None, [run[0] for run in before], [run[0] for run in now], autojunk=False)
    shown: list[str] = []
    same = 0
    for kind, start, stop, begin, end in matcher.get_opcodes():
        if kind == "equal":
            for old, new in zip(before[start:stop], now[begin:end], strict=True):
                if old == new:
                    same += 1
                    continue
                shown += [*_left_out(same, "run"), f"  {old[0]}", *_within(old[1:], new[1:], colour)]
                same = 0
            continue
        shown += _left_out(same, "run")
        same = 0
        shown += [_line("-", line, colour) for run in before[start:stop] for line in run]
        shown += [_line("+", line, colour) for run in now[begin:end] for line in run]
    return shown + _left_out(same, "run")


def _runs(messages: Iterable[MessageOrJson]) -> Iterator[list[str]]:
    numbers: dict[object, int] = {}
    lane: dict[str, _Piece] = {}
    run: tuple[object, object] | None = None
    for message in messages:
        shown = message if isinstance(message, Mapping) else to_json(message)
        if shown is None:
            continue
        members = dict(shown)
        kind, otid = members.get("message_type"), members.get("otid")
        if (kind, otid) != run:
            yield from (piece.lines() for piece in lane.values())
            lane, run = {}, (kind, otid)
        number = "" if otid is None else str(numbers.setdefault(otid, len(numbers) + 1))
        if kind in _TEXTS:
            lane.setdefault("", _Piece(number, str(kind))).add(members.pop(_TEXTS[kind], None), members)
        elif kind in _CALLS:
            call = members.pop("tool_call", None) or {}
            name = str(call.get("tool_call_id"))
            lane.setdefault(name, _Piece(number, str(kind), name)).add(call.get("arguments"), members, call.get("name"))
        else:
            rest = {name: value for name, value in members.items() if name not in _IDS}
            lane.setdefault("", _Piece(number, str(kind))).row(rest)
    yield from (piece.lines() for piece in lane.values())


class _Piece:
    """A run, or a call in one, as it is put together."""

    def __init__(self, number: str, kind: str, call: str = "") -> None:
        self._heading = [_heading(number, kind), *filter(None, [call])]
        self._name = ""
        self._texts: list[str] = []
        self._rows: list[str] = []
        self._more: dict[str, str] = {}

    def add(self, text: object, members: Mapping[str, Any], name: str | None = None) -> None:
        self._name += name or ""
        if text is not None:
            self._texts.append(text if isinstance(text, str) else dumps(text))
        for member, value in members.items():
            if member not in _IDS and _USUAL.get(member) != value:
                self._more[member] = self._more.get(member, "") + str(value) if member == "signature" else str(value)

    def row(self, members: Mapping[str, Any]) -> None:
        if members:
            self._rows.append(f"    {dumps(members)}")

    def lines(self) -> list[str]:
        heading = " ".join([*self._heading, *filter(None, [self._name]), *(f"{k}={v}" for k, v in self._more.items())])
        text = "".join(self._texts)
        return [visible(heading, "\t"), *(_text_line(line) for line in text.split("\n") if text), *self._rows]


def _text_line(line: str) -> str:
    """A line of a run's text; a sign shows where it ends, if that could not be seen."""
    line = visible(line, "\t")
    if not line:
        return "    |"
    return f"    | {line}¶" if line[-1].isspace() or line[-1] == "¶" else f"    | {line}"


def _heading(number: str, kind: str) -> str:
    return f"[{number}] {kind}" if number else f"[-] {kind}"


def _of_result(result: Result) -> list[str]:
    outcome = [result.outcome, f"finish_reason={result.finish_reason}"]
    counts = {"input": result.usage.input_tokens, "output": result.usage.output_tokens}
    outcome += [f"{name}_tokens={count}" for name, count in counts.items() if count is not None]
    lines = ["[=] result", f"    {visible(' '.join(outcome), '')}"]
    if result.error is not None:
        lines.append(f"    error: {on_one_line(' '.join(result.error.message.split()))}")
    complete = {True: "complete", False: "not complete"}
    lines += [f"    {visible(f'{call.id} {call.name}', '')} is {complete[call.complete]}" for call in result.tool_calls]
    for note in filter(lambda note: note.kind != "kept", result.diagnostics):  # providers add members as they like
        where = f"{note.where}: " if note.where else ""
        lines.append(f"    {note.kind}: {where}{on_one_line(note.detail)} ×{note.count}")
    return lines


def _blocks(text: str) -> list[list[str]]:
    """The runs of a text, each a heading and its lines."""
    found: list[list[str]] = []
    for line in text.splitlines():
        line = visible(line, "\t")  # what is expected is a file, which anybody may have written
        if line.startswith("[") or not found:
            found.append([])
        found[-1].append(line)
    return found


def _within(old: list[str], new: list[str], colour: bool) -> list[str]:
    """How the lines of one run differ."""
    shown: list[str] = []
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for number, (kind, start, stop, begin, end) in enumerate(opcodes):
        if kind == "equal":
            lines = old[start:stop]
            head = lines[:_AROUND] if number else []
            tail = lines[len(head) :][-_AROUND:] if number < len(opcodes) - 1 else []
            shown += [f"  {_short(line)}" for line in head]
            shown += _left_out(len(lines) - len(head) - len(tail), "line")
            shown += [f"  {_short(line)}" for line in tail]
            continue
        gone, come = old[start:stop], new[begin:end]
        for was, now in zip(gone, come, strict=False):
            shown += _pair(was, now, colour)
        both = min(len(gone), len(come))
        shown += [_line("-", line, colour) for line in gone[both:]]
        shown += [_line("+", line, colour) for line in come[both:]]
    return shown


def _left_out(count: int, what: str) -> list[str]:
    return [f"  … {count} {what}{'' if count == 1 else 's'} the same"] if count else []


def _pair(old: str, new: str, colour: bool) -> list[str]:
    """A line and what became of it, with the part marked that is not the same."""
    least = min(len(old), len(new))
    head = next((at for at in range(least) if old[at] != new[at]), least)
    tail = next((at for at in range(least - head) if old[-1 - at] != new[-1 - at]), least - head)
    return [_line(sign, text, colour, head, len(text) - tail) for sign, text in (("-", old), ("+", new))]


def _line(sign: str, text: str, colour: bool, begin: int = 0, end: int | None = None) -> str:
    """A line of one side; a long one around the part from `begin` to `end`."""
    end = len(text) if end is None else end
    before, part, after = text[:begin], _short(text[begin:end]), text[end:]
    if len(text) > _LONG:
        before = before if len(before) <= _NEAR else f"… {before[-_NEAR:]}"
        after = after if len(after) <= _NEAR else f"{after[:_NEAR]} …"
    if not colour:
        return f"{sign} {before}{part}{after}"
    if part and part != text:
        part = f"\x1b[7m{part}\x1b[27m"
    return f"\x1b[{_COLOURS[sign]}m{sign} {before}{part}{after}\x1b[0m"


def _short(line: str) -> str:
    return line if len(line) <= _WIDEST else f"{line[:_WIDEST]} … {len(line) - _WIDEST} characters more"
