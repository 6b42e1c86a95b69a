"""A configuration file, as every command takes it."""

from collections.abc import Mapping
from typing import Any

from ..cassette.files import json_in, name_of
from ..errors import ConfigError

__all__ = ["config_in"]


def config_in(path: str) -> tuple[str, Mapping[str, Any]]:
    """Fields of a wire's `Config`, with what errors call the file that they are from.

    Raises:
        FileError: if the file cannot be opened, or is no JSON.
        ConfigError: if it is no JSON object.
    """
    value = json_in(path)
    if not isinstance(value, dict):
        raise ConfigError(f"{name_of(path)}: must be a JSON object with fields of the wire's Config")
    return name_of(path), value
