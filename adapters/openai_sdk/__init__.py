"""The openai client's objects into chunks, and a request's arguments into a `Config`; and the package itself.

Modules in this package are internal; import the names below from here.
"""

from .by_frames import give_frames
from .chunks import as_json, chunk
from .request_config import config_for
from .require_openai import require_openai
from .tokens import estimate_input_tokens

__all__ = ["as_json", "chunk", "config_for", "estimate_input_tokens", "give_frames", "require_openai"]
