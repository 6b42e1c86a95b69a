"""How a provider of recordings plays them."""

from attrs import frozen

from ...cassette.faults import Fault
from ...cassette.timeline import timeline
from ...errors import UsageError
from .shelf import Shelf

__all__ = ["Settings", "check"]


@frozen
class Settings:
    """How recordings are played.

    Attributes:
        speed: None: all at once; 1.0: with the recorded pauses; 2.0: twice as fast.
        faults: what goes wrong with every answer, or with that to one request; a request may ask for more.
        shows_errors: whether the client protocols tell the provider's own error text.
    """

    speed: float | None = None
    faults: tuple[Fault, ...] = ()
    shows_errors: bool = False


def check(shelf: Shelf, settings: Settings) -> None:
    """Check that every recording can be played so, before the first request.

    Raises:
        UsageError: if one has no recorded times, or not so many frames; its text is one line.
    """
    for recording in shelf.recordings.values():
        for request in {1, *(fault.request or 1 for fault in settings.faults)}:
            try:
                timeline(recording, settings.faults, speed=settings.speed, request=request)
            except ValueError as error:
                raise UsageError(str(error)) from None
