"""The provider of recordings as an ASGI application."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from .client_protocols import ClientProtocols
from .openai_api import OpenAIApi
from .played import Json, Refused, error_body
from .settings import Settings, check
from .shelf import Shelf

__all__ = ["application"]

_THIS_MACHINE = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"


def application(shelf: Shelf, settings: Settings | None = None) -> Starlette:
    """The application: OpenAI's API below /v1, and the client protocols of front ends at /vercel, /agui and /plain.

    Pages of this machine may ask it from a browser; others may not.

    Args:
        shelf: what answers.
        settings: how; all at once, and without faults, if left out.

    Raises:
        UsageError: if a recording has no recorded times, or not so many frames as a fault speaks of.
    """
    settings = settings or Settings()
    check(shelf, settings)
    routes = [*OpenAIApi(shelf, settings).routes(), *ClientProtocols(shelf, settings).routes()]
    pages = Middleware(
        CORSMiddleware,
        allow_origin_regex=_THIS_MACHINE,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=["*"],
    )
    return Starlette(routes=routes, middleware=[pages], exception_handlers={Refused: _refused, HTTPException: _unknown})


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return Json(error.body, error.status)


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Json(error_body(f"{request.method} {request.url.path} has no answer here"), error.status_code)
