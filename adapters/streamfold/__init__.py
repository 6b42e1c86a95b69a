"""Fold an OpenAI stream into typed, otid-indexed messages.

Every name is imported when it is first asked for. So `import streamfold` costs next to nothing, also in the suites
where pytest loads the plugin of this package; the pure names bring attrs, and what waits or decodes brings more.
Modules in this package are internal; import the names below from here.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adapters.driver import drive, drive_sync
    from .adapters.wire import decoder, fold_bytes, read
    from .reducer import (
        AnnotationMessage,
        AnyMachine,
        ApprovalRequestMessage,
        AssistantMessage,
        Cancelled,
        ContentPart,
        Diagnostic,
        Done,
        Doubt,
        Doubted,
        End,
        Ended,
        Failed,
        HiddenReasoningMessage,
        Limits,
        Machine,
        Message,
        OmittedReasoningPart,
        Outcome,
        OutputItem,
        ReasoningMessage,
        ReasoningPart,
        RefusalMessage,
        RefusalPart,
        Result,
        ServerToolMessage,
        ServerToolPart,
        StopReason,
        StreamError,
        StreamFailed,
        StreamfoldError,
        SummarizedReasoningPart,
        SummaryPart,
        TextPart,
        ToolCall,
        ToolCallClosed,
        ToolCallDelta,
        ToolCallMessage,
        Undecodable,
        Usage,
        chat,
        fold,
        inner_thoughts,
        otid,
        responses,
    )

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
    "__version__",
    "chat",
    "decoder",
    "drive",
    "drive_sync",
    "fold",
    "fold_bytes",
    "inner_thoughts",
    "otid",
    "read",
    "responses",
]

_ROOMS = {
    "decoder": "adapters.wire",
    "drive": "adapters.driver",
    "drive_sync": "adapters.driver",
    "fold_bytes": "adapters.wire",
    "read": "adapters.wire",
}
"""Where the names are that are not of the pure core."""

_PACKAGES = ("adapters", "reducer")


def __getattr__(name: str) -> Any:
    """A name that is imported when it is first asked for.

    Raises:
        AttributeError: if there is no such name.
    """
    from importlib import import_module

    value: Any
    if name == "__version__":
        from importlib.metadata import version

        value = version("streamfold")
    elif name in _PACKAGES:
        value = import_module(f"{__name__}.{name}")
    elif name in __all__:
        value = getattr(import_module(f"{__name__}.{_ROOMS.get(name, 'reducer')}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *_PACKAGES})
