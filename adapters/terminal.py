"""What a person sees of a fold: each run under its label, text as it comes, calls on one line, a summary at the end."""

import re

from rich.console import Console
from rich.text import Text

from ..reducer.messages import (
    AnnotationMessage,
    ApprovalRequestMessage,
    AssistantMessage,
    HiddenReasoningMessage,
    Message,
    ReasoningMessage,
    RefusalMessage,
    ServerToolMessage,
    StopReason,
    ToolCallMessage,
)
from ..reducer.opaque import as_object, as_text
from ..reducer.result import Result, ToolCall, Usage

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
_MARGIN = 13
# What a model says must not steer the terminal: control characters are shown as what they are.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST_ARGUMENTS = 2000


class Terminal:
    """Shows messages on standard output, in colours where it is a terminal that has them."""

    def __init__(self, message_id: str) -> None:
        self._console = Console(highlight=False, soft_wrap=True, emoji=False, markup=False)
        self._message_id = message_id
        self._run = ""
        self._runs = 0
        self._calls: dict[str, tuple[str, str]] = {}
        self._fresh = True  # at the beginning of a line, after the margin

    def show(self, message: Message) -> None:
        """Show one message."""
        label, colour = _LABELS[message.message_type]
        if message.message_type != self._run:
            self._leave_run()
            self._run = message.message_type
            self._runs += not isinstance(message, StopReason)
            self._write(f"{label:<{_MARGIN}}", f"bold {colour}")
            self._fresh = True
        if isinstance(message, AssistantMessage):
            self._text(message.content, "")
        elif isinstance(message, ReasoningMessage):
            self._text(message.reasoning, "dim italic")
        elif isinstance(message, RefusalMessage):
            self._text(message.refusal, colour)
        elif isinstance(message, (ToolCallMessage, ApprovalRequestMessage)):
            delta = message.tool_call
            name, arguments = self._calls.get(delta.tool_call_id, ("", ""))
            self._calls[delta.tool_call_id] = (name + (delta.name or ""), arguments + (delta.arguments or ""))
        elif isinstance(message, HiddenReasoningMessage):
            self._line("(not shown by the provider)", "dim italic")
        elif isinstance(message, ServerToolMessage):
            self._server_tool(message)
        elif isinstance(message, AnnotationMessage):
            note = as_object(message.annotation)
            cited = as_object(note.get("url_citation")) or note
            self._line(
                " ".join(filter(None, (as_text(cited.get("title")), as_text(cited.get("url"))))) or str(note), ""
            )
        else:
            self._line(": ".join(filter(None, (message.stop_reason, message.detail))), colour)

    def conclude(self, result: Result) -> None:
        """Show what the stream came to."""
        self._leave_run()
        width = min(self._console.width, 72)
        self._write("─" * width + "\n", "dim")
        why = f" ({result.finish_reason})" if result.finish_reason else ""
        self._summary("outcome", f"{result.outcome}{why}", f"bold {_OUTCOMES[result.outcome]}")
        if result.error is not None:
            self._summary("error", result.error.message, "red")
        self._summary("model", ", ".join(filter(None, (result.model, result.provider_id))) or "not named")
        self._summary("usage", _usage(result.usage))
        for call in result.tool_calls:
            self._summary("call", *_call(call))
        for diagnostic in result.diagnostics:
            times = f" (×{diagnostic.count})" if diagnostic.count > 1 else ""
            self._summary(diagnostic.kind, f"{diagnostic.detail}{times}", "yellow")
        self._summary(
            "folded", f"{_plural(result.chunks, 'chunk')} into {_plural(self._runs, 'run')} of {self._message_id}"
        )

    def _leave_run(self) -> None:
        for call_id, (name, arguments) in self._calls.items():
            shown = arguments if len(arguments) <= _LONGEST_ARGUMENTS else arguments[:_LONGEST_ARGUMENTS] + " …"
            self._indent()
            self._write(f"{name}", "bold")
            self._write(f"  {shown}" if shown else "")
            self._write(f"  {call_id}\n", "dim")
            self._fresh = False
        if self._run and not self._calls:
            self._write("\n")
        self._calls = {}

    def _server_tool(self, message: ServerToolMessage) -> None:
        if isinstance(message.delta, str):
            self._text(message.delta[:_LONGEST_ARGUMENTS], "")
            return
        said = message.status or ("" if message.delta is None else str(message.delta))
        self._line(" ".join(filter(None, (message.tool, said, message.item_id))), "dim")

    def _line(self, text: str, style: str) -> None:
        if not self._fresh:
            self._write("\n")
            self._indent()
        self._text(text, style)

    def _indent(self) -> None:
        if not self._fresh:
            self._write(" " * _MARGIN)
        self._fresh = True

    def _text(self, text: str, style: str) -> None:
        self._write(text.replace("\r\n", "\n").replace("\n", "\n" + " " * _MARGIN), style)
        self._fresh = False

    def _summary(self, label: str, text: str, style: str = "") -> None:
        self._write(f"{label:<{_MARGIN}}", "bold")
        self._write(f"{text}\n", style)

    def _write(self, text: str, style: str = "") -> None:
        shown = _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
        self._console.print(Text(shown, style), end="")


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


def _call(call: ToolCall) -> tuple[str, str]:
    name = call.name or "(no name)"
    if call.complete:
        return f"{name} is complete: safe to run", "green"
    why = "its arguments are not JSON" if call.closed else "it was cut off"
    return f"{name} is not complete: {why}", "yellow"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
