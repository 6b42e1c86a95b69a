"""What a Responses stream sends as a whole: items that begin or are done, and the response itself.

A whole is compared with what was folded. What is missing is emitted; what contradicts it is noted, and is the result.
"""

from .whole_item import read_item
from .whole_response import read_response

__all__ = ["read_item", "read_response"]
