"""Run the server: `OPENAI_API_KEY=… python tests/sample_server/main.py`, then ask it as docs/server.md shows."""

import os

import openai
import uvicorn
from agent_loop import Tools, Wire
from agent_server import application


async def weather(city: str) -> str:
    """A tool that any model may call."""
    return f"It rains in {city}."


async def remove(path: str) -> str:
    """A tool that a person has to allow."""
    return f"{path} would be gone, in a server that is no sample."


def _of(name: str) -> dict[str, object]:
    return {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}


TOOLS = Tools(
    {"weather": weather, "remove": remove}, {"weather": _of("city"), "remove": _of("path")}, frozenset({"remove"})
)

if __name__ == "__main__":
    wire: Wire = "responses" if os.environ.get("WIRE") == "responses" else "chat"
    app = application(openai.AsyncOpenAI, os.environ.get("MODEL", "gpt-4.1-mini"), TOOLS, "runs.db", wire=wire)
    uvicorn.run(app, host="127.0.0.1", port=8000)
