"""How an event says that its response ended, and what went wrong: in the response, beside it, or in its own members."""

from collections.abc import Iterator, Mapping

from ...shared.statuses import meaning_of
from ...stream_error import STATUSES, StreamError, has_text, is_error
from ...values.json_values import Json, as_object, as_text
from ..event import Event

ENDINGS = {"completed": 0, "incomplete": 1, "cancelled": 2, "failed": 3}
NO_REASON = "the response failed"
"""What went wrong where the provider does not say what."""
NO_MESSAGE = "an error event without a message"


def has_ended(response: Json) -> bool:
    """Whether the status of a response says that it has ended, in whatever way."""
    return meaning_of(as_text(as_object(response).get("status"))) in ENDINGS


def ending_of(event: Event) -> str:
    """How a response ended: by the event's name, its status, its error or its details, whichever is worse.

    "done" if none of these says.
    """
    response = as_object(event.response)
    name = event.type.rpartition(".")[2]
    names = ["" if name == "done" else meaning_of(name), meaning_of(as_text(response.get("status")))]
    details = as_object(response.get("incomplete_details"))
    if as_text(details.get("reason")) or (details and not any(names)):
        names.append("incomplete")
    if any(map(is_error, (response.get("error"), event.error))):
        names.append("failed")
    ending = max((name for name in names if name in ENDINGS), key=ENDINGS.__getitem__, default="")
    return ending or ("failed" if failure_of(event) else "done")


def failure_of(event: Event) -> Json:
    """What an event says went wrong: in its response, beside that, or spread over its own members; None if nothing."""
    response = as_object(event.response)
    error = response.get("error") or as_object(response.get("status_details")).get("error")
    error = error or response.get("last_error") or event.error
    if error or not event.message:
        return error or None
    return {"message": event.message, "code": event.code}


def said_elsewhere(event: Event) -> Json:
    """What an event that is a failure says of it where other providers' errors have it; None if nothing."""
    response, beside = as_object(event.response), as_object(event.extras)
    found = (response.get("errors"), response.get("message"), response.get("detail"))
    return next(filter(has_text, (*found, beside.get("errors"), beside.get("detail"))), None)


def is_about_a_thing(kind: str) -> bool:
    """Whether an event's type names something of the response that it is about, as `response.inject.failed` does."""
    return kind.startswith("response.") and kind.count(".") > 1


def is_said(error: Json, failure: Json) -> bool:
    """Whether an error says nothing that a failure does not."""
    return error == failure or (isinstance(error, Mapping) and error.items() <= as_object(failure).items())


def codes_beside(event: Event) -> Iterator[Json]:
    """What stands beside an error and may say of what kind it is: codes and an HTTP status."""
    beside = as_object(event.extras)
    return (of for of in (event.code, *map(beside.get, STATUSES)) if isinstance(of, (int, str)))


def says_more(failure: Json, known: StreamError) -> bool:
    """Whether a failure has a text, or anything, where the one that was emitted has none of the provider's."""
    if known.message in (NO_REASON, NO_MESSAGE):
        return has_text(failure) or (bool(failure) and known.code is None)
    return has_text(failure) and not has_text(known.raw)
