"""The openai SDK's own unions of the Responses API's events and output items, and least values of them."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from openai.types.responses import ResponseOutputItem, ResponseStreamEvent
from pydantic import BaseModel


def models(union: Any) -> list[type[BaseModel]]:
    """The models of one of the SDK's annotated unions."""
    return list(get_args(get_args(union)[0]))


def type_of(model: type[BaseModel]) -> str:
    (name,) = get_args(model.model_fields["type"].annotation)
    return str(name)


def minimal(annotation: Any) -> Any:
    """The least value of a field of the SDK's: what is required, and nothing more."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return {name: minimal(field.annotation) for name, field in fields if field.is_required()}
    arguments = get_args(annotation)
    origin = get_origin(annotation)
    if origin in (list, dict):
        return origin()
    if annotation in (str, int, float, bool):
        return annotation()
    if annotation is object or type(None) in arguments or annotation is None:
        return None
    if not arguments:
        return {}
    first = arguments[0]
    return first if not hasattr(annotation, "__metadata__") and _is_literal(annotation) else minimal(first)


def _is_literal(annotation: Any) -> bool:
    return all(isinstance(argument, (str, int, bool)) for argument in get_args(annotation))


def values(model: type[BaseModel]) -> Iterator[dict[str, Any]]:
    """A model's least value; and for each member that may be one of several models, one value for each."""
    least = {name: minimal(field.annotation) for name, field in model.model_fields.items() if field.is_required()}
    yield least
    for name, field in model.model_fields.items():
        kinds = [kind for kind in get_args(field.annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)]
        for kind in kinds:
            yield {**least, name: minimal(kind)}


EVENTS = {type_of(model): model for model in models(ResponseStreamEvent)}
ITEMS = {type_of(model): model for model in models(ResponseOutputItem)}
