"""Pseudonyms: the same person or case gets the same code, and only the key's holder can link it.

A pseudonym is a keyed hash (HMAC-SHA256) of a reference, so that it cannot be found by trying all
references, as a plain hash can. The key is made once, kept by the authority outside its data and
outside any checkout, and never printed. Each pseudonym begins with four letters that tell which
key made it.

If the key is lost, old pseudonyms stay as they are, and new ones cannot be linked with them: keep
a copy where passwords are kept. If it became known, make a new key, and bring the data in again
from the source with it. Pseudonyms are personal data still: whoever has the key, or knows the
case, can tell who it is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from fidelity.collect.delimited import TextTable
from fidelity.errors import FileError, UsageError

#: What is turned into pseudonyms where nothing else is asked for.
USUAL = ("case", "practitioner")
POSSIBLE = ("piece", "case", "practitioner", "rater")
_HEAD = "fidelity-key-1 "
_BYTES = 32
_LETTERS = re.compile(r"[a-z2-7]{4}-[a-z2-7]{16}")


@dataclass(frozen=True)
class Key:
    """A key for pseudonyms; it never shows itself."""

    secret: bytes = field(repr=False)

    @property
    def kid(self) -> str:
        """Four letters that tell this key from others, and nothing about it."""
        return _base32(hashlib.sha256(b"kid\0" + self.secret).digest())[:4]

    def pseudonym(self, kind: str, reference: str) -> str:
        """The pseudonym of a reference; one that this key made stays as it is.

        Args:
            kind: what the reference is of; "7" as a case and "7" as a worker stay apart.
            reference: spaces and capitals make no difference.
        """
        if _LETTERS.fullmatch(reference) and reference.startswith(f"{self.kid}-"):
            return reference
        one = " ".join(unicodedata.normalize("NFKC", reference).casefold().split())
        digest = hmac.new(self.secret, f"{kind}\0{one}".encode(), hashlib.sha256).digest()
        return f"{self.kid}-{_base32(digest[:10])}"


def _base32(content: bytes) -> str:
    return base64.b32encode(content).decode("ascii").rstrip("=").lower()


def new_key(path: str | Path) -> Key:
    """Make a key, in a file that only its owner can read.

    Raises:
        FileError: there is a file already, or it cannot be written.
        UsageError: the place is inside a git checkout, or beside ratings.
    """
    path = Path(path).absolute()
    _check_place(path)
    secret = secrets.token_bytes(_BYTES)
    text = _HEAD + base64.b64encode(secret).decode("ascii") + "\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
    except FileExistsError:
        raise FileError(
            f"{path.name}: there is a file already. A key that is overwritten is lost, and with "
            "it the link to all earlier pseudonyms. Choose another name."
        ) from None
    except OSError as error:
        raise FileError(f"{path.name}: cannot be written: {error.strerror or error}.") from None
    return Key(secret)


def read_key(path: str | Path) -> Key:
    """Read a key.

    Raises:
        FileError: there is none, it is damaged, or others on this machine can read it.
        UsageError: it lies inside a git checkout, or beside ratings.
    """
    path = Path(path).absolute()
    _check_place(path)
    try:
        mode = path.stat().st_mode
        text = path.read_bytes()[:200].decode("ascii", errors="replace").strip()
    except OSError as error:
        raise FileError(
            f"{path.name}: the key cannot be opened: {error.strerror or error}. Make one with: "
            "fidelity key FILE"
        ) from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise FileError(
            f"{path.name}: others on this machine can read the key. Shut it (chmod 600), and "
            "think about whether it is still a secret."
        )
    try:
        secret = base64.b64decode(text.removeprefix(_HEAD), validate=True)
    except ValueError:
        secret = b""
    if not text.startswith(_HEAD) or len(secret) != _BYTES:
        raise FileError(f"{path.name}: no key, or a damaged one. Take it from your copy.")
    return Key(secret)


def _check_place(path: Path) -> None:
    """A key beside what it protects, or in a checkout that is shared, protects nothing."""
    if any((folder / ".git").exists() for folder in path.parents):
        raise UsageError(f"{path.name}: a key never lies inside a git checkout. Keep it elsewhere.")
    if path.parent.is_dir() and any(path.parent.glob("ratings_*")):
        raise UsageError(f"{path.name}: a key never lies beside ratings. Keep it elsewhere.")


def pseudonymised(table: TextTable, key: Key, columns: Iterable[str] = USUAL) -> TextTable:
    """A table with references turned into pseudonyms, cell by cell.

    Raises:
        UsageError: a column that holds no references.
    """
    wanted = list(columns)
    if wrong := [name for name in wanted if name not in POSSIBLE]:
        raise UsageError(f"No pseudonyms for {', '.join(wrong)}. Allowed: {', '.join(POSSIBLE)}.")
    changed = {
        name: [cell and key.pseudonym(name, cell) for cell in cells] if name in wanted else cells
        for name, cells in table.columns.items()
    }
    return TextTable(table.name, changed, table.places, table.notes, table.letters)
