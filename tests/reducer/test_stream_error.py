from typing import Any

import pytest
from streamfold.reducer.stream_error import read_error


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        ({"message": "boom", "code": 500}, "boom", "500"),
        ({"message": "boom", "type": "server_error"}, "boom", "server_error"),
        ({"error": {"message": "boom", "code": "c"}, "message": "outer"}, "boom", "c"),
        ({"error": "boom"}, "boom", None),
        ("boom", "boom", None),
        ({"status": 500}, "{'status': 500}", None),
    ],
)
def test_an_error_s_words_are_found_wherever_the_provider_has_them(error: Any, message: str, code: str | None) -> None:
    read = read_error(error)
    assert (read.message, read.code, read.raw) == (message, code, error)
