"""What a person sees of a fold: each run under its label, text as it comes, calls on one line, a summary at the end."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from ...reducer.doubts import Doubted
from ...reducer.messages import (
    AnnotationMessage,
    ApprovalRequestMessage,
    AssistantMessage,
    HiddenReasoningMessage,
    Message,
    ReasoningMessage,
    RefusalMessage,
    ServerToolMessage,
    StopReason,
    ToolCallClosed,
    ToolCallDelta,
    ToolCallMessage,
)
from ...reducer.result import Result, ToolCall
from ...reducer.usage import Usage
from ...reducer.values.json_values import Json, as_object, as_text
from ..json_text import dumps
from ..visible import on_one_line
from .hanging_text import ENDLESS, MARGIN, HangingText

_LABELS = {
    "reasoning_message": ("reasoning", "magenta"),
    "hidden_reasoning_message": ("reasoning", "magenta"),
    "assistant_message": ("assistant", "green"),
    "refusal_message": ("refusal", "red"),
    "tool_call_message": ("tool call", "cyan"),
    "approval_request_message": ("approval", "yellow"),
    "server_tool_message": ("server tool", "blue"),
    "annotation_message": ("citation", "blue"),
    "stop_reason": ("stop", "red"),
}
_OUTCOMES = {"completed": "green", "truncated": "yellow", "cancelled": "yellow", "failed": "red", "open": "yellow"}
_NARROWEST = 20  # of the column of text, on however narrow a terminal
_LONGEST_ARGUMENTS = 2000


class Terminal:
    """Shows messages on standard output, in colours and wrapped where it is a terminal."""

    def __init__(self, message_id: str, console: Console | None = None) -> None:
        self._console = console or _Console()
        width = max(self._console.width - MARGIN, _NARROWEST) if self._console.is_terminal else ENDLESS
        self._column = HangingText(self._write, width)
        self._message_id = message_id
        self._run = ""
        self._runs = 0
        self._names: dict[str, str] = {}  # of the tool calls
        self._calls: dict[str, tuple[str, list[str]]] = {}  # message type and arguments of those not shown yet
        self._tool: tuple[str, str | None, bool] | None = None  # what of a server tool is on the line: text or stages
        self._stage = ""

    def show(self, message: Message) -> None:
        """Show one message."""
        if isinstance(message, ToolCallClosed):
            self._closed(message)
            return
        label, colour = _LABELS[message.message_type]
        is_call = isinstance(message, (ToolCallMessage, ApprovalRequestMessage))
        if message.message_type != self._run:
            if not (is_call and self._calls):  # calls of both types may come interleaved
                self._leave_run()
            self._run = message.message_type
            self._runs += not isinstance(message, StopReason)
            if not is_call:
                self._column.label(label, f"bold {colour}")
        if isinstance(message, AssistantMessage):
            self._column.feed(message.content)
        elif isinstance(message, ReasoningMessage):
            self._column.feed(message.reasoning, "dim italic")
        elif isinstance(message, RefusalMessage):
            self._column.feed(message.refusal, colour)
        elif isinstance(message, (ToolCallMessage, ApprovalRequestMessage)):
            self._call(message.message_type, message.tool_call)
        elif isinstance(message, HiddenReasoningMessage):
            self._column.feed("(not shown by the provider)", "dim italic")
        elif isinstance(message, ServerToolMessage):
            self._server_tool(message)
        elif isinstance(message, AnnotationMessage):
            self._column.next_line()
            self._column.feed(_cited(message.annotation))
        else:
            self._column.feed(": ".join(filter(None, (message.stop_reason, message.detail))), colour)

    def conclude(self, result: Result) -> None:
        """Show what the stream came to."""
        self._leave_run()
        self._write("─" * min(self._console.width, 72) + "\n", "dim")
        why = result.finish_reason if result.finish_reason != result.outcome else None
        outcome = f"{result.outcome} ({why})" if why else result.outcome
        self._summary("outcome", outcome, f"bold {_OUTCOMES[result.outcome]}")
        if result.error is not None:
            self._summary("error", result.error.message, "red")
        self._summary("model", ", ".join(filter(None, (result.model, result.provider_id))) or "not named")
        self._summary("usage", _usage(result.usage))
        for call in result.tool_calls:
            self._summary("call", *_state_of(call))
        kept = [note.detail for note in result.diagnostics if note.kind == "kept"]
        if kept:
            self._summary("kept", ", ".join(kept), "dim")
        for note in result.diagnostics:
            if note.kind == "kept":
                continue
            where = f"{note.where}: " if note.where else ""
            self._summary(note.kind, where + note.detail + (f" (×{note.count})" if note.count > 1 else ""), "yellow")
        folded = f"{_plural(result.chunks, 'chunk')} into {_plural(self._runs, 'run')} of {self._message_id}"
        self._summary("folded", folded, "dim")

    def _leave_run(self) -> None:
        above = ""
        for call_id, (message_type, arguments) in self._calls.items():
            label, colour = _LABELS[message_type]
            self._column.label("" if label == above else label, f"bold {colour}")
            self._column.feed(_on_one_line(self._names[call_id]), "bold")
            self._column.feed("  " + _on_one_line("".join(arguments)))
            self._column.feed("  " + _on_one_line(call_id), "dim")
            self._column.end()
            above = label
        if self._run and not self._calls:
            self._column.end()
        self._calls = {}
        self._tool = None

    def _call(self, message_type: str, delta: ToolCallDelta) -> None:
        # The pieces of several calls may come interleaved, so calls are shown when something else comes.
        self._names[delta.tool_call_id] = self._names.get(delta.tool_call_id, "") + (delta.name or "")
        self._calls.setdefault(delta.tool_call_id, (message_type, []))[1].append(delta.arguments or "")

    def _closed(self, message: ToolCallClosed) -> None:
        """A call that is not safe to run, and why; of the others, the summary says so."""
        if message.complete:
            return
        self._leave_run()
        self._run = ""
        self._column.label("tool call", "bold yellow")
        name = _on_one_line(self._names.get(message.tool_call_id) or "(no name)")
        self._column.feed(f"{name} is not safe to run: {_why(message.doubts)}", "yellow")
        self._column.feed("  " + _on_one_line(message.tool_call_id), "dim")
        self._column.end()

    def _server_tool(self, message: ServerToolMessage) -> None:
        """A tool and the stages it goes through, on one line; what it is given or gives, under it."""
        is_text = message.status is None and isinstance(message.delta, str)
        stage = message.status or ("" if is_text or message.delta is None else dumps(message.delta))
        tool = (message.tool, message.item_id, is_text)
        if tool != self._tool:
            if not is_text or self._tool is None or self._tool[:2] != tool[:2]:
                self._column.next_line()
                self._column.feed(" ".join(filter(None, (message.tool, message.item_id))), "bold")
            if is_text:
                self._column.next_line()
            self._tool, self._stage = tool, ""
        if is_text:
            self._column.feed(message.delta)
        elif stage and stage != self._stage:
            self._column.feed(f" → {_on_one_line(stage)}" if self._stage else f"  {_on_one_line(stage)}", "dim")
            self._stage = stage

    def _summary(self, label: str, text: str, style: str = "") -> None:
        self._column.label(label, "bold")
        self._column.feed(_on_one_line(text), style)
        self._column.end()

    def _write(self, text: str, style: str) -> None:
        self._console.print(Text(text, style), end="", soft_wrap=True, highlight=False)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise  # rich would exit here; the command knows what to do


def _on_one_line(text: str) -> str:
    return on_one_line(text, _LONGEST_ARGUMENTS)


def _cited(annotation: Json) -> str:
    note = as_object(annotation)
    cited = as_object(note.get("url_citation")) or note
    named = " ".join(filter(None, (as_text(cited.get("title")), as_text(cited.get("url")))))
    return _on_one_line(named or dumps(annotation))


def _usage(usage: Usage) -> str:
    counts = {
        "in": usage.input_tokens,
        "out": usage.output_tokens,
        "cached": usage.cached_tokens,
        "reasoning": usage.reasoning_tokens,
        "in all": usage.total_tokens,
    }
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count is not None)
    return f"{told} ({usage.source})" if told else "not reported"


def _state_of(call: ToolCall) -> tuple[str, str]:
    name = call.name or "(no name)"
    if call.complete:
        return f"{name} is complete: safe to run", "green"
    return f"{name} is not complete: {_why(call.doubts)}", "yellow"


def _why(doubts: Sequence[Doubted]) -> str:
    return _on_one_line("; ".join(f"{doubted.doubt.value}, {doubted.detail}" for doubted in doubts))


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
