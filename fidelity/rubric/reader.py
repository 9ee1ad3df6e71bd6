"""From a rubric file, or the id of one that ships, to a `Rubric`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fidelity.errors import Fault, RubricError, UsageError
from fidelity.rubric.checks import findings, nearest
from fidelity.rubric.model import Rubric
from fidelity.rubric.places import rubrics_folder
from fidelity.rubric.strict_yaml import Document, parse, read_document

_MISSING = "missing"
_EXTRA = "extra_forbidden"


def rubric_ids() -> list[str]:
    """Ids of the rubrics that ship with the library, in alphabetical order."""
    return sorted(path.stem for path in rubrics_folder().glob("*.yaml"))


def read_rubric(source: str | Path) -> Rubric:
    """Read a rubric.

    Args:
        source: the id of a rubric that ships ("sos_case_file"), or the path of a YAML file.

    Raises:
        UsageError: there is no such rubric.
        FileError: the file cannot be read.
        RubricError: the file is not a rubric; every fault with file, line and remedy.
    """
    text = str(source)
    path = Path(text)
    if path.suffix.lower() in {".yaml", ".yml"} or len(path.parts) > 1:
        return _read(path)
    if text not in rubric_ids():
        raise UsageError(
            f'No rubric "{text}": {nearest(text, rubric_ids())} '
            "For a file of your own, give its path, ending in .yaml."
        )
    return _read_shipped(text)


@lru_cache(maxsize=64)
def _read_shipped(name: str) -> Rubric:
    return _read(rubrics_folder() / f"{name}.yaml")


def _read(path: Path) -> Rubric:
    rubric = rubric_from(read_document(path))
    if path.parent == rubrics_folder() and rubric.id != path.stem:
        raise RubricError(path.name, [Fault(path.name, f'id "{rubric.id}"', path.stem)])
    return rubric


def rubric_from_text(text: str, name: str = "rubric") -> Rubric:
    """Read a rubric from YAML text; `name` stands in messages. See `read_rubric`."""
    return rubric_from(parse(text, name))


def rubric_from(document: Document) -> Rubric:
    """Check a parsed document and make the rubric."""
    try:
        rubric = Rubric.model_validate(document.content)
    except ValidationError as error:
        faults = [_fault(document, dict(detail)) for detail in error.errors()]
        raise RubricError(document.name, faults) from None
    faults = [
        Fault(document.where(found.path), found.what, found.allowed, found.remedy)
        for found in findings(rubric)
    ]
    if faults:
        raise RubricError(document.name, faults)
    return rubric


def _fault(document: Document, detail: dict[str, Any]) -> Fault:
    """One finding of pydantic in the words of this project."""
    path = tuple(detail["loc"])
    where = document.where(path)
    if detail["type"] == _MISSING:
        return Fault(where, f'key "{path[-1]}" is missing', remedy="add it")
    if detail["type"] == _EXTRA:
        return Fault(where, f'unknown key "{path[-1]}"', remedy=_known_key(path))
    given = detail["input"]
    shown = f'"{given}"' if isinstance(given, str) else f"a {_kind(given)}"
    name = ".".join(str(part) for part in path if part != "[key]")
    message = str(detail["msg"]).removeprefix("Value error, ")
    return Fault(where, f"{name}: {shown[:120]}", message[:1].lower() + message[1:])


def _kind(value: Any) -> str:
    return {dict: "group of keys", list: "list", tuple: "list"}.get(type(value), "value")


def _known_key(path: tuple[str | int, ...]) -> str:
    """The nearest valid key at this place of the format."""
    model: Any = Rubric
    for part in path[:-1]:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        model = _model_in(annotation) or model
    return nearest(str(path[-1]), model.model_fields)


def _model_in(annotation: Any) -> Any:
    """The model class inside an annotation such as tuple[Item, ...] or Bands | None."""
    if hasattr(annotation, "model_fields"):
        return annotation
    inner = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model is not None), None)
