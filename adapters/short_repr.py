"""Values as a person reads them: what equals its default is left out."""

from typing import Any

from attrs import NOTHING, Factory, fields, has


def short_repr(value: Any) -> str:
    """An attrs value (a chunk, a message, a result) as the call that makes it, with what is not its default.

    Anything else is given by its `repr`; tuples of attrs values are looked into.
    """
    if isinstance(value, tuple) and value and all(has(type(member)) for member in value):
        return f"({', '.join(map(short_repr, value))}{',' if len(value) == 1 else ''})"
    if not has(type(value)):
        return repr(value)
    said = []
    for field in fields(type(value)):
        member = getattr(value, field.name)
        default = field.default
        if isinstance(default, Factory) or default is NOTHING or member != default:  # type: ignore[arg-type]
            said.append(f"{field.name}={short_repr(member)}")
    return f"{type(value).__name__}({', '.join(said)})"
