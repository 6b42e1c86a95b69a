"""About how many tokens a request's input comes to: counted by tiktoken where it is at hand, else estimated."""

import functools
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from ...reducer.usage import estimate_tokens
from .chunks import as_json

__all__ = ["encoding", "estimate_input_tokens"]

_ENCODING = "o200k_base"
_ENCODING_URL = f"https://openaipublic.blob.core.windows.net/encodings/{_ENCODING}.tiktoken"


def estimate_input_tokens(messages: Any, tools: Any = None) -> int:
    """About how many tokens a request's input comes to.

    Counted is the JSON that is sent: by tiktoken, where it is installed and has the encoding o200k_base on this machine
    (this never goes to the network for it; `TIKTOKEN_CACHE_DIR` is where tiktoken looks); else a quarter of its UTF-8
    bytes, rounded up. Images and files inside count by their text, which is far too much.

    Args:
        messages: `messages` of Chat Completions or `input` of Responses, with the SDK's own objects in it or without.
        tools: the tools, in either API's shape.

    Raises:
        TypeError: if either can only be read once: what is counted could not be sent any more.
    """
    text = "".join(_written(value) for value in (messages, tools) if value or value == "")
    found = encoding()
    return estimate_tokens(text) if found is None else len(found.encode_ordinary(text))


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_writable)


def _writable(value: Any) -> Any:
    if isinstance(value, Iterator):
        raise TypeError(f"a {type(value).__name__} can be read only once: give a list, which is counted and then sent")
    plain = as_json(value)
    return str(value) if plain is value else plain


@functools.cache
def encoding() -> Any:
    """What counts tokens, or None: tiktoken's, if that needs nothing from the network.

    It is looked for once: a second attempt would cost as much, and end likewise.
    """
    try:
        if not _is_on_this_machine():
            return None
        return import_module("tiktoken").get_encoding(_ENCODING)
    except Exception:  # not installed, or broken: whatever it says, there is another way to count
        return None


def _is_on_this_machine() -> bool:
    """Whether tiktoken has its encoding in its cache; else it would fetch it, waiting without end."""
    named = (os.environ.get(name) for name in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"))
    folder = next((name for name in named if name is not None), Path(tempfile.gettempdir(), "data-gym-cache"))
    return folder != "" and Path(folder, hashlib.sha1(_ENCODING_URL.encode()).hexdigest()).exists()
