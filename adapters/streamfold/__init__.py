"""Fold an OpenAI stream into typed, otid-indexed messages.

The pure names are imported with this package; `drive`, `drive_sync`, `decoder`, `read` and `__version__` when they are
first asked for, so that `import streamfold` costs no event loop and no JSON decoder.
Modules in this package are internal; import the names below from here.
"""

from typing import TYPE_CHECKING, Any

from .adapters.errors import StreamfoldError
from .reducer import (
    Cancelled,
    Done,
    End,
    Ended,
    Failed,
    Machine,
    Undecodable,
    chat,
    fold,
    inner_thoughts,
    otid,
    responses,
)
from .reducer.machine import AnyMachine
from .reducer.messages import (
    AnnotationMessage,
    ApprovalRequestMessage,
    AssistantMessage,
    HiddenReasoningMessage,
    Message,
    ReasoningMessage,
    RefusalMessage,
    ServerToolMessage,
    StopReason,
    ToolCallDelta,
    ToolCallMessage,
)
from .reducer.result import (
    ContentPart,
    Diagnostic,
    OmittedReasoningPart,
    Outcome,
    ReasoningPart,
    RefusalPart,
    Result,
    ServerToolPart,
    StreamError,
    SummarizedReasoningPart,
    SummaryPart,
    TextPart,
    ToolCall,
    Usage,
)

if TYPE_CHECKING:
    from .adapters.driver.run import drive
    from .adapters.driver.sync_run import drive_sync
    from .adapters.wire import decoder, read

    __version__: str

__all__ = [
    "AnnotationMessage",
    "AnyMachine",
    "ApprovalRequestMessage",
    "AssistantMessage",
    "Cancelled",
    "ContentPart",
    "Diagnostic",
    "Done",
    "End",
    "Ended",
    "Failed",
    "HiddenReasoningMessage",
    "Machine",
    "Message",
    "OmittedReasoningPart",
    "Outcome",
    "ReasoningMessage",
    "ReasoningPart",
    "RefusalMessage",
    "RefusalPart",
    "Result",
    "ServerToolMessage",
    "ServerToolPart",
    "StopReason",
    "StreamError",
    "StreamfoldError",
    "SummarizedReasoningPart",
    "SummaryPart",
    "TextPart",
    "ToolCall",
    "ToolCallDelta",
    "ToolCallMessage",
    "Undecodable",
    "Usage",
    "__version__",
    "chat",
    "decoder",
    "drive",
    "drive_sync",
    "fold",
    "inner_thoughts",
    "otid",
    "read",
    "responses",
]

_LAZY = {
    "decoder": "wire",
    "drive": "driver.run",
    "drive_sync": "driver.sync_run",
    "read": "wire",
}


def __getattr__(name: str) -> Any:
    """A name that is imported when it is first asked for.

    Raises:
        AttributeError: if there is no such name.
    """
    value: Any
    if name == "__version__":
        from importlib.metadata import version

        value = version("streamfold")
    elif name in _LAZY:
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.adapters.{_LAZY[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
