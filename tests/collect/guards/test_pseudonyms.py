"""Keyed pseudonyms: the same in, the same out; nothing without the key, and the key kept apart."""

import os
import stat
from pathlib import Path

import pytest

from fidelity.collect.delimited import TextTable
from fidelity.collect.guards.pseudonyms import Key, new_key, pseudonymised, read_key
from fidelity.errors import FileError, UsageError


def test_a_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "audits.key"
    key = new_key(path)
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path) == key
    assert len(key.secret) == 32
    before = path.read_bytes()
    with pytest.raises(FileError, match="A key that is overwritten is lost"):
        new_key(path)
    assert path.read_bytes() == before
    assert new_key(tmp_path / "other.key") != key


def test_a_key_never_shows_itself(tmp_path: Path) -> None:
    key = new_key(tmp_path / "k")
    shown = f"{key!r} {key} {key.kid} {key.pseudonym('case', '7')}"
    assert repr(key.secret) not in shown
    assert key.secret.hex() not in shown
    assert "secret" not in shown


def test_the_same_reference_is_the_same_pseudonym_and_no_other() -> None:
    key, other = Key(b"a" * 32), Key(b"b" * 32)
    one = key.pseudonym("case", "C 0289")
    assert one == key.pseudonym("case", "  c  0289 ")
    assert one.startswith(f"{key.kid}-")
    assert key.pseudonym("case", one) == one  # brought in twice, it stays
    assert one != key.pseudonym("practitioner", "C 0289")
    assert one != other.pseudonym("case", "C 0289")
    assert other.pseudonym("case", one) != one  # made by another key, it is a reference like any
    every = {key.pseudonym("case", str(n)) for n in range(20_000)}
    assert len(every) == 20_000


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "k"
    new_key(path)
    if os.name == "posix":
        path.chmod(0o644)
        with pytest.raises(FileError, match="others on this machine can read the key"):
            read_key(path)
        path.chmod(0o600)
    path.write_text("fidelity-key-1 c2hvcnQ=\n", encoding="ascii")
    with pytest.raises(FileError, match="no key, or a damaged one"):
        read_key(path)
    with pytest.raises(FileError, match="fidelity key FILE"):
        read_key(tmp_path / "none")


def test_a_key_lies_neither_in_a_checkout_nor_beside_ratings(tmp_path: Path) -> None:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ratings_miti4.csv").touch()
    for place, told in (("repo", "git checkout"), ("data", "beside ratings")):
        with pytest.raises(UsageError, match=told):
            new_key(tmp_path / place / "k")
        assert not (tmp_path / place / "k").exists()


def test_only_the_columns_that_were_asked_for_are_turned() -> None:
    key = Key(b"a" * 32)
    table = TextTable("a.csv", {"piece": ["A1"], "case": ["Kim Wong"], "m1": ["3"],
                                "practitioner": [None]}, ["line 2"])  # fmt: skip
    turned = pseudonymised(table, key).columns
    assert turned["piece"] == ["A1"]
    assert turned["case"] == [key.pseudonym("case", "Kim Wong")]
    assert turned["practitioner"] == [None]
    with pytest.raises(UsageError, match="No pseudonyms for team"):
        pseudonymised(table, key, ["team"])
