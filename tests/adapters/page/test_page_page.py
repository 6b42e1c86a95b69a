"""The page: one file, nothing from elsewhere, and nothing of a recording as markup."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from streamfold.adapters.cassette import recording_of
from streamfold.adapters.page import Film, film_of, first_difference, is_page, page_of

HOSTILE = "</script><script>alert(1)</script><!-- {program} {style} \u2028"


def film(*words: str, path: str = "the stream") -> Film:
    frames = [f"data: {json.dumps({'choices': [{'delta': {'content': word}}]})}\n\n" for word in words]
    return film_of(recording_of("".join(frames).encode(), path=path))


class Parts(HTMLParser):
    """The page's scripts and styles, and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[tuple[str, dict[str, Any], str]] = []
        self.loads: list[str] = []
        self.policy = ""
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.loads += [str(given[name]) for name in ("src", "href", "action") if name in given]
        self.policy = str(given["content"]) if given.get("http-equiv") else self.policy
        if tag in ("script", "style"):
            self.held.append((tag, given, ""))
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            tag, given, before = self.held[-1]
            self.held[-1] = tag, given, before + data


def parts_of(page: str) -> Parts:
    parts = Parts()
    parts.feed(page)
    return parts


def test_a_page_loads_nothing_and_runs_its_own_program_alone() -> None:
    parts = parts_of(page_of([film("Hi")]))
    assert parts.loads == []
    assert [(tag, given.get("type")) for tag, given, _ in parts.held] == [
        ("style", None),
        ("script", "application/json"),
        ("script", "module"),
    ]
    for tag, given, text in parts.held:
        if given.get("type") != "application/json":
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in parts.policy
    assert parts.policy.startswith("default-src 'none';")


def test_what_a_model_says_is_no_markup() -> None:
    page = page_of([film(HOSTILE, path=HOSTILE)])
    parts = parts_of(page)
    assert len(parts.held) == 3
    data = json.loads(next(text for _, given, text in parts.held if given.get("type") == "application/json"))
    assert HOSTILE in " ".join(data["films"][0]["texts"]) or HOSTILE in json.dumps(data, ensure_ascii=False)
    assert "alert(1)</script>" not in re.sub(r"<title>.*?</title>|<h1>.*?</h1>", "", page)


def test_two_films_are_shown_at_their_first_difference() -> None:
    one, other = film("a", "b", "c"), film("a", "x", "c")
    assert first_difference(one, one) is None
    assert first_difference(one, other) == 2
    assert first_difference(one, film("a", "b")) == 3
    parts = parts_of(page_of([one, other]))
    assert json.loads(parts.held[1][2])["start"] == 2


@pytest.mark.parametrize("count", [0, 3])
def test_a_page_is_of_one_film_or_of_two(count: int) -> None:
    with pytest.raises(ValueError, match="one film or two"):
        page_of([film("Hi")] * count)


def test_a_page_is_known_by_how_it_begins() -> None:
    page = page_of([film("Hi", path="t" * 10_000)]).encode()
    assert is_page(page[:1024])
    assert not is_page(b"<!doctype html><title>streamfold</title>")
