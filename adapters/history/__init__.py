"""From a result to the next request: the model's turn as either API takes it back, and the answers to its calls.

Modules in this package are internal; import the names below from here.
"""

from .answers import denial, mcp_approval, tool_message, tool_output_item
from .chat_message import chat_message
from .input_items import input_items
from .turns import ChatTurn, InputTurn, LeftOut

__all__ = [
    "ChatTurn",
    "InputTurn",
    "LeftOut",
    "chat_message",
    "denial",
    "input_items",
    "mcp_approval",
    "tool_message",
    "tool_output_item",
]
