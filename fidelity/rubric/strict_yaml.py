"""A strict reader of YAML 1.2: plain text out, every value with its line.

YAML guesses types (`no` becomes false, `1.10` becomes 1.1) and lets a key stand twice. A rubric
is scored by what it says, so nothing is guessed here: every scalar comes back as the text that
was written, and the rubric model alone decides what is a number. Tags, anchors, aliases,
duplicate keys, several documents, odd characters and very large or deep files are refused.

Where the text can be read on after such a fault it is, so that one check tells them all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
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
from fidelity.rubric.yaml_words import in_plain_words

MAX_BYTES = 1_000_000
MAX_DEPTH = 12
MAX_NODES = 20_000
MAX_KEY = 64
#: Unicode categories: control, format, surrogate, private, line and paragraph marks.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
UNREAD = "; then check again, since the lines below could not be read"
_NO_VALUES = {"~", "null", "Null", "NULL"}

Position = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A parsed file: its plain content and the line of every place in it.

    Attributes:
        name: file name, as it stands in messages.
        content: nested dicts, lists and text.
        lines: line number (from 1) by path, for instance ("components", 0, "id").
        faults: what is not allowed in it, with its line; there may be more in the content.
        lost: the places at which no value could be read.
    """

    name: str
    content: dict[str, Any]
    lines: dict[Position, int] = field(default_factory=dict)
    faults: Sequence[tuple[int, Fault]] = ()
    lost: frozenset[Position] = frozenset()

    def line(self, path: Position) -> int:
        """The line of a path, or of the nearest place above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def where(self, path: Position) -> str:
        """File and line of a path, or of the nearest place above it."""
        return f"{self.name}:{self.line(path)}"


def read_document(path: Path) -> Document:
    """Read one YAML file strictly.

    Args:
        path: the file, UTF-8, at most 1 MB.

    Returns:
        The document with its `faults`, which `fidelity.rubric.reader.model_from` tells together
        with what is wrong in its content.

    Raises:
        FileError: the file cannot be opened, is too large, or is not UTF-8.
        RubricError: the text cannot be read to its end; all faults so far with file and line.
    """
    try:
        _refuse_large(path.stat().st_size, path.name)
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(
            f"{path.name}: not UTF-8 text (byte {error.start + 1}); open it in an editor and save "
            "it again with the encoding UTF-8."
        ) from None
    except OSError as error:
        raise FileError(
            f"{path.name}: cannot be opened: {error.strerror or error}. Check the name and the "
            "folder."
        ) from None
    except ValueError:
        raise FileError(f"{str(path)!r}: no file can have this name.") from None
    return parse(text, path.name)


def _refuse_large(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise FileError(
            f"{name}: {size:,} bytes; a rubric file has at most {MAX_BYTES:,}. Is this the right "
            "file?"
        )


def parse(text: str, name: str) -> Document:
    """Parse YAML text strictly; see `read_document`."""
    _refuse_large(len(text), name)
    text, odd = _without_odd_characters(text, name)
    builder = _Builder(name, odd)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except _StopError:
        raise RubricError(name, _sorted(builder.faults)) from None
    except (YAMLError, ValueError, RecursionError) as error:
        builder.faults.append(_syntax(error, text, builder))
        raise RubricError(name, _sorted(builder.faults)) from None
    if not isinstance(builder.root, dict):
        builder.fault(
            1, "no keys found", "lines such as id: my_rubric", "check that this is the right file"
        )
        raise RubricError(name, _sorted(builder.faults))
    return Document(
        name, builder.root, builder.lines, tuple(builder.faults), frozenset(builder.lost)
    )


def _sorted(faults: list[tuple[int, Fault]]) -> list[Fault]:
    return [fault for _, fault in sorted(faults, key=lambda placed: placed[0])]


def _syntax(error: Exception, text: str, builder: _Builder) -> tuple[int, Fault]:
    """Where and why the parser gave up, in plain words."""
    line, what, remedy = in_plain_words(error, builder.quoted)
    if any(line == placed for placed, _ in builder.faults):
        what, remedy = "the rest of this line cannot be read", "mend the fault before it"
    lines = text.split("\n")
    written = lines[line - 1].strip() if line <= len(lines) else ""
    return line, Fault(
        f"{builder.name}:{line}",
        f'{what}: "{cut(written)}"' if written else what,
        'lines such as "key: value"',
        remedy + UNREAD,
    )


def cut(text: str, most: int = 60) -> str:
    """A text as messages show it: its beginning, where it is long."""
    return text if len(text) <= most else f"{text[:most].rstrip()}..."


def _without_odd_characters(text: str, name: str) -> tuple[str, list[tuple[int, Fault]]]:
    """The text without what a reader cannot see, and what could make two ids look alike."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    odd = {character for character in set(text) if _is_odd(character)}
    hard = {character for character in set(text) - {"\t", "\n", " "} if character.isspace()} - odd
    faults = []
    for number, line in enumerate(text.split("\n"), 1) if odd | hard else ():
        indentation = line[: len(line) - len(line.lstrip())]
        found = next((c for c in line if c in odd or (c in hard and c in indentation)), "")
        if found:
            named = unicodedata.name(found, "a control character").lower()
            what = f"invisible character U+{ord(found):04X} ({named})"
            allowed, remedy = "characters that can be seen", "delete it"
            if found in hard:
                allowed, remedy = "plain spaces before a key", "write plain spaces"
            remedy += "; it often comes with text that was pasted"
            faults.append((number, Fault(f"{name}:{number}", what, allowed, remedy)))
    for space in hard if faults else ():  # the file is refused; this is to find what else is wrong
        text = text.replace(space, " ")
    return text.translate({ord(character): None for character in odd}), faults


def _is_odd(character: str) -> bool:
    if character in "\t\n":
        return False
    return unicodedata.category(character) in _INVISIBLE or character in "\ufffe\uffff"


class _StopError(ValueError):
    """Raised to end parsing where going on would be unsafe."""


class _Builder:
    """Turns the parser's events into dicts, lists and text, without recursion."""

    def __init__(self, name: str, faults: list[tuple[int, Fault]]) -> None:
        self.name = name
        self.root: Any = None
        self.lines: dict[Position, int] = {}
        self.faults = faults
        self.lost: set[Position] = set()
        #: The lines on which the text in quotes that was read last begins and ends.
        self.quoted = (0, 0)
        self._open: list[tuple[Any, Position, str | None]] = []
        self._key_line = 1
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
        self.faults.append((line, Fault(f"{self.name}:{line}", what, allowed, remedy)))

    def _stop(self, line: int, what: str, allowed: str, remedy: str) -> NoReturn:
        self.fault(line, what, allowed, remedy + UNREAD)
        raise _StopError

    def take(self, event: Any) -> None:
        handler = self._handlers.get(type(event))
        if handler:
            handler(event)

    def _document(self, event: Any) -> None:
        line = event.start_mark.line + 1
        self._documents += 1
        if self._documents > 1:
            self._stop(
                line, "a second document begins (---)", "one rubric a file",
                "put it into a file of its own",
            )  # fmt: skip
        if event.version or event.tags:
            self.fault(max(line - 1, 1), "a line that begins with %", "plain values", "delete it")

    def _alias(self, event: Any) -> None:
        line = event.start_mark.line + 1
        self._count(line)
        self.fault(
            line, f'"*{cut(event.anchor)}" (a reference to another place)', "plain values",
            "write the value out, or put it in double quotes if it is text",
        )  # fmt: skip
        if self._at_key():
            self._key(f"*{event.anchor}", line)
        else:
            self.lost.add(self._place("", line))

    def _count(self, line: int) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES or len(self._open) > MAX_DEPTH:
            self._stop(
                line,
                "the file is too long" if self._nodes > MAX_NODES else "too many levels of keys",
                f"at most {MAX_NODES:,} values, at most {MAX_DEPTH} deep",
                "check that this is the right file",
            )

    def _check(self, event: Any) -> int:
        line = int(event.start_mark.line) + 1
        self._count(line)
        if event.anchor:
            self.fault(
                line, f'"&{cut(event.anchor)}" (a name for this place)', "plain values",
                "delete it, or put it in double quotes if it is text",
            )  # fmt: skip
        if event.tag:
            self.fault(
                line, f'"!{cut(str(event.tag).rsplit(":", 1)[-1].lstrip("!"))}" (a tag)',
                "plain values",
                "delete it, or put it in double quotes if it is text",
            )  # fmt: skip
        return line

    def _at_key(self) -> bool:
        """Whether the next value is a key."""
        container, _, key = self._open[-1] if self._open else (None, (), None)
        return isinstance(container, dict) and key is None

    def _start(self, event: Any, container: Any) -> None:
        line = self._check(event)
        path = self._place(container, line)
        self._open.append((container, path, None))

    def _end(self) -> None:
        self._open.pop()

    def _scalar(self, event: Any) -> None:
        line = self._check(event)
        value = unicodedata.normalize("NFC", event.value)
        if event.style in {"'", '"'}:
            self.quoted = (line, event.end_mark.line + 1)
            value = self._without_escapes(value, line)
        if self._at_key():
            self._key(value, line)
            return
        if value == "" and isinstance(self._open[-1][0] if self._open else None, dict):
            line = self._key_line  # the parser puts what is not there on the line of what follows
        here = self._place(value, line)
        if value == "" or (event.style is None and value in _NO_VALUES):
            self.lost.add(here)
            if event.tag or event.anchor:
                return
            of = f'key "{here[-1]}"' if here and isinstance(here[-1], str) else "an entry"
            self.fault(
                line, f"{of} has no value", "a value after the colon or the dash",
                "write one, or delete the line",
            )  # fmt: skip

    def _without_escapes(self, value: str, line: int) -> str:
        """A text without invisible characters that were written with a backslash."""
        odd = sorted({character for character in value if _is_odd(character)})
        if odd:
            self.fault(
                line, f"a backslash that makes an invisible character, U+{ord(odd[0]):04X}",
                "characters that can be seen", "use single quotes around this text",
            )  # fmt: skip
        return "".join(character for character in value if character not in odd)

    def _key(self, key: str, line: int) -> None:
        container, path, _ = self._open[-1]
        if not key:
            self.fault(
                line, "a colon without a key before it", "short words as keys",
                "write the key, or put a text that begins with a colon in double quotes",
            )  # fmt: skip
            self.lost.add((*path, key))
        if len(key) > MAX_KEY:
            self.fault(
                line, f'key "{cut(key, 20)}" is too long', f"at most {MAX_KEY} characters",
                "shorten it, or put a text that holds a colon in double quotes",
            )  # fmt: skip
            self.lost.add((*path, key))
        if key in container:
            self.fault(
                line,
                f'key "{key}" stands twice',
                "each key once",
                f"delete one (the first is on line {self.lines[(*path, key)]})",
            )
        self._open[-1] = (container, path, key)
        self._key_line = line

    def _place(self, value: Any, line: int) -> Position:
        if not self._open:
            self.root = value
            self.lines[()] = line
            return ()
        container, path, key = self._open[-1]
        if isinstance(container, dict):
            if key is None:
                self._stop(
                    line, "a list or a group of keys where a key should stand",
                    "short words as keys",
                    "put text that begins with [ or { in double quotes",
                )  # fmt: skip
            container[key] = value
            here: Position = (*path, key)
            self._open[-1] = (container, path, None)
        else:
            here = (*path, len(container))
            container.append(value)
        self.lines[here] = line
        return here
