"""Regular expressions that are compiled when they are first used.

To compile those of the core takes as long as to import attrs, and a stream of text alone uses none of them.
"""

import re
from typing import Any, cast

__all__ = ["lazy_pattern"]


def lazy_pattern(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """What `re.compile` gives, made at the first use of a method or an attribute.

    Raises:
        re.error: at that use, if the pattern is none.
    """
    return cast("re.Pattern[str]", _LazyPattern(pattern, flags))


class _LazyPattern:
    def __init__(self, pattern: str, flags: re.RegexFlag) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> Any:
        """What is asked for the first time; after that, it is found here as quickly as a pattern's own."""
        if name.startswith("_"):  # asked for by what copies objects, `_source` among them before it is there
            raise AttributeError(name)
        found = getattr(re.compile(*self._source), name)
        setattr(self, name, found)
        return found
