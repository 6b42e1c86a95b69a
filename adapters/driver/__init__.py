"""Every loop that waits: live streams, asynchronous and synchronous, with every way to end.

Modules in this package are internal; import the names below from here.
"""

from ..errors import StreamStalled
from .base_run import RunCancelled
from .heartbeat import BEAT, Beat, heartbeat
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
from .run import Run, drive
from .sync_run import SyncRun, drive_sync

__all__ = [
    "BEAT",
    "Beat",
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
    "heartbeat",
    "resume_from",
    "resume_from_sync",
    "resuming",
    "resuming_sync",
]
