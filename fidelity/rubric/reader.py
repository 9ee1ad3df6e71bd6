"""From a rubric file, or the id of one that ships, to a `Rubric`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from fidelity.errors import FAULTS_SHOWN, Fault, RubricError, UsageError
from fidelity.rubric.checks import findings
from fidelity.rubric.findings import Finding, nearest
from fidelity.rubric.model import Rubric
from fidelity.rubric.places import rubrics_folder
from fidelity.rubric.stand_ins import model_at, with_stand_ins
from fidelity.rubric.strict_yaml import Document, Position, cut, parse, read_document

Model = TypeVar("Model", bound=BaseModel)
#: What does not fit in a model, given also what could not be read ("scales", "scales.id").
Check = Callable[[Model, frozenset[str]], Iterable[Finding]]

_KEYS = ("keys with values", 'write lines such as "key: value" below it, further in')
#: Pydantic's kinds of finding about a value: what is allowed, and what to do.
_WORDS: Mapping[str, tuple[str, str]] = {
    "dict_type": _KEYS,
    "mapping_type": _KEYS,
    "model_type": _KEYS,
    "tuple_type": ("a list", 'write each entry on a line of its own after "- ", or all as [a, b]'),
    "too_short": ("a list of at least {min_length}", "add what is missing"),
    "greater_than": ("more than {gt}", "change the number"),
    "greater_than_equal": ("{ge} or more", "change the number"),
    "less_than_equal": ("{le} or less", "change the number"),
}
_OTHERWISE = ("what rubrics/README.md says of this key", "compare with a rubric that ships")


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
    document = read_document(path)
    rubric = model_from(document, Rubric, findings)
    if path.parent == rubrics_folder() and rubric.id != path.stem:
        what = f'id "{rubric.id}" in a file named {path.name}'
        raise RubricError(
            path.name,
            [Fault(document.where(("id",)), what, f"id: {path.stem}", "rename one of them")],
        )
    return rubric


def rubric_from_text(text: str, name: str = "rubric") -> Rubric:
    """Read a rubric from YAML text; `name` stands in messages. See `read_rubric`."""
    return model_from(parse(text, name), Rubric, findings)


def model_from(document: Document, model: type[Model], check: Check[Model]) -> Model:
    """Make a model of a document, or tell everything that is wrong in it.

    Args:
        document: the parsed file, with the faults that its reader found.
        model: what it should be, such as `Rubric`.
        check: finds what does not fit between the parts of the model. It is also asked where
            single values are at fault, with others standing in for them.

    Raises:
        RubricError: every fault with file, line and remedy, in the order of the file.
    """
    told: list[tuple[int, Callable[[], Fault]]] = [
        (line, partial(_itself, fault)) for line, fault in document.faults
    ]
    made: Model | None = None
    touched: set[Position] = set(document.lost)
    try:
        made = model.model_validate(document.content)
    except ValidationError as error:
        details = [dict(detail) for detail in error.errors(include_url=False)]
        details = [detail for detail in details if not _is_echo(detail)]
        for detail in details:
            path = _path(detail)
            if path not in document.lost:
                told.append((document.line(path), partial(_fault, document, model, detail)))
        made, stand_ins = with_stand_ins(document.content, model, details)
        touched |= stand_ins
    if made is not None:
        for finding in _sure(check, made, touched):
            told.append((document.line(finding.path), partial(_of, finding, document)))
    if told or made is None:
        told.sort(key=lambda placed: placed[0])
        faults = [make() for _, make in told[:FAULTS_SHOWN]]
        raise RubricError(document.name, faults, total=len(told))
    return made


def _sure(check: Check[Model], made: Model, touched: set[Position]) -> Iterator[Finding]:
    """What does not fit, whatever should have stood where something else stands in."""
    unread = {name for path in touched for name in (f"{path[0]}", f"{path[0]}.{path[-1]}")}
    above = {path[:n] for path in touched for n in range(len(path) + 1)}
    for finding in check(made, frozenset(unread)):
        below = any(finding.path[:n] in touched for n in range(len(finding.path)))
        if finding.path not in above and not below:
            yield finding


def _is_echo(detail: Mapping[str, Any]) -> bool:
    """Whether a list is called too short only because one of its entries is at fault."""
    if detail["type"] != "too_short":
        return False
    return len(detail["input"]) >= int(detail["ctx"]["min_length"])


def _itself(fault: Fault) -> Fault:
    return fault


def _of(finding: Finding, document: Document) -> Fault:
    remedy = finding.remedy if isinstance(finding.remedy, str) else finding.remedy()
    what = _named(document, finding.path) + finding.what
    return Fault(document.where(finding.path), what, finding.allowed, remedy)


def _path(detail: Mapping[str, Any]) -> Position:
    """The place of one of pydantic's findings; it marks a key as such behind it."""
    return tuple(key for key in detail["loc"] if key != "[key]")


def _fault(document: Document, model: type[BaseModel], detail: Mapping[str, Any]) -> Fault:
    """One of pydantic's findings in the words of this project."""
    path, kind, given = _path(detail), detail["type"], detail["input"]
    where = document.where(path)
    if kind == "missing":
        return Fault(
            where, f'{_named(document, path[:-1])}key "{path[-1]}" is missing',
            "a value for every key that is needed",
            f'add a line "{path[-1]}: ..." here; rubrics/README.md says what it means',
        )  # fmt: skip
    if kind == "extra_forbidden":
        near = nearest(str(path[-1]), model_at(model, path).model_fields)
        what = f'{_named(document, path[:-1])}unknown key "{cut(str(path[-1]))}"'
        return Fault(where, what, "the keys of the format", f"{near} Or delete it")
    allowed, remedy = _told(kind, detail.get("ctx", {}), given)
    holder = path[:-1] if detail["loc"][-1] == "[key]" else path
    return Fault(where, f"{_named(document, holder)}{_shown(given)}", allowed, remedy)


def _told(kind: str, context: Mapping[str, Any], given: Any) -> tuple[str, str]:
    """What is allowed, and what to do."""
    if kind == "value_error":
        allowed, remedy = context["error"].args
        return allowed, remedy
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", context["expected"])
        word = given if isinstance(given, str) else ""
        this = "write this" if len(words) == 1 else "write one of these"
        return ", ".join(words), nearest(word, words, this)
    allowed, remedy = _WORDS.get(kind, _OTHERWISE)
    return allowed.format(**context), remedy


def _shown(value: Any) -> str:
    """A value as a message shows it."""
    if isinstance(value, str):
        return f'"{cut(" ".join(value.split()))}"'
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, Fraction):
        return f"{float(value):g}"
    return "a group of keys" if isinstance(value, Mapping) else str(value)


def _named(document: Document, path: Position) -> str:
    """A place in words, such as 'item "m1", evidence, entry 2: '; "" for the whole file."""
    words: list[str] = []
    named = 0  # words that name a part
    part: Any = document.content
    for key in path:
        inside: Any = part if isinstance(part, dict) else dict(enumerate(part))
        part = inside.get(key, {})
        name = part.get("id") if isinstance(part, dict) else None
        if isinstance(key, str):
            words.append(cut(key))
        elif isinstance(part, dict):
            which = f'"{cut(name)}"' if isinstance(name, str) else f"{key + 1}"
            words = [*words[named:-1], f"{words[-1].removesuffix('s')} {which}"]
            named = len(words)
        else:
            words.append(f"entry {key + 1}")
    return f"{', '.join(words)}: " if words else ""
