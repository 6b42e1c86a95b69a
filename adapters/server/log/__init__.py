"""The log of runs: what a run has said, kept where every process finds it, so that a run outlives its connection.

`Log` is the contract; `SqliteLog` keeps it for the processes of one host, `RedisLog` for several hosts. A log of your
own is held to it by `streamfold.adapters.testing.log_conformance`.

Modules in this package are internal; import the names below from here.
"""

from .contract import Batch, Checkpoint, Gap, Lease, Log, Logged, Over, Page, Restored, Status, TurnState
from .redis_log import RedisLog
from .sqlite_log import SqliteLog
from .stored import dumps, loads

__all__ = [
    "Batch",
    "Checkpoint",
    "Gap",
    "Lease",
    "Log",
    "Logged",
    "Over",
    "Page",
    "RedisLog",
    "Restored",
    "SqliteLog",
    "Status",
    "TurnState",
    "dumps",
    "loads",
]
