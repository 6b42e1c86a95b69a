"""Errors in the place of a chunk or of a stream: told from other texts by how they begin, and by what bounds them."""

import pytest
from streamfold.adapters.wire.mending import error_of_body, text_after_mark, text_of_failure, text_of_page

PHRASES = [
    "Bad Request",
    "Unauthorized",
    "Not Acceptable",
    "Proxy Authentication Required",
    "Precondition Failed",
    "Payload Too Large",
    "Unsupported Media Type",
    "Unprocessable Entity",
    "Request Header Fields Too Large",
    "Internal Server Error",
    "Gateway Timeout",
    "504 Gateway Time-out",
    "HTTP Version Not Supported",
    "Network Authentication Required",
]
SAID = [
    "error: 3",
    "An error has occurred",
    "upstream prematurely closed connection",
    "default backend - 404",
    "The upstream connection was refused",
    "this model is currently overloaded",
    "request failed",
    "quota exceeded",
    "too many connections",
    "Access denied",
    "missing auth",
    "Missing API key",
]


@pytest.mark.parametrize("text", [*PHRASES, *SAID])
def test_a_failure_begins_with_a_phrase_in_any_case(text: str) -> None:
    for one in (text, text.lower(), text.upper(), f" {text}\n"):
        assert text_of_failure(one) == one.strip()


@pytest.mark.parametrize("text", ["Not found here", "The gateways closed", "A request, closedown", "Denied access"])
def test_other_texts_are_no_failures(text: str) -> None:
    assert text_of_failure(text) is None


def test_a_failure_has_a_thousand_characters_and_six_lines_at_most() -> None:
    for text in ("Error: 1".ljust(1000, "x"), "Error: 1" + "\n2" * 5):
        assert text_of_failure(text) == text
    for text in ("Error: 1".ljust(1001, "x"), "Error: 1" + "\n2" * 6):
        assert text_of_failure(text) is None


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("[ERROR] X is no X", "X is no X"),
        (b" [error]: no \xff: ", "no \ufffd"),
        ("[Error]", "[ERROR]"),
        ("[DONE]", None),
        (b"ERROR", None),
    ],
)
def test_what_stands_behind_the_mark_of_an_error_is_its_text(data: bytes | str, text: str | None) -> None:
    assert text_after_mark(data) == text


def test_scripts_styles_and_comments_of_a_page_are_not_its_text() -> None:
    page = "<html><script>a</script>b<SCRIPT>\nx</Script>c<!-- \n -->d<style>\n</style>e</html>"
    assert text_of_page(page) == "b c d e"


def test_a_page_s_text_is_looked_for_at_its_beginning() -> None:
    assert text_of_page("<html>" + " " * 65_000 + "a</html>") == "a"
    assert text_of_page("<html>" + " " * 70_000 + "a</html>") == "a page of HTML"


def test_a_body_that_is_no_utf_8_may_be_an_error() -> None:
    assert error_of_body([b"Error: \xff"]) == "Error: \ufffd"


def test_the_blank_lines_between_the_frames_of_an_error_are_its_own() -> None:
    assert error_of_body([b"Error: 1", b"2"]) == "Error: 1\n\n2"
    assert error_of_body([b'{"message":', b'"no"}']) == {"message": "no"}


def test_an_error_has_eight_frames_and_64_kib_at_most() -> None:
    assert error_of_body([b"Error: 1", *[b""] * 7]) == "Error: 1"
    assert error_of_body([b"Error: 1", *[b""] * 8]) is None
    begin, end = b'{"message": "', b'"}'
    body = begin + b"x" * ((1 << 16) - len(begin + end)) + end
    assert error_of_body([body]) is not None
    assert error_of_body([body + b" "]) is None
