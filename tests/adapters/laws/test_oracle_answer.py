"""How an answer of Chat Completions ended, read naively."""

from typing import Any

from attrs import evolve
from streamfold.adapters.laws.oracle_answer import closes, over
from streamfold.reducer import Done, Undecodable, chat
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from support.law_checks import MESSAGE_ID

CONFIG = chat.Config(message_id=MESSAGE_ID)


def chunk(delta: Delta | None = None, finish: str | None = None, index: int = 0, **members: Any) -> Chunk:
    return Chunk(choices=(Choice(index=index, delta=delta, finish_reason=finish),), **members)


def test_a_finish_reason_of_the_wanted_choice_closes_calls() -> None:
    assert not closes([chunk(Delta(content="a")), Undecodable("x")], CONFIG)
    assert closes([chunk(finish="stop")], CONFIG)
    assert closes([Done()], CONFIG)
    assert not closes([chunk(finish="stop", index=1)], CONFIG)
    for word in ("length", "weird", "SAFETY"):
        for chunks in ([chunk(finish=word)], [chunk(finish="stop"), chunk(finish=word), Done()]):
            assert over(chunks, CONFIG)
            assert not closes(chunks, CONFIG)
    assert closes([chunk(finish="STOP"), chunk(finish="null"), chunk(finish="")], CONFIG)
    assert not over([chunk(finish="null"), chunk(finish="")], CONFIG)
    assert closes([chunk(finish="stop", index=1)], evolve(CONFIG, choice=None))
