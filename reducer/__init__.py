"""The pure core: fold a stream of chunks into typed, otid-indexed messages.

Each of `chat`, `inner_thoughts` and `responses` is a `Machine`: `start`, `step`, `finish` and `result` over immutable
states. Nothing here reads a clock, draws a random number, or touches the world.

Modules in this package are internal; import the names below from here. A machine is imported when it is first asked
for, so that a program does not wait for those that it does not use.
"""

from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from . import chat, inner_thoughts, responses

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


def __getattr__(name: str) -> Any:
    """A machine, which its import puts into this namespace.

    Raises:
        AttributeError: if there is no such name.
    """
    # Not `from . import chat`, which asks here.
    if name == "chat":
        from .chat import __name__ as path
    elif name == "inner_thoughts":
        from .inner_thoughts import __name__ as path
    elif name == "responses":
        from .responses import __name__ as path
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals()[path.rpartition(".")[2]]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
