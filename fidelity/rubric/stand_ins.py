"""Values that stand in for those that cannot be read, so that the rest can still be checked.

One misspelt weight must not hide what is wrong in the bands. What was put in is remembered by
its place, and nothing that rests on it is told as a fault.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from fidelity.rubric.findings import Path
from fidelity.rubric.values import STAND_INS

Model = TypeVar("Model", bound=BaseModel)


def with_stand_ins(
    content: Mapping[str, Any], model: type[Model], details: Iterable[Mapping[str, Any]]
) -> tuple[Model | None, set[Path]]:
    """The model of a content in which each faulty value is replaced.

    Args:
        content: nested dicts, lists and text.
        model: what the content should be.
        details: pydantic's findings, as `ValidationError.errors()` gives them.

    Returns:
        The model, or None where it cannot be made; and the places that were touched.
    """
    mended = copy.deepcopy(dict(content))
    touched: set[Path] = set()
    superfluous: set[Path] = set()
    for detail in details:
        path = tuple(detail["loc"])
        if path[-1] == "[key]":
            superfluous.add(path[:-1])
        elif detail["type"] == "extra_forbidden":
            superfluous.add(path)
        else:
            touched |= _put_in(mended, model, path)
    for path in sorted(superfluous, key=len, reverse=True):  # what is inside before what holds it
        touched |= _leave_out(mended, path)
    try:
        return model.model_validate(mended), touched
    except ValidationError:
        return None, touched


def model_at(model: Any, path: Path) -> Any:
    """The model class of the part that holds a place, such as Item for (..., "weight")."""
    hint = found = model
    for key in path[:-1]:
        hint, _ = _inside(hint, key)
        found = hint if hasattr(hint, "model_fields") else found
    return found


def _inside(hint: Any, key: str | int) -> tuple[Any, FieldInfo | None]:
    """The type of what stands at a key of a model, a list or a mapping."""
    if hasattr(hint, "model_fields"):
        field = hint.model_fields.get(key)
        inner = _types(hint).get(str(key), Any)
        chosen = [part for part in get_args(inner) if hasattr(part, "model_fields")]
        return (chosen[0] if NoneType in get_args(inner) and chosen else inner), field
    inside = get_args(hint) or (Any,)
    return inside[0 if get_origin(hint) is tuple else -1], None


@lru_cache(maxsize=64)
def _types(model: type[BaseModel]) -> Mapping[str, Any]:
    return get_type_hints(model, include_extras=True)


def _holder(content: Any, path: Path) -> Any:
    for key in path[:-1]:
        content = content[key]
    return content


def _leave_out(content: Any, path: Path) -> set[Path]:
    del _holder(content, path)[path[-1]]
    return {path}


def _put_in(content: Any, model: Any, path: Path) -> set[Path]:
    """Put a value that fits at a place; none where the key may be left out."""
    hint, field = model, None
    for key in path:
        hint, field = _inside(hint, key)
    holder, last = _holder(content, path), path[-1]
    if field and not field.is_required():
        return _leave_out(content, path)
    value = _stand_in(hint, field)
    given = holder[last] if isinstance(last, int) else holder.get(last)
    if isinstance(given, list) and isinstance(value, list):  # too few: these are still checked
        holder[last] = given + value[len(given) :]
        return {(*path, n) for n in range(len(given), len(value))}
    holder[last] = value
    return {path} | {(*path, *leaf) for leaf in _leaves(value)}


def _stand_in(hint: Any, field: FieldInfo | None = None) -> Any:
    """A content that fits a type of the format."""
    if hasattr(hint, "model_fields"):
        needed = [name for name, inner in hint.model_fields.items() if inner.is_required()]
        return {name: _stand_in(*_inside(hint, name)) for name in needed}
    origin = get_origin(hint)
    if origin is tuple:
        least = [m.min_length for m in field.metadata if hasattr(m, "min_length")] if field else []
        return [_stand_in(get_args(hint)[0]) for _ in range(sum(least))]
    if origin is Literal:
        return get_args(hint)[0]
    return STAND_INS.get(hint, {})


def _leaves(value: Any) -> list[Path]:
    """The paths of all texts in a content."""
    if isinstance(value, dict) and value:
        return [(key, *rest) for key, part in value.items() for rest in _leaves(part)]
    if isinstance(value, list) and value:
        return [(n, *rest) for n, part in enumerate(value) for rest in _leaves(part)]
    return [()]
