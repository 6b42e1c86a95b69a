"""From model to screen: a chat for the AI SDK's `useChat`, whose model may call a tool."""

import json
import os
import uuid
from collections.abc import AsyncIterator
from typing import Any

import openai
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamfold import ToolCall, chat, drive
from streamfold.adapters.history import chat_message, tool_message
from streamfold.adapters.protocols import vercel
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.adapters.server.asgi import StreamResponse


def weather(city: str) -> str:
    return f"It rains in {city}."


TOOLS = {"weather": weather}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
DESCRIBED: Any = [{"type": "function", "function": {"name": "weather", "parameters": CITY}}]


def output_of(call: ToolCall) -> str:
    try:
        tool = TOOLS[call.name]
        return tool(**json.loads(call.arguments))
    except Exception as error:  # the model reads it, and tries something else
        return f"Error: {error!r}"


async def turn(messages: list[Any]) -> AsyncIterator[Any]:
    async with openai.AsyncOpenAI() as client:
        for _ in range(20):
            stream = await client.chat.completions.create(
                model=os.environ["MODEL"], messages=messages, tools=DESCRIBED, stream=True
            )
            async with drive(chat, chat.Config(message_id=f"message-{uuid.uuid4()}"), stream) as run:
                async for message in run:
                    yield message
            yield run.result
            said = chat_message(run.result)
            messages += said.messages
            for call in said.calls:
                output = output_of(call)
                messages.append(tool_message(call, output))
                yield ToolReturn(call.id, output)
            if not said.calls:
                return


def text_of(message: Any) -> str:
    return "".join(part["text"] for part in message["parts"] if part["type"] == "text")


async def answer(request: Request) -> Response:
    asked = (await request.json())["messages"]
    messages = [{"role": message["role"], "content": text_of(message)} for message in asked]
    return StreamResponse(turn(messages), vercel, vercel.Config(f"message-{uuid.uuid4()}"))


app = Starlette(routes=[Route("/api/chat", answer, methods=["POST"])])
