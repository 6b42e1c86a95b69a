"""JSON that is not through yet: our scanner and our judge agree with jiter, and with the standard library, anywhere.

jiter reads a text strictly, and then says of what is no JSON whether it just ended too early; or in its partial mode,
with what has come of a string. So it can judge every prefix, and knows what every prefix says.
"""

import json
import re
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from typing import Any

import jiter
import pytest
from differential.chat_streams import HEAD
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.reducer import Ended, inner_thoughts
from streamfold.reducer.values import json_scan
from streamfold.reducer.values.json_status import DEEPEST, json_status
from support import naive_readers as naive
from support.json_texts import cuts, json_values
from support.law_checks import MESSAGE_ID, channels

RECORDINGS = ("chat__", "inner__")
CHOSEN = ("thinking", "message")
Json = dict[str, Any]

# jiter looks at the four digits of an escape once four characters are there; we see at once that one is no digit.
BROKEN_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\u(?=.{0,3}\Z)[0-9a-fA-F]*[^0-9a-fA-F]", re.DOTALL)

objects = st.dictionaries(
    st.sampled_from([*CHOSEN, "think", "k", "", "é", "\\", 'k"', '"thinking": "']), json_values, max_size=5
)
object_texts = st.builds(json.dumps, objects, ensure_ascii=st.booleans(), indent=st.sampled_from([None, 0, "\t"]))


def jiter_judges(text: str) -> str:
    try:
        jiter.from_json(text.encode(), allow_inf_nan=False)
    except ValueError as error:
        return (
            "incomplete" if str(error).startswith("EOF while parsing") and not BROKEN_ESCAPE.search(text) else "invalid"
        )
    return "complete"


def said(text: str) -> Any:
    """What a beginning of an object says."""
    return jiter.from_json(text.encode(), partial_mode="trailing-strings") if text.strip() else {}


# The judge


@pytest.mark.parametrize(
    ("before", "alphabet", "longest"),
    [
        ("", '{}[]":,0-.e \n', 4),
        ("", '{}":,0[]', 5),
        ('"', '"\\u0aFg/\x01', 4),
        ("", "truefalsn", 4),
        ("0", "0.eE+-1", 5),
    ],
)
def test_jiter_judges_every_short_text_alike(before: str, alphabet: str, longest: int) -> None:
    for length in range(longest + 1):
        for letters in product(alphabet, repeat=length):
            text = before + "".join(letters)
            assert json_status(text) == jiter_judges(text), text


# Without escaped surrogates, of which a break leaves halves.
@given(st.builds(json.dumps, objects, ensure_ascii=st.just(False), indent=st.sampled_from([None, 0, "\t"])), st.data())
def test_jiter_judges_a_broken_object_alike_at_every_prefix(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    broken = (
        text[:at]
        + data.draw(st.sampled_from(["", *'{}[]":,\\0-.eu \n\tx']))
        + text[at + data.draw(st.integers(0, 1)) :]
    )
    for end in range(len(broken) + 1):
        assert json_status(broken[:end]) == jiter_judges(broken[:end])


@pytest.mark.parametrize("text", ['"\\u"', '"\\u00g', '"\\uD8-'])
def test_jiter_takes_broken_escapes_for_unfinished_ones_until_four_characters(text: str) -> None:
    with pytest.raises(ValueError, match="EOF while parsing"):
        jiter.from_json(text.encode())
    with pytest.raises(ValueError, match="invalid"):
        jiter.from_json(text.ljust(len('"\\uxxxx'), "0").encode())
    assert json_status(text) == "invalid"


@pytest.mark.parametrize("text", ['"\\ud83d"', '"\\ude00"', '"\\ud83d\\ud83d"'])
def test_jiter_refuses_lone_surrogates_which_the_standard_library_and_we_take(text: str) -> None:
    assert jiter_judges(text) == "invalid"
    assert json.loads(text)
    assert json_status(text) == "complete"


def test_jiter_refuses_deep_nesting_which_we_take() -> None:
    text = "[" * DEEPEST + "]" * DEEPEST
    assert jiter_judges(text) == "invalid"
    assert json_status(text) == "complete"


@pytest.mark.parametrize("text", ['{"a": 1}}', '{"a": 1}{', "{} x"])
def test_jiter_s_partial_mode_does_not_look_behind_a_whole_value(text: str) -> None:
    assert said(text) == json.loads(text.partition("}")[0] + "}")
    assert json_status(text) == jiter_judges(text) == "invalid"


# The scanner


def scanned(pieces: list[str], chosen: tuple[str, ...] = CHOSEN) -> Iterator[tuple[str, dict[str, str], str]]:
    """After each piece: all the text so far, what it says of the chosen members, and the rest."""
    scan = json_scan.start(chosen)
    text, rest = "", ""
    found: dict[str, str] = {}
    for piece in pieces:
        scan, told = json_scan.feed(scan, piece)
        text += piece
        for key, part, _ in told:
            if key is None:
                rest += part
            else:
                found[key] = found.get(key, "") + part
        yield text, dict(found), rest + "".join(part for _, part, _ in json_scan.close(scan)[1])


def check_scan(pieces: list[str]) -> None:
    for text, found, rest in scanned(pieces):
        members = said(text)
        strings = {key: value for key, value in members.items() if key in CHOSEN and isinstance(value, str)}
        assert {key: value for key, value in found.items() if value} == {k: v for k, v in strings.items() if v}
        assert said(rest) == {key: value for key, value in members.items() if key not in strings}


@given(object_texts)
def test_jiter_reads_the_same_members_after_every_character(text: str) -> None:
    check_scan(list(text))


@given(object_texts.flatmap(cuts))
def test_jiter_reads_the_same_members_at_every_cut(pieces: list[str]) -> None:
    check_scan(pieces)


@pytest.mark.deep
@pytest.mark.parametrize(
    "text",
    [
        r'{"k\"": 1, "thinking": "a\\", "th\u00e9": "\"thinking\": \""}',
        r'{"think\"": {"thinking": "n"}, "thinking" : "\ud83d\ude00\n"}',
        r'{ "mess\\": ["}", "\\"], "message": [], "thinking":"" , "x\\":null }',
    ],
)
def test_jiter_reads_the_same_members_at_every_two_cuts(text: str) -> None:
    for first, second in combinations(range(len(text) + 1), 2):
        check_scan([text[:first], text[first:second], text[second:]])


def test_jiter_takes_the_last_of_equal_keys_and_we_the_first() -> None:
    text = '{"thinking": "Hm. ", "thinking": "So."}'
    *_, (_, found, rest) = scanned([text])
    assert said(text) == json.loads(text) == {"thinking": "So."}
    assert (found, said(rest)) == ({"thinking": "Hm. So."}, {})


# The fold


def folded(pieces: list[str], name: str, **options: Any) -> Iterator[tuple[str, Json, str]]:
    """After each piece, if the stream ends there: the arguments so far, what the messages say, the result's text."""
    decode: Any = wire.decoder("inner-thoughts")
    state, _ = inner_thoughts.start(inner_thoughts.Config(message_id=MESSAGE_ID, **options))
    messages: list[Any] = []
    text = ""
    for at, piece in enumerate(["", *pieces]):
        first = {} if at else {"id": "call_0", "type": "function"}
        function = {"arguments": piece} if at else {"name": name, "arguments": ""}
        entry = {"index": 0, **first, "function": function}
        choice = {"index": 0, "delta": {"tool_calls": [entry]}, "finish_reason": None}
        state, more = inner_thoughts.step(state, decode({**HEAD, "choices": [choice]}))
        messages += more
        text += piece
        over, last = inner_thoughts.finish(state, Ended())
        yield text, channels([*messages, *last]), inner_thoughts.result(over).text


def text_of(members: Json, key: str) -> str:
    value = members.get(key, "")
    return value if isinstance(value, str) else ""


@given(object_texts.flatmap(cuts), st.booleans())
def test_inner_thoughts_say_what_jiter_reads_after_every_piece(pieces: list[str], interruptible_waits: bool) -> None:
    for text, found, result in folded(pieces, "archive", put_inner_thoughts_in_kwarg=interruptible_waits):
        members = said(text)
        assert found["reasoning"] == result == text_of(members, "thinking")
        (call,) = found["calls"]
        rest = {key: value for key, value in members.items() if key != "thinking" or not isinstance(value, str)}
        assert (call["name"], said(call["arguments"])) == ("archive", rest)


@given(object_texts.flatmap(cuts), st.booleans())
def test_the_assistant_s_tool_says_what_jiter_reads_after_every_piece(
    pieces: list[str], interruptible_waits: bool
) -> None:
    options = {"use_assistant_message": True, "put_inner_thoughts_in_kwarg": interruptible_waits}
    for text, found, _ in folded(pieces, "send_message", **options):
        members = said(text)
        assert (found["reasoning"], found["text"]) == (text_of(members, "thinking"), text_of(members, "message"))
        assert found["calls"] == []


def test_jiter_reads_the_same_in_recorded_arguments_at_every_place(recording: Path) -> None:
    frames = wire.frames([recording.read_bytes()])
    chunks = [json.loads(frame.data) for frame in frames if frame.data.strip() != b"[DONE]"]
    texts = [call["arguments"] for call in naive.completion(chunks)["calls"]]
    for text in texts:
        check_scan(list(text))
        for end in range(len(text) + 1):
            assert json_status(text[:end]) == jiter_judges(text[:end])
    if not texts:
        pytest.skip("no tool call in it")
