"""The output: a closed union of messages, each a small frozen value.

Every message has the ids of its run. There is no date: a clock is I/O, and adapters stamp.
"""

from typing import ClassVar, Literal, TypeAlias

from .doubts import Doubted
from .values.frozen_value import value
from .values.json_values import Json


@value
class _Base:
    """What every message has.

    Attributes:
        message_type: the message's type, as a client reads it.
        id: the stream's message id; of an approval request, the approval id.
        otid: the id of the run that this belongs to: messages that share it are pieces of one whole.
        run_id: the agent server's id of the run, from the configuration.
        step_id: the agent server's id of the step, from the configuration.
    """

    id: str
    otid: str
    run_id: str | None
    step_id: str | None


@value
class ReasoningMessage(_Base):
    """A piece of the model's reasoning.

    Attributes:
        reasoning: the piece of text.
        source: "reasoner_model" where the model reasons natively, "non_reasoner_model" where the reasoning came as a
            member of a tool call's arguments.
        signature: the provider's signature over the reasoning, where it sends one along with this piece.
    """

    message_type: ClassVar[Literal["reasoning_message"]] = "reasoning_message"
    reasoning: str
    source: Literal["reasoner_model", "non_reasoner_model"] = "reasoner_model"
    signature: str | None = None


@value
class HiddenReasoningMessage(_Base):
    """The model reasons, and its provider does not show the reasoning.

    Attributes:
        state: always the same; Letta's clients know it.
    """

    message_type: ClassVar[Literal["hidden_reasoning_message"]] = "hidden_reasoning_message"
    state: Literal["omitted"] = "omitted"


@value
class AssistantMessage(_Base):
    """A piece of the answer's text.

    Attributes:
        content: the piece of text.
        phase: what the Responses API says this text is for ("commentary", "final_answer"), where it says so.
    """

    message_type: ClassVar[Literal["assistant_message"]] = "assistant_message"
    content: str
    phase: str | None = None


@value
class RefusalMessage(_Base):
    """A piece of the model's refusal to answer.

    Attributes:
        refusal: the piece of text.
    """

    message_type: ClassVar[Literal["refusal_message"]] = "refusal_message"
    refusal: str


@value
class ToolCallDelta:
    """What one message adds to a tool call: its name (once), a piece of its arguments, or both.

    Attributes:
        name: the tool's name, in the call's first message; None in the others.
        arguments: the piece of the arguments' text; None where this message only names the tool.
        tool_call_id: which call it adds to; one derived from the message id where the provider sent none.
    """

    name: str | None
    arguments: str | None
    tool_call_id: str


@value
class ToolCallMessage(_Base):
    """A piece of a tool call.

    Attributes:
        tool_call: what it adds to the call.
    """

    message_type: ClassVar[Literal["tool_call_message"]] = "tool_call_message"
    tool_call: ToolCallDelta


@value
class ApprovalRequestMessage(_Base):
    """A piece of a call to a tool that must not run before it is approved.

    Its id is the approval id, and so is its otid, in every run of approval requests.

    Attributes:
        tool_call: what it adds to the call.
    """

    message_type: ClassVar[Literal["approval_request_message"]] = "approval_request_message"
    tool_call: ToolCallDelta


@value
class ServerToolMessage(_Base):
    """The progress of a tool that the provider itself runs (web search, file search, code interpreter, MCP, …).

    Attributes:
        tool: the kind of item, as the wire names it: "web_search_call", "mcp_call", …
        item_id: the item's id, where it has one.
        status: "in_progress", "searching", "completed", …, as the wire names it; None where this message is a delta.
        delta: a piece of what the tool is given or gives (code, arguments, a patch, an image), where the wire
            streams it; a shell call's piece is an object.
        item: the whole item, where the wire sends it.
    """

    message_type: ClassVar[Literal["server_tool_message"]] = "server_tool_message"
    tool: str
    item_id: str | None = None
    status: str | None = None
    delta: Json = None
    item: Json = None


@value
class AnnotationMessage(_Base):
    """A citation or another note on the text.

    Attributes:
        annotation: the note, as the provider sent it.
    """

    message_type: ClassVar[Literal["annotation_message"]] = "annotation_message"
    annotation: Json


@value
class ToolCallClosed:
    """The wire has closed a tool call: nothing more of it is to come, and whether it can be run is known.

    It is said once of a call: in Chat Completions a finish word closes all calls that have come, and so does `[DONE]`;
    in Responses its item's end does, or the end of its response. It belongs to no run, has no otid and takes no index.
    If something else comes of the call after that, `Result.tool_calls` has one more doubt; a call never becomes
    complete without this message.

    Attributes:
        message_type: the message's type; Letta's clients have none like it.
        otid: always None.
        id: the stream's message id.
        run_id: the agent server's id of the run, from the configuration.
        step_id: the agent server's id of the step, from the configuration.
        tool_call_id: which call.
        doubts: the reasons not to run it, each with a detail.
    """

    message_type: ClassVar[Literal["tool_call_closed"]] = "tool_call_closed"
    otid: ClassVar[None] = None
    id: str
    run_id: str | None
    step_id: str | None
    tool_call_id: str
    doubts: tuple[Doubted, ...] = ()

    @property
    def complete(self) -> bool:
        """Safe to run: there is no doubt."""
        return not self.doubts


@value
class StopReason(_Base):
    """The last message of a stream that did not simply end.

    Attributes:
        stop_reason: "cancelled", "error" (the upstream raised), or "llm_api_error" (the provider said so in the
            stream).
        detail: what went wrong, as text, where something did.
    """

    message_type: ClassVar[Literal["stop_reason"]] = "stop_reason"
    stop_reason: Literal["cancelled", "error", "llm_api_error"]
    detail: str | None = None


Message: TypeAlias = (
    ReasoningMessage
    | HiddenReasoningMessage
    | AssistantMessage
    | RefusalMessage
    | ToolCallMessage
    | ApprovalRequestMessage
    | ServerToolMessage
    | AnnotationMessage
    | ToolCallClosed
    | StopReason
)
"""Everything that a fold can emit."""
