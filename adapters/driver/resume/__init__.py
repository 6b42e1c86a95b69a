"""Resuming upstream: a Responses run in background mode that lost its connection goes on where it was.

OpenAI keeps such a response (`background=True`) and numbers its events; `responses.retrieve(..., stream=True,
starting_after=N)` sends those after number N. What is sent twice all the same, the fold ignores (law 10).

Modules in this package are internal; import the names below from here.
"""

from .cancel import cancel_upstream
from .sync_upstream import SyncResumedStream, resume_from_sync, resuming_sync
from .upstream import ResumedStream, resume_from, resuming

__all__ = [
    "ResumedStream",
    "SyncResumedStream",
    "cancel_upstream",
    "resume_from",
    "resume_from_sync",
    "resuming",
    "resuming_sync",
]
