"""Bytes, text and JSON to chunks, and chunks back to JSON.

Modules in this package are internal; import the names below from here.
"""

from .decoder import AnyChunk, Decoder, decoder
from .encoder import to_wire
from .folding import fold_bytes
from .machines import WIRES, Wire, WireMachine, machine_of
from .reading import chunks, detect, frames, read
from .sse import Frame, Framer, Piece

__all__ = [
    "WIRES",
    "AnyChunk",
    "Decoder",
    "Frame",
    "Framer",
    "Piece",
    "Wire",
    "WireMachine",
    "chunks",
    "decoder",
    "detect",
    "fold_bytes",
    "frames",
    "machine_of",
    "read",
    "to_wire",
]
