"""A process whose children fold runs, to be killed: a line on its standard input begins a run, in a child of its own.

A line has the run's id, its wire, how many words its stream has, after how many chunks it stops coming, and the lease.
The child says its process id once it has folded them, and then waits.

    python folding_process.py URL
"""

import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import anyio

sys.path.insert(0, str(Path(__file__).parents[2]))

from streamfold import chat, responses
from streamfold.adapters.server.runs import AgentTurn, Loop, Runs
from support.server.logged_runs import (
    CHAT,
    RESPONSES,
    RETURN,
    SECOND,
    chat_chunks,
    given,
    log_at,
    numbered_events,
    opener,
)


async def stopping(chunks: Sequence[Any]) -> AsyncIterator[Any]:
    for chunk in chunks:
        await anyio.sleep(0)
        yield chunk
    print(os.getpid(), flush=True)
    await anyio.sleep_forever()


def turn_of(words: int, after: int) -> Loop:
    """A turn of two model calls and a tool's return between them, which stops after so many chunks of both."""
    chunks = chat_chunks(words)

    async def loop(turn: AgentTurn) -> None:
        first = given(chunks) if after >= len(chunks) else stopping(chunks[:after])
        await turn.call(chat, CHAT, opener(first))
        await turn.say(RETURN)
        await turn.call(chat, SECOND, opener(stopping(chunks[: after - len(chunks)])))

    return loop


async def fold(url: str, run_id: str, wire: str, words: int, after: int, lease: float) -> None:
    async with log_at(url) as log, Runs(log, adopts=False, lease=lease, every=3) as runs:
        if wire == "turn":
            await runs.start_turn(run_id, turn_of(words, after))
        elif wire == "chat":
            await runs.start(run_id, chat, CHAT, opener(stopping(chat_chunks(words)[:after])))
        else:
            await runs.start(run_id, responses, RESPONSES, opener(stopping(numbered_events(words)[:after])))
        await anyio.sleep_forever()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        run_id, wire, words, after, lease = line.split()
        if os.fork() == 0:
            anyio.run(fold, sys.argv[1], run_id, wire, int(words), int(after), float(lease))


if __name__ == "__main__":
    main()
