"""Whatever a file holds, its reader gives a result or the library's own error, and soon.

Arbitrary text, text made of the signs of YAML and of tables, and sound files in which lines,
letters, keys and values were deleted, doubled, swapped, retyped and nested.
"""

import copy
import csv
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fidelity.collect.ratings import Ratings, read_ratings
from fidelity.errors import FaultsError, FidelityError
from fidelity.rubric import rubric_from_text
from fidelity.rubric.benchmark import read_benchmark
from fidelity.rubric.places import rubrics_folder
from fidelity.rubric.strict_yaml import MAX_BYTES, parse
from tests.faults.corpus import SOUND_RUBRIC

SOUND = SOUND_RUBRIC.read_text(encoding="utf-8")
SIGNS = [
    ": ", ":", "- ", "-", "? ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ", ", "&a ", "*a",
    "!!x ", "!", "| ", ">-", "'", '"', " #", "%YAML 1.1\n", "---\n", "...\n", "\t", "\r", "\\", "@",
    "`", "~", "<<", "null", "1e999", "id", "components", "items", "a", "b", "é", "\u200b", "\u2028",
    "\x85", "\0", "\ufeff", "\ud800", "\U0001f600",
]  # fmt: skip
#: More than two thousand files in all.
MANY = settings(suppress_health_check=list(HealthCheck))
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "0", "-1", "9" * 400, "1e9", "NaN", "true", "NA", "2026-02-30", "x" * 5000]
    ),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.lists(st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=8), st.text(max_size=3), max_size=3),
    st.recursive(st.text(max_size=2), lambda inner: st.lists(inner, max_size=2), max_leaves=30),
)


def told_or_read(read: Callable[[], object]) -> bool:
    """Whether something was read. Any other error than the library's own fails the test."""
    try:
        read()
    except FidelityError as error:
        told = error
    else:
        return True
    assert "Input should" not in str(told)
    assert "what rubrics/README.md says of this key" not in str(told)  # a kind without its words
    if isinstance(told, FaultsError):
        assert told.total >= len(told.faults) > 0
        assert all((f.where, f.what, f.allowed, f.remedy) for f in told.faults)
    return False


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@settings(MANY, max_examples=1300)
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(SIGNS), max_size=60).map("".join)))
def test_any_text(text: str) -> None:
    told_or_read(lambda: parse(text, "any"))
    told_or_read(lambda: rubric_from_text(text, "any"))


@settings(MANY, max_examples=400)
@given(st.data())
def test_a_sound_rubric_with_other_lines(data: st.DataObject) -> None:
    lines = SOUND.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        n = data.draw(st.integers(0, len(lines) - 1))
        m = data.draw(st.integers(0, len(lines) - 1))
        sign = data.draw(st.sampled_from(SIGNS))
        at = data.draw(st.integers(0, len(lines[n])))
        change = data.draw(st.sampled_from(["delete", "double", "swap", "shift", "put in", "cut"]))
        if change == "delete":
            del lines[n]
        elif change == "double":
            lines.insert(m, lines[n])
        elif change == "swap":
            lines[n], lines[m] = lines[m], lines[n]
        elif change == "shift":
            lines[n] = "  " + lines[n] if m % 2 else lines[n][2:]
        elif change == "put in":
            lines[n] = lines[n][:at] + sign + lines[n][at:]
        else:
            lines = [*lines[:n], lines[n][:at], ""]
    told_or_read(lambda: rubric_from_text("\n".join(lines), "lines"))


@settings(MANY, max_examples=250)
@given(st.data())
def test_a_sound_rubric_with_other_values(data: st.DataObject) -> None:
    content = changed(parse(SOUND, "sound").content, data)
    plain = data.draw(st.booleans())
    told_or_read(lambda: rubric_from_text(json.dumps(content, ensure_ascii=plain), "values"))


@settings(MANY, max_examples=150)
@given(data=st.data())
def test_benchmark_pieces_with_other_values(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = changed(BENCHMARK, data)
    path = tmp_path_factory.getbasetemp() / "benchmark.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    told_or_read(lambda: read_benchmark(path))


def changed(content: Any, data: st.DataObject) -> Any:
    """A content with one to three places deleted, doubled, swapped, retyped, renamed or nested."""
    content = copy.deepcopy(content)
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(places(content)))
        value = holder[key]
        change = data.draw(
            st.sampled_from(["delete", "double", "swap", "retype", "rename", "nest", "deepen"])
        )
        if change == "delete":
            del holder[key]
        elif change == "double" and isinstance(holder, list):
            holder.append(copy.deepcopy(value))
        elif change == "swap":
            other, place = data.draw(st.sampled_from(places(content)))
            holder[key] = copy.deepcopy(other[place])
        elif change == "rename" and isinstance(holder, dict):
            holder[data.draw(st.text(max_size=100))] = holder.pop(key)
        elif change == "nest":
            holder[key] = {"id": value} if data.draw(st.booleans()) else [value]
        elif change == "deepen":
            for _ in range(data.draw(st.integers(1, 30))):
                value = [value]
            holder[key] = value
        else:
            holder[key] = data.draw(VALUES)
    return content


def places(content: Any) -> list[tuple[Any, Any]]:
    """Every place in a content: what holds it, and its key or index."""
    keys = list(content) if isinstance(content, dict) else range(len(content))
    found = [(content, key) for key in keys]
    for key in keys:
        if isinstance(content[key], dict | list):
            found += places(content[key])
    return found


def _one_piece() -> Any:
    path = rubrics_folder() / "benchmark" / "sos_case_file.yaml"
    content = parse(path.read_text(encoding="utf-8"), path.name).content
    return {**content, "pieces": content["pieces"][:1]}


BENCHMARK = _one_piece()


# Ratings

RUBRIC = rubric_from_text(SOUND)
HEADINGS = [
    "piece", "rater", "item", "value", "rater_role", "date", "rated_on", "purpose", "team",
    "minutes", "concern", "escalated_on", "closed_on", "rubric", "rubric_version", "a1", "A1", "q1",
    "note",    "covers_from", "covers_to", "reason", "level", "", " ", "_row", "x",
]  # fmt: skip
CELLS = st.one_of(
    st.sampled_from([
        "", "a", "b", "r", "a1", "b1", "q1", "1", "2", "3", "1.0", "1.5", "NA", "NE", "n/a", "DK",
        "2026-01-31", "31/01/2026", "2026-02-30", "peer", "boss", "benchmark", "yes", "no", "maybe",
        "visit_record", "1.0.0", "0.9.0", "9" * 60, "1e9", "-1", "nan", "inf", "\u00a01", '"', "'",
        ",", ";", "\n", "\r", "=1+1", "0x1", "１", "٣", "٢٠٢٦-٠١-٠١",
    ]),
    st.text(max_size=6),
)  # fmt: skip


@settings(MANY, max_examples=300)
@given(
    content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(encoded)),
    mark=st.sampled_from([b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"piece,rater,a1\n"]),
)
def test_any_bytes_as_ratings(
    content: bytes, mark: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(mark + content)
    told_or_read(lambda: read_ratings(path, RUBRIC))


@settings(MANY, max_examples=120)
@given(data=st.data())
def test_any_table_as_ratings(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Half of the tables are long and half wide, so that most come past the headings."""
    first = data.draw(
        st.sampled_from([["piece", "rater", "item", "value"], ["piece", "rater", "a1"]])
    )
    more = data.draw(st.lists(st.sampled_from(HEADINGS), max_size=4, unique=True))
    headings = [*first, *(heading for heading in more if heading not in first)]
    sure = {"piece": "a", "rater": "r", "item": "a1"}
    row = st.tuples(
        *(st.one_of(st.just(sure[name]), CELLS) if name in sure else CELLS for name in headings)
    )
    rows = data.draw(st.lists(row, max_size=6))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([headings, *rows])
    path = tmp_path_factory.getbasetemp() / "table.csv"
    path.write_bytes(text.getvalue().encode("utf-8", "surrogatepass"))
    if data.draw(st.booleans()):
        told_or_read(lambda: read_ratings(path, RUBRIC))
    else:
        told_or_read(lambda: Ratings(pd.DataFrame(rows, columns=headings), RUBRIC))


LARGE = {
    "lists within lists": "[" * 999_000,
    "keys within keys": "{a: " * 200_000,
    "lines further and further in": "\n".join(" " * n + "a:" for n in range(1300)),
    "a list of 400,000": "a: [" + "1," * 400_000 + "]",
    "80,000 keys": "{" + ",".join(f"k{n}: 1" for n in range(80_000)) + "}",
    "9,900 unknown keys": "\n".join(f"k{n}: 1" for n in range(9_900)),
    "one key 190,000 times": "a: 1\n" * 190_000,
    "300,000 references": "[" + "*a," * 300_000 + "]",
    "300,000 names of places": "&a " * 300_000,
    "300,000 tags": "!!a " * 240_000,
    "490,000 words": "a: " + "b " * 490_000,
    "a number of 900,000 digits": SOUND.replace("weight: 2", "weight: " + "9" * 900_000),
    "900,000 colons": ":" * 900_000,
    "300,000 documents": "---\n" * 240_000,
    "60,000 invisible characters": "\u200b\n" * 60_000,
    "19,000 parts that there are not": SOUND.replace(
        "[before, during]", "[" + ", ".join(f"x{n}" for n in range(19_000)) + "]"
    ),
    "2,500 faulty scales": SOUND.replace(
        "scales:\n", "scales:\n" + "  - {id: S, kind: cont, what: 1}\n" * 2_500
    ),
    "3,000 scales with one id": SOUND.replace(
        "scales:\n", "scales:\n" + "  - {id: s, kind: count}\n" * 3_000
    ),
    "a key for an hour of patience": SOUND.replace("a1: 2", "a1: 1e999999999"),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_file_is_refused_soon(name: str) -> None:
    assert len(LARGE[name]) <= MAX_BYTES
    began = time.perf_counter()
    assert not told_or_read(lambda: rubric_from_text(LARGE[name], "large"))
    took = time.perf_counter() - began
    print(f"{name}: {took:.2f} s")
    assert took < 10  # about 2 at most on an idle machine


def test_a_larger_file_is_not_even_looked_at() -> None:
    began = time.perf_counter()
    assert not told_or_read(lambda: rubric_from_text("[" * (MAX_BYTES + 1), "larger"))
    assert time.perf_counter() - began < 0.1


def test_a_sound_file_of_nearly_a_megabyte_is_read() -> None:
    remarks = ("# " + "x" * 70 + "\n") * 13_000
    assert told_or_read(lambda: rubric_from_text(SOUND + remarks, "long"))


def test_deep_content_from_outside_does_not_exhaust_the_stack(tmp_path: Path) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text("a:\n" + "".join(" " * n + "- \n" for n in range(1, 1200)), encoding="utf-8")
    assert not told_or_read(lambda: read_benchmark(path))
