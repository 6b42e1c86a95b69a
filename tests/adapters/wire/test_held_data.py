"""The data of a frame that is not whole: what is asked of it costs little, and the answers are right."""

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.wire import held_data
from streamfold.adapters.wire.held_data import HeldData, depth_of
from streamfold.adapters.wire.mending import goes_on, is_whole

LINES = st.lists(
    st.sampled_from(
        [
            *[b"{", b"}", b'{"a": [', b'"b"', b",", b"]", b"[]", b"{}", b"", b"  ", b'"a', b'\\"', b"\\\\", b"x"],
            *[b"[DONE]", b'{"a": "b', b'c"}', b'"c": 1}', b'{"a": 1}', b'"\\'],
        ]
    ),
    min_size=1,
    max_size=9,
)


def held(lines: list[bytes]) -> HeldData:
    data = HeldData()
    for line in lines:
        data.add(line)
    return data


@given(LINES)
def test_lines_are_over_as_if_they_were_parsed_anew_each_time(lines: list[bytes]) -> None:
    data, so_far = HeldData(), list[bytes]()
    for line in lines:
        data.add(line)
        so_far.append(line)
        joined = b"\n".join(so_far)
        assert (data.joined(), data.size, data.count) == (joined, len(joined), len(so_far))
        assert (data.head, data.last) == (so_far[0], line)
        anew = is_whole(joined) or (len(so_far) > 1 and is_whole(line) and not goes_on(joined))
        assert data.is_over() is data.is_over() is anew


@given(LINES)
def test_it_may_be_asked_at_any_time(lines: list[bytes]) -> None:
    each, once = HeldData(), held(lines)
    for line in lines:
        each.add(line)
        each.ends_in_text()
    assert each.ends_in_text() is once.ends_in_text()
    assert each.begins_json() is once.begins_json() is (lines[0].lstrip()[:1] in (b"{", b"["))


@pytest.mark.parametrize(
    ("line", "depth", "in_text"),
    [
        (b"", 0, False),
        (b'{"a": [1, {', 3, False),
        (b"}}]", -3, False),
        (b'{"}": "{[', 1, True),
        (rb'{"\"}": "\\"}', 0, False),
        (rb'"\\\"', 0, True),
        (b'"' * 200_001, 0, True),
        (b'{"{"' * 50_000, 50_000, False),
    ],
)
def test_brackets_outside_of_strings_are_counted(line: bytes, depth: int, in_text: bool) -> None:
    assert depth_of(line) == (depth, in_text)
    assert depth_of(b'"' + line, in_text=True) == (depth, in_text)


def test_nothing_is_parsed_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []
    monkeypatch.setattr(held_data, "goes_on", lambda data: bool(parsed.append(len(data))) or goes_on(data))
    monkeypatch.setattr(held_data, "is_whole", lambda data: bool(parsed.append(len(data))) or is_whole(data))
    for lines in (
        [b'{"a": "' + b"x" * 50_000 + b'",}', *[b"{}"] * 500],
        [b'["' + b"x" * 50_000 + b'",', *[b"[]", b","] * 500],
        [b'["' + b"x" * 50_000, *[b'"]"['] * 1000],
        [b"  ", *[b" "] * 1000],
    ):
        parsed.clear()
        data = HeldData()
        for line in lines:
            data.add(line)
            data.is_over()
            data.is_over()
        assert sum(parsed) < 20 * data.size


def test_short_lines_are_held_in_little_more_than_their_bytes() -> None:
    tracemalloc.start()
    try:
        data = held([b"ab" if at else b"{" for at in range(100_000)])
        assert tracemalloc.get_traced_memory()[0] < 1.2 * data.size
    finally:
        tracemalloc.stop()


def test_a_pretty_object_of_many_lines_is_over_at_its_end() -> None:
    lines = json.dumps({"choices": list(range(1000))}, indent=1).encode().split(b"\n")
    data = HeldData()
    over = []
    for line in lines:
        data.add(line)
        over.append(data.is_over())
    assert over == [False] * (len(lines) - 1) + [True]


@pytest.mark.parametrize(
    ("lines", "over"),
    [
        ([b'{"a": "\xff"}'], True),
        ([b'{"a": "\xff",', b'"b": 1}'], True),
        ([b'{"a": "\xff",', b'"b": 1'], False),
        ([b"{", b"\xff", b"}", b""], True),
    ],
)
def test_what_is_no_text_is_over_once_its_brackets_are_even(lines: list[bytes], over: bool) -> None:
    assert held(lines).is_over() is over


def test_nothing_is_held_at_first() -> None:
    data = HeldData()
    assert (data.count, data.size, data.head, data.last, data.joined()) == (0, 0, b"", b"", b"")
    assert data.is_over() is False
    data.add(b' {"a')
    assert data.begins_json()
    assert data.ends_in_text()


@pytest.mark.parametrize(
    ("lines", "over"),
    [
        ([b"", b"", b"{", b"}"], 4),
        ([b" ", b"", b"  ", b"{", b"}"], 5),
        ([b"", b"  ", b"[", b"]"], 4),
        ([b"x", b"", b"{", b"}"], 0),
    ],
)
def test_blank_lines_before_a_value_are_no_part_of_it(lines: list[bytes], over: int) -> None:
    data = HeldData()
    for number, line in enumerate(lines, 1):
        data.add(line)
        assert data.is_over() is (number == over)


def test_a_blank_line_after_a_value_changes_nothing() -> None:
    assert held([b"{}", b""]).is_over() is True


def test_what_may_go_on_is_parsed_eight_times_over() -> None:
    data = held([b'["' + b"x" * 79])
    over = []
    for _ in range(11):
        data.add(b"{}")
        over.append(data.is_over() and data.is_over())
    assert over == [True] * 9 + [False] * 2  # nine times some 80 bytes, and what has come since, are eight times all
