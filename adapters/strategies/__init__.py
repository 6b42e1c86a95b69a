"""Hypothesis strategies for streams, with the quirks of providers as switches. They need the extra `testing`.

Modules in this package are internal; import the names below from here.
"""

from .streams import (
    ALL,
    RESULT_ONLY,
    Call,
    Quirk,
    Says,
    Stream,
    chat_streams,
    configs,
    cut,
    duplicates,
    ends,
    inner_thoughts_streams,
    interleavings,
    prefixes,
    responses_streams,
    sse,
    streams,
    texts,
)

__all__ = [
    "ALL",
    "RESULT_ONLY",
    "Call",
    "Quirk",
    "Says",
    "Stream",
    "chat_streams",
    "configs",
    "cut",
    "duplicates",
    "ends",
    "inner_thoughts_streams",
    "interleavings",
    "prefixes",
    "responses_streams",
    "sse",
    "streams",
    "texts",
]
