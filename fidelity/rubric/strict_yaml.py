"""A strict reader of YAML 1.2: plain text out, every value with its line.

YAML guesses types (`no` becomes false, `1.10` becomes 1.1) and lets a key stand twice. A rubric
is scored by what it says, so nothing is guessed here: every scalar comes back as the text that
was written, and the rubric model alone decides what is a number. Tags, anchors, aliases,
duplicate keys, several documents, odd characters and very large or deep files are refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from fidelity.errors import Fault, FileError, RubricError

MAX_BYTES = 1_000_000
MAX_DEPTH = 12
MAX_NODES = 50_000
MAX_KEY = 64

Position = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A parsed file: its plain content and the line of every place in it.

    Attributes:
        name: file name, as it stands in messages.
        content: nested dicts, lists and text.
        lines: line number (from 1) by path, for instance ("components", 0, "id").
    """

    name: str
    content: dict[str, Any]
    lines: dict[Position, int] = field(default_factory=dict)

    def where(self, path: Position) -> str:
        """File and line of a path, or of the nearest place above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.name}:{self.lines.get(path, 1)}"


def read_document(path: Path) -> Document:
    """Read one YAML file strictly.

    Args:
        path: the file, UTF-8, at most 1 MB.

    Raises:
        FileError: the file cannot be opened, is too large, or is not UTF-8.
        RubricError: the text is not what the format allows; all faults with file and line.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise FileError(
                f"{path.name}: {size:,} bytes; a rubric file has at most {MAX_BYTES:,}. "
                "Is this the right file?"
            )
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(
            f"{path.name}: not UTF-8 text (byte {error.start}); save it again as UTF-8."
        ) from None
    except OSError as error:
        raise FileError(f"{path.name}: cannot be opened: {error.strerror or error}.") from None
    return parse(text, path.name)


def parse(text: str, name: str) -> Document:
    """Parse YAML text strictly; see `read_document`."""
    faults = _odd_characters(text, name)
    if faults:
        raise RubricError(name, faults)
    builder = _Builder(name)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        builder.fault(
            mark.line + 1 if mark else 1,
            f"not valid YAML: {error.problem or error.context}",
            remedy="check the indentation and the quotes on this line and the one above",
        )
    except (YAMLError, ValueError, RecursionError) as error:
        builder.fault(1, f"not valid YAML: {str(error).splitlines()[0]}")
    if not builder.faults and not isinstance(builder.root, dict):
        builder.fault(1, "no keys found", allowed="a rubric: keys such as id, version, title")
    if builder.faults:
        raise RubricError(name, builder.faults)
    return Document(name, builder.root, builder.lines)


def _odd_characters(text: str, name: str) -> list[Fault]:
    """Characters that a reader cannot see, and that could make two ids look alike."""
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        for character in line:
            if character != "\t" and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co"}:
                faults.append(
                    Fault(
                        f"{name}:{number}",
                        f"invisible character U+{ord(character):04X}",
                        remedy="delete it",
                    )
                )
                break
    return faults


class _Stop(ValueError):
    """Raised to end parsing where going on would be unsafe."""


class _Builder:
    """Turns the parser's events into dicts, lists and text, without recursion."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Any = None
        self.lines: dict[Position, int] = {}
        self.faults: list[Fault] = []
        self._open: list[tuple[Any, Position, str | None]] = []
        self._nodes = 0
        self._documents = 0
        self._handlers: dict[type, Callable[[Any], None]] = {
            DocumentStartEvent: self._document,
            MappingStartEvent: lambda event: self._start(event, {}),
            SequenceStartEvent: lambda event: self._start(event, []),
            MappingEndEvent: lambda _: self._end(),
            SequenceEndEvent: lambda _: self._end(),
            ScalarEvent: self._scalar,
            AliasEvent: self._alias,
        }

    def fault(self, line: int, what: str, allowed: str = "", remedy: str = "") -> None:
        self.faults.append(Fault(f"{self.name}:{line}", what, allowed, remedy))

    def take(self, event: Any) -> None:
        handler = self._handlers.get(type(event))
        if handler:
            handler(event)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self.fault(event.start_mark.line + 1, "a second document", "one rubric a file")
            raise _Stop("a second document in one file")

    def _alias(self, event: Any) -> None:
        line = event.start_mark.line + 1
        self.fault(line, f"alias *{event.anchor}", "plain values", "write the value out")
        self._place("", line)

    def _check(self, event: Any) -> int:
        line = int(event.start_mark.line) + 1
        self._nodes += 1
        if self._nodes > MAX_NODES or len(self._open) > MAX_DEPTH:
            self.fault(
                line,
                "the file is too deep or too long",
                f"at most {MAX_DEPTH} levels and {MAX_NODES:,} values",
            )
            raise _Stop("too deep or too long")
        if event.anchor:
            self.fault(line, f"anchor &{event.anchor}", "plain values", "write the value out")
        if event.tag:
            self.fault(line, f"tag {event.tag}", "plain values", "delete the tag")
        return line

    def _start(self, event: Any, container: Any) -> None:
        line = self._check(event)
        path = self._place(container, line)
        self._open.append((container, path, None))

    def _end(self) -> None:
        self._open.pop()

    def _scalar(self, event: Any) -> None:
        line = self._check(event)
        value = unicodedata.normalize("NFC", event.value)
        if self._open and isinstance(self._open[-1][0], dict) and self._open[-1][2] is None:
            self._key(value, line)
            return
        if value == "" or (event.style is None and value in {"~", "null", "Null", "NULL"}):
            self.fault(line, "no value", remedy="give a value or leave the key out")
        self._place(value, line)

    def _key(self, key: str, line: int) -> None:
        container, path, _ = self._open[-1]
        if len(key) > MAX_KEY:
            self.fault(line, f'key "{key[:20]}..." is too long', f"at most {MAX_KEY} characters")
        if key in container:
            self.fault(
                line,
                f'key "{key}" stands twice',
                "each key once",
                f"delete one (the first is on line {self.lines[(*path, key)]})",
            )
        self._open[-1] = (container, path, key)

    def _place(self, value: Any, line: int) -> Position:
        if not self._open:
            self.root = value
            self.lines[()] = line
            return ()
        container, path, key = self._open[-1]
        if isinstance(container, dict):
            if key is None:
                self.fault(line, "a key that is not text", "short words as keys")
                raise _Stop("a key that is not text")
            container[key] = value
            here: Position = (*path, key)
            self._open[-1] = (container, path, None)
        else:
            here = (*path, len(container))
            container.append(value)
        self.lines[here] = line
        return here
