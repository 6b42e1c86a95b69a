"""Every loop that waits: live streams, asynchronous and synchronous, with every way to end.

Modules in this package are internal; import the names below from here.
"""

from ..errors import StreamStalled
from .observer import Observer
from .resume import (
    ResumedStream,
    SyncResumedStream,
    cancel_upstream,
    resume_from,
    resume_from_sync,
    resuming,
    resuming_sync,
)
from .run import Run, RunCancelled, drive
from .sync_run import SyncRun, drive_sync

__all__ = [
    "Observer",
    "ResumedStream",
    "Run",
    "RunCancelled",
    "StreamStalled",
    "SyncResumedStream",
    "SyncRun",
    "cancel_upstream",
    "drive",
    "drive_sync",
    "resume_from",
    "resume_from_sync",
    "resuming",
    "resuming_sync",
]
