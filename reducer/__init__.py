"""The pure core: fold a stream of chunks into typed, otid-indexed messages.

Each of `chat`, `inner_thoughts` and `responses` is a `Machine`: `start`, `step`, `finish` and `result` over immutable
states. Nothing here reads a clock, draws a random number, or touches the world.

Modules in this package are internal; import the names below from here.
"""

from . import chat, inner_thoughts, responses
from .diagnostics import Diagnostic
from .doubts import Doubt, Doubted
from .ends import Cancelled, Done, End, Ended, Failed, Outcome, Undecodable
from .errors import StreamfoldError
from .limits import Limits
from .machine import AnyMachine, Machine, fold
from .messages import (
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
from .otid import otid
from .result import (
    ContentPart,
    OmittedReasoningPart,
    OutputItem,
    ReasoningPart,
    RefusalPart,
    Result,
    ServerToolPart,
    StreamFailed,
    SummarizedReasoningPart,
    SummaryPart,
    TextPart,
    ToolCall,
)
from .stream_error import StreamError
from .usage import Usage

__all__ = [
    "AnnotationMessage",
    "AnyMachine",
    "ApprovalRequestMessage",
    "AssistantMessage",
    "Cancelled",
    "ContentPart",
    "Diagnostic",
    "Done",
    "Doubt",
    "Doubted",
    "End",
    "Ended",
    "Failed",
    "HiddenReasoningMessage",
    "Limits",
    "Machine",
    "Message",
    "OmittedReasoningPart",
    "Outcome",
    "OutputItem",
    "ReasoningMessage",
    "ReasoningPart",
    "RefusalMessage",
    "RefusalPart",
    "Result",
    "ServerToolMessage",
    "ServerToolPart",
    "StopReason",
    "StreamError",
    "StreamFailed",
    "StreamfoldError",
    "SummarizedReasoningPart",
    "SummaryPart",
    "TextPart",
    "ToolCall",
    "ToolCallClosed",
    "ToolCallDelta",
    "ToolCallMessage",
    "Undecodable",
    "Usage",
    "chat",
    "fold",
    "inner_thoughts",
    "otid",
    "responses",
]
