"""What is true at the end of a stream (and, so far, at every state before it)."""

from typing import ClassVar, Literal, TypeAlias

from .diagnostics import Diagnostic
from .doubts import Doubted
from .ends import Outcome
from .errors import StreamfoldError
from .stream_error import StreamError
from .usage import Usage
from .values.frozen_value import value
from .values.json_values import EMPTY_OBJECT, FrozenObject, Json


@value
class TextPart:
    """The answer's text, with the citations that belong to it.

    Attributes:
        type: which kind of part this is.
        text: the part's text, joined.
        annotations: the citations, as the provider sent them.
        phase: what the Responses API says this text is for ("commentary", "final_answer"), where it says so.
        is_thoughts: whether it is the thoughts that came inside tool calls' arguments (`inner_thoughts`). They are in
            the calls' arguments as well.
    """

    type: ClassVar[Literal["text"]] = "text"
    text: str = ""
    annotations: tuple[Json, ...] = ()
    phase: str | None = None
    is_thoughts: bool = False


@value
class ReasoningPart:
    """Reasoning that the provider shows as it is.

    Attributes:
        type: which kind of part this is.
        reasoning: its text, joined.
        is_native: whether the model reasons by itself; false where the reasoning came inside a tool call's arguments.
        signature: the provider's signature over it, to be sent back with it, where there is one.
        member: Chat Completions: the member of the wire's delta that it came by, and goes back by:
            "reasoning_content", "reasoning", "reasoning_text", or "reasoning_details" or "thinking_blocks" where it
            came in these alone; "content[].thinking" and "content[].reasoning" where it came as a part of the content,
            of that type. Of several, the first. None where it came as text that was told apart: in tags, or by a flag.
    """

    type: ClassVar[Literal["reasoning"]] = "reasoning"
    reasoning: str = ""
    is_native: bool = True
    signature: str | None = None
    member: str | None = None


@value
class OmittedReasoningPart:
    """The model reasoned, and its provider does not show it.

    Attributes:
        type: which kind of part this is.
    """

    type: ClassVar[Literal["omitted_reasoning"]] = "omitted_reasoning"


@value
class SummaryPart:
    """One part of a reasoning item's summary.

    Attributes:
        index: the part's number, from 0 within the item.
        text: the part's text, joined.
    """

    index: int
    text: str


@value
class SummarizedReasoningPart:
    """A reasoning item of the Responses API.

    Attributes:
        type: which kind of part this is.
        id: the item's id; empty where the provider sent none.
        summary: the parts of its summary, in order.
        encrypted_content: its content as the provider encrypted it, to be sent back, where it was asked for.
    """

    type: ClassVar[Literal["summarized_reasoning"]] = "summarized_reasoning"
    id: str = ""
    summary: tuple[SummaryPart, ...] = ()
    encrypted_content: str | None = None


@value
class RefusalPart:
    """The model's refusal to answer.

    Attributes:
        type: which kind of part this is.
        refusal: its text, joined.
    """

    type: ClassVar[Literal["refusal"]] = "refusal"
    refusal: str = ""


@value
class ServerToolPart:
    """An item of a tool that the provider ran itself.

    Attributes:
        type: which kind of part this is.
        item: the item, as the provider sent it.
    """

    type: ClassVar[Literal["server_tool"]] = "server_tool"
    item: Json = None


ContentPart: TypeAlias = (
    TextPart | ReasoningPart | OmittedReasoningPart | SummarizedReasoningPart | RefusalPart | ServerToolPart
)
"""One part of an answer: everything in it but the caller's tool calls."""


@value
class ToolCall:
    """A call of a tool that is the caller's to run.

    Attributes:
        id: the call's id; one derived from the message id where the provider sent none.
        name: the tool's name; empty where the stream ended before it came.
        arguments: JSON text for a function, raw text for a custom tool.
        doubts: the reasons not to run it, each with a detail; a caller may have a policy of its own about them.
        kind: which of the two APIs' kinds of tool this is.
        closed: whether the wire said that the call was over and whole.
        aliases: other ids that the provider sent for this same call.
        extras: what else the provider sent along with the call and may want back (`extra_content`, `namespace`, …).
        needs_approval: whether a person has to approve of it first, by the configuration's `requires_approval_tools`.
    """

    id: str
    name: str
    arguments: str
    doubts: tuple[Doubted, ...] = ()
    kind: Literal["function", "custom"] = "function"
    closed: bool = False
    aliases: tuple[str, ...] = ()
    extras: FrozenObject = EMPTY_OBJECT
    needs_approval: bool = False

    @property
    def complete(self) -> bool:
        """Safe to run: there is no doubt. Never true before the wire has said that the call is over."""
        return not self.doubts


@value
class OutputItem:
    """One item of the answer.

    Attributes:
        kind: Responses: the item's type, as the wire names it. Chat Completions: "reasoning", "message",
            "function_call" or "custom_tool_call" for a tool call, else the type of a tool that the provider ran.
        id: the item's id; empty where the provider sent none. A tool call has its own id in `call`.
        done: whether the wire said that nothing more comes for it.
        parts: what it says; empty for a tool call.
        call: the tool call that it is.
        item: the item as the provider sent it last; empty for Chat Completions, which has no items.
        extras: what no fold reads of the events about it (log probabilities, …); empty for Chat Completions.
    """

    kind: str
    id: str = ""
    done: bool = False
    parts: tuple[ContentPart, ...] = ()
    call: ToolCall | None = None
    item: FrozenObject = EMPTY_OBJECT
    extras: FrozenObject = EMPTY_OBJECT


@value
class Result:
    """What a stream came to.

    Attributes:
        output: the items of the answer. Responses: in the wire's own order and boundaries, after an item for the
            reasoning that the model hides, if it does. Chat Completions: one item of reasoning, one message, the tools
            that the provider ran, and the tool calls by first sight.
        usage: token counts, as far as the provider reported them.
        model: the model that answered, as the provider names it.
        provider_id: the provider's id of the answer.
        finish_reason: Chat Completions: the provider's word, the first meaningful one. Responses: the status, or the
            reason where it is incomplete. None where the wire never said.
        finish_reasons: every one that came, in order; an immediate repetition counts once.
        outcome: how the stream ended; "open" as long as it has not.
        error: what went wrong, where something did.
        chunks: how many chunks were folded.
        diagnostics: what the fold ignored, mended or could not read.
        reasoning_details: structured reasoning as OpenRouter sends it, its fragments put together, to be sent back.
        extras: what else the provider sent about the whole answer, by its names. Chat Completions: what the choice has
            is under `choice`, what its delta has under `delta` in that. Responses: what the response has; events of
            unknown kinds are under `events`, by their types.
    """

    output: tuple[OutputItem, ...] = ()
    usage: Usage = Usage()
    model: str | None = None
    provider_id: str | None = None
    finish_reason: str | None = None
    finish_reasons: tuple[str, ...] = ()
    outcome: Outcome = "open"
    error: StreamError | None = None
    chunks: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    reasoning_details: tuple[FrozenObject, ...] = ()
    extras: FrozenObject = EMPTY_OBJECT

    @property
    def content(self) -> tuple[ContentPart, ...]:
        """The parts of the answer, in order."""
        return tuple([part for item in self.output for part in item.parts])

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The caller's tools to run, in order; look at `complete` first."""
        return tuple([item.call for item in self.output if item.call is not None])

    @property
    def text(self) -> str:
        """All text parts, joined."""
        return "".join(part.text for part in self.content if isinstance(part, TextPart))

    @property
    def reasoning(self) -> str:
        """All reasoning, joined; the parts of summaries set off by blank lines."""
        said: list[str] = []
        for part in self.content:
            if isinstance(part, ReasoningPart):
                said.append(part.reasoning)
            elif isinstance(part, SummarizedReasoningPart):
                said.append("\n\n".join(piece.text for piece in part.summary))
        return "".join(said)

    @property
    def refusal(self) -> str:
        """All refusal parts, joined."""
        return "".join(part.refusal for part in self.content if isinstance(part, RefusalPart))

    @property
    def thoughts(self) -> str:
        """The thoughts that came inside tool calls' arguments, joined; empty on other wires than `inner_thoughts`."""
        return "".join(part.text for part in self.content if isinstance(part, TextPart) and part.is_thoughts)

    @property
    def nothing_said(self) -> bool:
        """Whether nothing of the answer has come: no text, reasoning, refusal, tool call or tool that the provider ran.

        That reasoning is hidden says nothing, and what no fold reads is not looked at. So a request may be sent once
        more, and no client sees anything twice.
        """
        return not any(item.call is not None or any(map(_says_something, item.parts)) for item in self.output)

    @property
    def is_empty(self) -> bool:
        """Whether the stream is over without an answer: no text, refusal, tool call or tool that the provider ran.

        Reasoning alone is no answer; nor are images and audio looked at, which no fold reads. A stream that may go on
        is not empty yet.
        """
        if self.outcome == "open" or self.tool_calls:
            return False
        return not any(isinstance(part, _ANSWERS) and _says_something(part) for part in self.content)

    def raise_for_error(self) -> None:
        """Raise if the stream failed, for callers that would rather catch than look at `outcome`.

        Whatever else was true of the answer is in the exception's `result`: a failure may come after half of it.

        Raises:
            StreamFailed: if the outcome is "failed".
        """
        if self.outcome == "failed":
            raise StreamFailed(self.error or StreamError("the stream failed"), self)


_ANSWERS = (TextPart, RefusalPart, ServerToolPart)


def _says_something(part: ContentPart) -> bool:
    """Whether a part has anything but its place."""
    if isinstance(part, TextPart):
        return bool(part.text)
    if isinstance(part, ReasoningPart):
        return bool(part.reasoning)
    if isinstance(part, SummarizedReasoningPart):
        return bool(part.summary or part.encrypted_content)
    if isinstance(part, RefusalPart):
        return bool(part.refusal)
    return isinstance(part, ServerToolPart)


class StreamFailed(StreamfoldError, RuntimeError):
    """A stream failed: the provider said so in it, its connection raised, or it passed a limit.

    Only `Result.raise_for_error` raises it. What helps depends on the error's `category`.

    Attributes:
        error: what went wrong.
        result: what the stream came to all the same.
    """

    def __init__(self, error: StreamError, result: Result) -> None:
        kind = "" if error.category == "unknown" else f"{error.category}: "
        super().__init__(f"{kind}{error.message}")
        self.error = error
        self.result = result

    def __reduce__(self) -> tuple[type["StreamFailed"], tuple[StreamError, Result]]:
        return type(self), (self.error, self.result)
