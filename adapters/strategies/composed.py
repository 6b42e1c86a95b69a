"""A stream that was composed, and what it says by construction: what `adapters.strategies.streams` draws."""

from typing import Any, Literal

from attrs import evolve, fields, frozen

from ...reducer.ends import Outcome
from ...reducer.result import Result
from ...reducer.usage import Usage
from ..wire.describe import in_one_line, in_short, quoted
from ..wire.machines import Wire
from .quirks import Quirk

__all__ = ["Call", "Says", "Stream"]

ANSWER_ID = "chatcmpl-1"
"""The id of every answer of Chat Completions that is composed."""
MODEL = "a-model"
"""The model of every answer that is composed."""
USUAL = (ANSWER_ID, MODEL)
"""What is not worth showing of a chunk."""


@frozen(kw_only=True)
class Call:
    """A tool call, as a stream says it.

    Attributes:
        id: None where the provider sent none, so that the fold has to make one up.
        name: the tool's name.
        arguments: as they came: JSON text for a function, raw text for a custom tool.
        complete: whether it is safe to run: the wire said that it was over, and its arguments are JSON.
        kind: which of the two APIs' kinds of tool this is.
        thoughts: the reasoning inside its arguments, decoded; empty on the other wires.
        answer: the answer inside the arguments of a call of the assistant's message tool, decoded; empty on the other
            wires.
    """

    id: str | None
    name: str
    arguments: str
    complete: bool
    kind: Literal["function", "custom"] = "function"
    thoughts: str = ""
    answer: str = ""


@frozen(kw_only=True)
class Says:
    """What a stream says, once it has ended by itself.

    Attributes:
        text: the answer's text, all of it joined.
        refusal: the refusal to answer, all of it joined.
        reasoning: the native reasoning; the parts of a summary are set off by blank lines.
        calls: in the order of the result.
        usage: the counts, without the raw object; None where nothing is reported and the fold was asked to estimate.
        finish_reason: None where the wire never says why it ended.
        outcome: of a stream that ends by itself.
    """

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: tuple[Call, ...] = ()
    usage: Usage | None = Usage()
    finish_reason: str | None = None
    outcome: Outcome = "completed"

    @property
    def thoughts(self) -> str:
        """The reasoning inside the calls' arguments, in the order of the calls."""
        return "".join(call.thoughts for call in self.calls)

    @property
    def answers(self) -> str:
        """The answers inside the calls' arguments, in the order of the calls."""
        return "".join(call.answer for call in self.calls)

    def difference(self, result: Result) -> str | None:
        """The first thing in which a result differs from this, in words; None if nothing does."""
        for name, ours, theirs in (
            ("text", self.thoughts + self.text, result.text),
            ("reasoning", self.reasoning, result.reasoning),
            ("refusal", self.refusal, result.refusal),
            ("number of calls", len(self.calls), len(result.tool_calls)),
            ("finish reason", self.finish_reason, result.finish_reason),
            ("outcome", self.outcome, result.outcome),
            ("usage", self.usage, evolve(result.usage, raw=None) if self.usage is not None else None),
        ):
            if ours != theirs:
                return f"the {name} is {theirs!r}, not {ours!r}"
        for call, made in zip(self.calls, result.tool_calls, strict=True):
            for name in ("id", "name", "arguments", "complete", "kind"):
                if getattr(call, name) not in (getattr(made, name), None):
                    return f"a call's {name} is {getattr(made, name)!r}, not {getattr(call, name)!r}"
        return None

    def __str__(self) -> str:
        calls = (f"call {call.name}({in_one_line(call.arguments)})" for call in self.calls)
        parts = (
            f"thinks {quoted(self.reasoning)}" if self.reasoning else "",
            quoted(self.text) if self.text else "",
            f"refuses {quoted(self.refusal)}" if self.refusal else "",
            *calls,
            f"finish {self.finish_reason}" if self.finish_reason else "",
            "" if self.outcome == "completed" else self.outcome,
        )
        return " | ".join(filter(None, parts)) or "nothing"


@frozen(kw_only=True, repr=False)
class Stream:
    """A stream, and what it says.

    Attributes:
        wire: its name, as `adapters.wire.decoder` has it.
        machine: the module that folds it.
        config: the configuration to fold it with.
        chunks: the machine's chunks, in order.
        says: what they say, by construction and not by folding them.
        quirks: those that it has.
    """

    wire: Wire
    machine: Any
    config: Any
    chunks: tuple[Any, ...]
    says: Says
    quirks: frozenset[Quirk] = frozenset()

    def lines(self) -> list[str]:
        """The stream for a person to read: what it says, then a line for each chunk."""
        numbers = range(1, len(self.chunks) + 1)
        lines = [f"{self.wire}: {self.says}"]
        if self.quirks:
            lines.append("quirks: " + ", ".join(sorted(quirk.name for quirk in self.quirks)))
        shown = (in_short(chunk, USUAL) for chunk in self.chunks)
        lines += [f"{number:3}  {line}" for number, line in zip(numbers, shown, strict=True)]
        changed = _changed(self.config)
        return [*lines, f"config: {changed}"] if changed else lines

    def __repr__(self) -> str:
        return "\n    ".join(["<Stream", *self.lines()]) + ">"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """For Hypothesis, which would show how the stream was drawn."""
        with printer.group(4):
            printer.text("<Stream")
            for line in self.lines():
                printer.break_()
                printer.text(line)
            printer.text(">")


def _changed(config: Any) -> str:
    """A config's values that are not the default, but for the ids, which say nothing about a fold."""
    names = (field for field in fields(type(config)) if field.name not in ("message_id", "run_id", "step_id"))
    told = ((field.name, getattr(config, field.name), field.default) for field in names)
    return ", ".join(f"{name}={value!r}" for name, value, default in told if value != default)
