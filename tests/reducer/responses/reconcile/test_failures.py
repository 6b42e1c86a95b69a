"""What an event says of an end, and of what went wrong."""

from streamfold.reducer.responses.event import Event
from streamfold.reducer.responses.reconcile.failures import codes_beside, ending_of, has_ended, is_about_a_thing


def test_a_status_says_whether_a_response_has_ended() -> None:
    assert [has_ended({"status": word}) for word in ("completed", "FAILED", "in_progress", None)] == [
        True,
        True,
        False,
        False,
    ]


def test_the_worse_word_is_how_a_response_ended() -> None:
    assert ending_of(Event(type="response.completed", response={"status": "failed"})) == "failed"
    assert ending_of(Event(type="response.done")) == "done"


def test_what_stands_beside_an_error_are_codes() -> None:
    event = Event(type="error", code=1, extras={"status": 429, "http_status": "503", "status_code": [1]})
    assert list(codes_beside(event)) == [1, 429, "503"]


def test_the_type_of_an_event_may_name_a_thing() -> None:
    assert [is_about_a_thing(kind) for kind in ("response.errored", "response.inject.failed", "a.b.c")] == [
        False,
        True,
        False,
    ]
