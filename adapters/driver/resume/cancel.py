"""Cancelling a background response where it runs: to close its connection is not enough, since it goes on without."""

from typing import Any

import anyio

from ....reducer.responses import State

__all__ = ["cancel_upstream"]


async def cancel_upstream(client: Any, response: str | State, *, timeout: float = 10.0) -> Any:
    """Cancel a background response at the provider, so that it costs nothing more.

    The cancel of a run closes the connection only. Call this where the rest is not wanted any more, and is not
    to be resumed. It is sent also from a task that is being cancelled, such as in a `finally`. To cancel a response
    that was cancelled before does nothing.

    Args:
        client: an `AsyncOpenAI`.
        response: the response's id, or a state that has seen it.
        timeout: seconds that the provider may take, with the client's own retries.

    Returns:
        The response as it stands then, an `openai.types.responses.Response`: its status says whether it was cancelled,
        or over before.

    Raises:
        ValueError: if the state has not seen the response's id, or the id is empty.
        TimeoutError: if the provider does not answer in time; whether it cancelled is not known then.
        openai.APIStatusError: if the provider refuses, as it does for a response that it does not know (404) or that
            is not in background mode (400).
        openai.APIConnectionError: if it cannot be reached.
    """
    response_id = response.envelope.provider_id if isinstance(response, State) else response
    if not response_id:
        raise ValueError("there is no response to cancel: its id is not known")
    with anyio.move_on_after(timeout, shield=True):
        return await client.responses.cancel(response_id)
    raise TimeoutError(f"the provider did not answer within {timeout} seconds to the cancel of {response_id!r}")
