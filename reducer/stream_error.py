"""What providers put into a stream when something goes wrong, read as a `StreamError`."""

from .values.frozen_value import value
from .values.json_values import Json, as_object, as_text, freeze

_OVERFLOWS = (
    "exceeds the context window",
    "This model's maximum context length is",
    "maximum context length",
    "context_length_exceeded",
    "Input tokens exceed the configured limit",
)


@value
class StreamError:
    """What went wrong.

    Attributes:
        message: for a person.
        code: the provider's code, as text, where it sent one.
        raw: the provider's error as it came; None where the failure was the driver's to report.
    """

    message: str
    code: str | None = None
    raw: Json = None


def read_error(error: Json) -> StreamError:
    """An error as providers put it into a stream: an object with a message, an object around that, or text."""
    frozen = freeze(error)
    members = as_object(frozen)
    inner = as_object(members.get("error")) or members
    message = as_text(inner.get("message")) or as_text(members.get("error")) or str(frozen)
    code = inner.get("code", inner.get("type"))
    return StreamError(message, None if code is None else str(code), frozen)


def is_context_overflow(error: str) -> bool:
    """Whether an error's text says that the input was too long for the model.

    The caller will compact its input and ask again, so such a failure is not announced to the client. OpenAI has no
    one error code for it over all its APIs and compatible servers; the wording is what they share.
    """
    return any(words in error for words in _OVERFLOWS)
