"""What Chat Completions chunks say of the answer as a whole, read naively: how it ended."""

from collections.abc import Iterator, Sequence, Set
from itertools import takewhile
from typing import Any

from ...reducer.completions.chunk import Choice, Chunk
from ...reducer.ends import Done
from ...reducer.values.json_values import as_object

_SUCCESS = "stop tool_calls function_call tool_use end_turn stop_sequence eos eos_token complete completed"
_FAILURE = "error network_error abort aborted insufficient_system_resource"


def before_failure(chunks: Sequence[Any], wanted: int | None) -> list[Chunk]:
    """The chunks up to the first that says that the answer failed; after `[DONE]` none does."""
    found: list[Chunk] = []
    over = False
    for chunk in chunks:
        over = over or isinstance(chunk, Done)
        if isinstance(chunk, Chunk):
            found.append(chunk)
            if not over and fails(chunk, wanted):
                break
    return found


def failed(chunks: Sequence[Any], wanted: int | None) -> bool:
    """Whether any chunk before `[DONE]` says that the answer failed."""
    told = list(takewhile(lambda chunk: not isinstance(chunk, Done), chunks))
    return any(isinstance(chunk, Chunk) and fails(chunk, wanted) for chunk in told)


def said_failed(chunks: Sequence[Any], config: Any) -> bool | None:
    """The same of the choice that is read; not known where something odd stands in the place of an error."""
    return failed(chunks, config.choice) or (None if any(map(_may_fail, chunks)) else False)


def _may_fail(chunk: Any) -> bool:
    if not isinstance(chunk, Chunk):
        return False
    errors = [choice.error for choice in chunk.choices or ()]
    return any((chunk.error, as_object(chunk.x_groq).get("error"), *errors))


def closes(chunks: Sequence[Any], config: Any) -> bool:
    """Whether words of success came and no others, or `[DONE]` and no word, and no error."""
    words = {word for chunk in chunks for word in _words(chunk, config.choice)}
    if failed(chunks, config.choice):
        return False
    return succeeds(words) if words else Done() in chunks


def over(chunks: Sequence[Any], config: Any) -> bool:
    """Whether a finish reason came, whichever, or `[DONE]`."""
    return any(chunk == Done() or any(_words(chunk, config.choice)) for chunk in chunks)


def final(chunks: Sequence[Any], config: Any) -> bool:
    """Whether `[DONE]` came."""
    return Done() in chunks


def _words(chunk: Any, wanted: int | None) -> Iterator[str]:
    """The finish reasons of the wanted choice, in lower case."""
    for choice in (chunk.choices or ()) if isinstance(chunk, Chunk) else ():
        if wanted in (None, choice.index):
            yield from words_of(choice)


def words_of(choice: Choice) -> tuple[str, ...]:
    """The finish reason of a choice in lower case, if it has one."""
    word = (choice.finish_reason or "").strip().lower()
    return () if word in ("", "null") else (word,)


def succeeds(words: Set[str]) -> bool:
    """Whether these finish reasons all say that the answer is whole."""
    return words <= set(_SUCCESS.split())


def fails(chunk: Chunk, wanted: int | None) -> bool:
    """Whether a chunk says that the answer failed: by an error, wherever, or by its finish reason."""
    errors = [choice.error for choice in chunk.choices or () if wanted in (None, choice.index)]
    if any(map(_says, (chunk.error, as_object(chunk.x_groq).get("error"), *errors))):
        return True
    words = tuple(_words(chunk, wanted))
    return any(word in _FAILURE.split() or word.endswith("malformed_function_call") for word in words)


def _says(error: Any) -> bool:
    """Whether an error is more than an empty struct, or one that says that all is well."""
    if isinstance(error, dict):
        named = [error[name] for name in ("code", "type", "status", "message") if name in error]
        return any(map(_says, named if any(named) else error.values()))
    if isinstance(error, (list, tuple)):
        return any(map(_says, error))
    return str(error).lower() not in ("", "none", "null", "false", "0", "200", "success", "ok")
