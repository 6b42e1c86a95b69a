"""How many tokens an input comes to: with tiktoken, and without."""

import hashlib
import sys
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai.types.chat import ChatCompletionMessage
from streamfold.adapters import openai_sdk
from streamfold.adapters.openai_sdk import tokens


@pytest.fixture
def no_tiktoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "encoding", lambda: None)


@pytest.mark.usefixtures("no_tiktoken")
def test_tokens_are_a_quarter_of_the_bytes_rounded_up() -> None:
    count = openai_sdk.estimate_input_tokens
    assert count("ab") == 1
    assert count("abc") == 2  # five bytes, with the quotes
    assert count("é" * 3) == 2
    assert count("") == 1
    assert count("\ud800") == 2
    assert (count([]), count(None), count([], [])) == (0, 0, 0)
    written = '[{"role":"user","content":"é"}][{"type":"function"}]'
    assert count([{"role": "user", "content": "é"}], [{"type": "function"}]) == -(-len(written.encode()) // 4)
    assert count(({"a": 1},)) == count([{"a": 1}])
    # The SDK's own objects, put back into the messages as they came, count as what they were made of.
    own = ChatCompletionMessage.construct(role="assistant", content="hi")
    assert count([own]) == count([{"role": "assistant", "content": "hi"}])
    assert count([types.MappingProxyType({"a": 1})]) == count([{"a": 1}])
    assert count([Path("a" * 80)]) == count(["a" * 80])
    with pytest.raises(TypeError, match="a generator can be read only once"):
        count(part for part in "ab")


class Words:
    """An encoding whose tokens are words."""

    def encode_ordinary(self, text: str) -> list[str]:
        return text.split(" ")


@pytest.fixture
def vocabulary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where tiktoken would have its encoding."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    tokens.encoding.cache_clear()
    url = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
    yield tmp_path / hashlib.sha1(url.encode()).hexdigest()
    tokens.encoding.cache_clear()


def installed(monkeypatch: pytest.MonkeyPatch, outcome: Any) -> list[str]:
    """tiktoken, as it were; the list is what it was asked for."""
    asked: list[str] = []

    def get_encoding(name: str) -> Any:
        asked.append(name)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    module = types.ModuleType("tiktoken")
    module.get_encoding = get_encoding  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tiktoken", module)
    return asked


def test_tiktoken_counts_where_it_can(vocabulary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = installed(monkeypatch, Words())
    vocabulary.touch()
    for _ in range(2):
        assert openai_sdk.estimate_input_tokens("one two three") == 3
    assert asked == ["o200k_base"]


def test_tiktoken_is_asked_where_its_own_variables_say(vocabulary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`DATA_GYM_CACHE_DIR` is its older name; without either, a folder among the temporary files."""
    installed(monkeypatch, Words())
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR")
    monkeypatch.delenv("DATA_GYM_CACHE_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(vocabulary.parent))
    (vocabulary.parent / "data-gym-cache").mkdir()
    (vocabulary.parent / "data-gym-cache" / vocabulary.name).touch()
    assert openai_sdk.estimate_input_tokens("one two three") == 3
    tokens.encoding.cache_clear()
    monkeypatch.setenv("DATA_GYM_CACHE_DIR", str(vocabulary.parent))
    assert openai_sdk.estimate_input_tokens("one two three") == 4
    tokens.encoding.cache_clear()
    vocabulary.touch()
    assert openai_sdk.estimate_input_tokens("one two three") == 3


def test_tiktoken_that_fails_is_not_tried_twice(vocabulary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = installed(monkeypatch, OSError("no network"))
    vocabulary.touch()
    for _ in range(2):
        assert openai_sdk.estimate_input_tokens("one two three") == 4
    assert asked == ["o200k_base"]


@pytest.mark.parametrize("folder", ["", None])
def test_tiktoken_that_would_fetch_is_not_tried(
    vocabulary: Path, monkeypatch: pytest.MonkeyPatch, folder: str | None
) -> None:
    asked = installed(monkeypatch, Words())
    if folder is not None:
        vocabulary.touch()
        monkeypatch.chdir(vocabulary.parent)
        monkeypatch.setenv("TIKTOKEN_CACHE_DIR", folder)
    assert openai_sdk.estimate_input_tokens("one two three") == 4
    assert asked == []


def test_tiktoken_that_is_not_installed(vocabulary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary.touch()
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    assert openai_sdk.estimate_input_tokens("one two three") == 4
