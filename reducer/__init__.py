"""The pure core: fold a stream of chunks into typed, otid-indexed messages.

Each of `chat`, `inner_thoughts` and `responses` is a `Machine`: `start`, `step`, `finish` and `result` over immutable
states. Nothing here reads a clock, draws a random number, or touches the world.
"""

from . import chat, inner_thoughts, responses
from .machine import AnyMachine, Cancelled, Done, End, Ended, Failed, Machine, Undecodable, fold
from .otid import otid

__all__ = [
    "AnyMachine",
    "Cancelled",
    "Done",
    "End",
    "Ended",
    "Failed",
    "Machine",
    "Undecodable",
    "chat",
    "fold",
    "inner_thoughts",
    "otid",
    "responses",
]
