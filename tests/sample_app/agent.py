"""The core of a small agent server: it asks a model, keeps what it says, and sends it to whoever listens.

A run goes on whether anybody listens or not. Who listens gets the rows that are kept, from the one he missed, and then
each as it comes; who lost his connection listens again.
"""

import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import openai
from streamfold.adapters.driver.run import drive
from streamfold.adapters.openai_sdk import config_for
from streamfold.adapters.protocols import letta
from streamfold.reducer import chat
from streamfold.reducer.result import Result
from transcript import Transcript

IDLE = 30.0  # seconds after which the model's server is taken for dead


class Agent:
    """Runs, by their ids: each is one answer of the model."""

    def __init__(
        self, client: openai.AsyncOpenAI, transcript: Callable[[], Transcript] = Transcript, idle: float = IDLE
    ) -> None:
        self.transcripts: dict[str, Transcript] = {}
        self._client = client
        self._transcript = transcript
        self._idle = idle
        self._cancelled: dict[str, anyio.Event] = {}
        self._news: dict[str, anyio.Event] = {}

    def begin(self, run_id: str) -> None:
        """Make a run known, so that it can be listened to and cancelled."""
        self.transcripts[run_id] = self._transcript()
        self._cancelled[run_id] = anyio.Event()
        self._news[run_id] = anyio.Event()

    async def run(self, run_id: str, request: dict[str, Any]) -> Result:
        """Ask the model, and keep each message before anybody hears of it."""
        transcript = self.transcripts[run_id]
        config = config_for(chat.Config, request, message_id=f"message-{uuid.uuid4()}", run_id=run_id)
        try:
            stream = await self._client.chat.completions.create(**request, stream=True)
            async with drive(chat, config, stream, self._cancelled[run_id], self._idle) as run:
                async for message in run:
                    shown = letta.to_json(message)
                    if shown is not None:  # Letta's clients know no message that a call is closed
                        transcript.take(shown)
                        self._tell(run_id)
            return run.result
        finally:
            transcript.end()
            self._tell(run_id)

    def cancel(self, run_id: str) -> None:
        """Stop a run; what came until then stays."""
        self._cancelled[run_id].set()

    async def listen(self, run_id: str, after: int = 0) -> AsyncIterator[bytes]:
        """A run as server-sent events: all rows, or those after the last one that the client has seen."""
        transcript = self.transcripts[run_id]
        number = transcript.first_after(after)
        while True:
            news = self._news[run_id]
            for row in transcript.rows[number - 1 :]:
                number = row["seq_id"] + 1
                yield letta.frame(row)
            if transcript.over:
                break
            await news.wait()
        yield b"data: [DONE]\n\n"

    def _tell(self, run_id: str) -> None:
        self._news[run_id].set()
        self._news[run_id] = anyio.Event()
