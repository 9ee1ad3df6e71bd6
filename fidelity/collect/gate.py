"""The gate: a frame of any engine goes in, a checked long table comes out.

Checking runs in the engine. What reaches Python is small: the different pairs of item and text,
one row an assessment with its attributes, and the faulty rows where there are any.
"""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pandas as pd

from fidelity.collect import columns as cols
from fidelity.collect.answers import SPACES, SPELLINGS
from fidelity.collect.attributes import check_attributes
from fidelity.collect.concerns import NO, Concern, concern_faults, concerns_in, told_first
from fidelity.collect.engines import Frame, frame_of
from fidelity.collect.engines import collected as collected
from fidelity.collect.faults import Pairs, duplicates, missing_keys, wrong_answers, wrong_roles
from fidelity.collect.forms import left_out_notes, of_form
from fidelity.collect.source import ROW, Source
from fidelity.errors import Fault, RatingsError
from fidelity.rubric.checks import nearest
from fidelity.rubric.derived import whole_of
from fidelity.rubric.model import CODES, Rubric
from fidelity.rubric.strict_yaml import cut

#: Columns that the gate adds.
_OWN = ("level", "code", "occasion")
#: Bits of one word in which the items of an assessment are counted (Int64, sign left alone).
_WORD = 60


@dataclass(frozen=True)
class Checked:
    """What has passed the gate.

    Attributes:
        frame: the engine's own long table: keys, item, `level` (Int32), `code`, attributes.
        keys: the columns that name an assessment.
        assessments: one row an assessment, sorted by keys, attributes checked and typed.
        concerns: what was answered to the question that opens every form.
        notes: sentences on what was noticed.
        other_form: how many assessments of the other form (full or short) were left out.
    """

    frame: Frame
    keys: tuple[str, ...]
    assessments: pd.DataFrame
    concerns: tuple[Concern, ...]
    notes: tuple[str, ...]
    other_form: int = 0


def check(native: Any, rubric: Rubric, source: Source) -> Checked:
    """Check a frame against a rubric.

    Raises:
        UsageError: not a frame that Narwhals knows.
        RatingsError: everything that is wrong in it; nothing is kept.
    """
    given = frame_of(native, source.name)
    frame = _text_keys(given)
    worries = _concern_rows(frame)
    try:
        _check_headings(given.collect_schema().names(), source)
        return _checked(frame, worries, rubric, source)
    except RatingsError as error:
        raise told_first(error, concerns_in(worries)) from None


def _checked(
    frame: Frame, worries: list[dict[Hashable, Any]], rubric: Rubric, source: Source
) -> Checked:
    notes = list(source.notes)
    frame = _of_rubric(frame, rubric, source, notes)
    frame, left_out = of_form(frame, rubric, source)
    notes += left_out_notes(left_out, rubric, source)
    frame, by_column = _long(frame, rubric, source, notes)
    pairs = _pairs(frame)
    faults = concern_faults(worries, source.where)
    total = len(faults)
    for found, n in (
        missing_keys(frame, pairs, source, by_column),
        wrong_answers(frame, pairs, rubric, source, by_column),
        wrong_roles(frame, rubric, source, by_column),
    ):
        faults, total = faults + found, total + n
    texts = {text for _, text in pairs if text}
    if faults:  # what can still be checked is checked too
        frame, texts = _without_answers(frame), set()
    frame, keys = _converted(frame, texts, rubric)
    table = _assessments(frame, keys, rubric)
    known = frame.filter(nw.col("item").is_in(list(rubric.items))) if faults else frame
    twice, n_twice = duplicates(known, keys, table, source, by_column)
    table, others, n_others, attribute_notes = check_attributes(table, source)
    if faults or twice or others:
        raise RatingsError(source.name, [*faults, *twice, *others], total + n_twice + n_others)
    concerns = concerns_in(worries)
    notes += attribute_notes
    return Checked(_filled(frame, table), keys, table, concerns, tuple(notes), left_out)


def _without_answers(frame: Frame) -> Frame:
    """The ratings whose piece and rater are known, and nothing answered."""
    rows = frame.filter(*(~nw.col(name).is_null() for name in cols.REQUIRED))
    return rows.with_columns(nw.col("item").fill_null(""), nw.lit(None, nw.String).alias("value"))


def _text_keys(frame: Frame) -> Frame:
    """References, answers and words as text without spaces around; rows with a number."""
    schema = frame.collect_schema()
    texts = {*cols.REQUIRED, *cols.LONG, "reason", "case", "practitioner", "team", "authority",
             "stratum", "plan_type", "stage", "age_band", *cols.VOCABULARIES}  # fmt: skip
    wanted = {
        name: nw.col(name).cast(nw.String)
        for name, kind in schema.items()
        if name in texts and kind != nw.String
    }
    for name in wanted.keys() - {"value"}:
        if isinstance(schema[name], nw.Float32 | nw.Float64):  # 7.0 and 7 are one reference
            wanted[name] = wanted[name].str.replace(r"\.0$", "")
    frame = frame.with_columns(**wanted) if wanted else frame
    tidy = {
        name: _word(name) if name in cols.VOCABULARIES else nw.col(name).str.strip_chars(SPACES)
        for name in schema
        if name in texts
    }
    untidy = _untidy(frame, tidy)
    if untidy:
        frame = frame.with_columns(*(_blank_to_null(tidy[name]).alias(name) for name in untidy))
    if isinstance(frame, nw.DataFrame) and ROW not in schema:
        frame = frame.with_row_index(ROW)
    return frame


def _untidy(frame: Frame, names: Iterable[str]) -> list[str]:
    """The columns in which at least one text is not as it should stand.

    Looked up among the different texts: tidying every row of a clean table would cost more than
    all else.
    """
    untidy = []
    for name in names:
        texts = _different(frame, name).dropna().astype("string")
        if ((texts == "") | (texts != _tidied(name, texts))).any():
            untidy.append(name)
    return untidy


def _different(frame: Frame, name: str) -> pd.Series[Any]:
    """The different texts of a column; where it lies in memory, without a group-by."""
    if isinstance(frame, nw.DataFrame):
        return frame[name].unique().to_pandas()
    return collected(frame.group_by(name).agg(nw.len().alias("n")))[name]


def _tidied(name: str, texts: pd.Series[str]) -> pd.Series[str]:
    """What `_text_keys` makes of texts."""
    stripped = texts.str.strip(SPACES)
    if name in cols.VOCABULARIES:
        return stripped.str.lower().str.replace(" ", "_").str.replace("-", "_")
    return stripped


def _word(name: str) -> nw.Expr:
    """A word in one spelling: "Line manager" and "line_manager" are the same."""
    tidy = nw.col(name).str.strip_chars(SPACES).str.to_lowercase()
    return tidy.str.replace_all(" ", "_", literal=True).str.replace_all("-", "_", literal=True)


def _blank_to_null(expr: nw.Expr) -> nw.Expr:
    return nw.when(expr.str.len_chars() > 0).then(expr)


def _check_headings(names: Sequence[str], source: Source) -> None:
    """Refuse a table without the columns that every table needs, or with names of the gate's."""
    faults = [
        Fault(
            f"{source.name}, headings",
            f'no column "{name}"',
            "columns piece and rater, then item and value, or a column for each item",
            _renamed(name, names),
        )
        for name in cols.REQUIRED
        if name not in names
    ]
    faults += [
        Fault(
            f"{source.name}, headings",
            f'the heading "{name}" has a meaning of its own',
            "any other name",
            "rename the column",
        )
        for name in names
        if name in _OWN or name.startswith("_")
    ]
    if faults:
        raise RatingsError(source.name, faults)


def _renamed(name: str, names: Sequence[str]) -> str:
    """What to do where a column is missing."""
    close = difflib.get_close_matches(name, names, n=1)
    which = f'column "{cut(close[0])}"' if close else "column that holds it"
    return f'give the {which} the heading "{name}"'


def _concern_rows(frame: Frame) -> list[dict[Hashable, Any]]:
    """The rows in which the question about a child at risk is answered with anything but no."""
    names = frame.collect_schema().names()
    if "concern" not in names:
        return []
    wanted = [name for name in (*cols.REQUIRED, *cols.CONCERN, ROW) if name in names]
    rows = frame.filter(~nw.col("concern").is_null() & ~nw.col("concern").is_in(sorted(NO)))
    found = collected(rows.select(wanted).unique())
    kept = found.drop_duplicates([name for name in wanted if name != ROW])
    return kept.to_dict(orient="records")


def _of_rubric(frame: Frame, rubric: Rubric, source: Source, notes: list[str]) -> Frame:
    """Only the rows of this rubric, and only of this version."""
    names = frame.collect_schema().names()
    if "rubric" in names:
        rows = frame.filter(nw.col("rubric") == rubric.id)
        others = set(collected(frame.select("rubric").unique())["rubric"]) - {rubric.id, None}
        named = ", ".join(sorted(map(str, others)))
        if others and not collected(rows.select(nw.len().alias("n")))["n"].sum():
            fault = Fault(
                f'{source.name}, column "rubric"',
                f"no row of {rubric.id}, only of {cut(named)}",
                f"rows scored with {rubric.id}",
                "read it with the rubric that it was scored with",
            )
            raise RatingsError(source.name, [fault])
        if others:
            notes.append(f"{source.name}: rows of {named} left out.")
        frame = rows
    if "rubric_version" in names:
        found = set(collected(frame.select("rubric_version").unique())["rubric_version"]) - {None}
        if found - {rubric.version, whole_of(rubric).version}:
            shown = ", ".join(sorted(map(str, found)))
            fault = Fault(
                source.name,
                f"scored with {rubric.id} {shown}",
                f"version {rubric.version}, which you are reading with",
                "read it with the rubric of that version",
            )
            raise RatingsError(source.name, [fault])
    extra = [name for name in ("rubric", "rubric_version") if name in names]
    return frame.drop(extra) if extra else frame


def _long(frame: Frame, rubric: Rubric, source: Source, notes: list[str]) -> tuple[Frame, bool]:
    """A long table, and whether each item had a column of its own."""
    names = frame.collect_schema().names()
    if all(name in names for name in cols.LONG):
        return frame, False
    alone = [name for name in names if name in cols.LONG]
    if alone:
        other = next(name for name in cols.LONG if name not in alone)
        fault = Fault(
            f"{source.name}, headings",
            f'a column "{alone[0]}", but no column "{other}"',
            "item and value, or a column for each item",
            f'add the column "{other}", or rename the column "{alone[0]}"',
        )
        raise RatingsError(source.name, [fault])
    items = [name for name in names if name in rubric.items]
    if not items:
        fault = Fault(
            f"{source.name}, headings",
            f"neither item and value, nor a column for an item of {rubric.id}",
            f"items: {', '.join(rubric.items)}",
            "give the columns these names, or read the file with the rubric it was scored with",
        )
        raise RatingsError(source.name, [fault])
    absent = [item for item in rubric.scored_items if item not in names]
    if absent:
        notes.append(f"{source.name}: no column for {', '.join(absent)}; read as not answered.")
    for name in names:
        if name not in cols.KNOWN and name not in items and name != ROW:
            close = nearest(name, rubric.items)
            if close.startswith("did"):
                notes.append(f'{source.name}: column "{name}" is kept as context; {close}')
    # An engine may leave out missing values here, and with them an assessment that is all blank.
    frame = frame.with_columns(*(nw.col(item).cast(nw.String).fill_null("") for item in items))
    index = [name for name in names if name not in items]
    frame = frame.unpivot(on=items, index=index, variable_name="item", value_name="value")
    return frame.with_columns(_blank_to_null(nw.col("value").str.strip_chars(SPACES))), True


def _pairs(frame: Frame) -> Pairs:
    """How often each item has each text ("" for none): few, whatever the number of rows."""
    known = frame.filter(~nw.col("item").is_null())
    pairs = collected(known.group_by("item", "value").agg(nw.len().alias("n")))
    values = [value if isinstance(value, str) else "" for value in pairs["value"]]
    return dict(zip(zip(pairs["item"], values, strict=True), pairs["n"], strict=True))


def _converted(frame: Frame, texts: set[str], rubric: Rubric) -> tuple[Frame, tuple[str, ...]]:
    """Texts become levels and codes; nothing here can fail, all texts are known to be right."""
    units = {item: rubric.scale_of(item).unit for item in rubric.items}
    level = _level(texts)
    if set(units.values()) != {1}:
        frame = with_item_numbers(frame, _unit=units)
        level = (level * nw.col("_unit")).round(0)
    frame = _whole_levels(frame.with_columns(level.alias("level"), _code(texts).alias("code")))
    names = frame.collect_schema().names()
    keys = ["piece", "rater"]
    if "rater_role" in names:
        frame = frame.with_columns(nw.col("rater_role").fill_null(""))
        keys.append("rater_role")
    if {"purpose", "rated_on"} <= set(names):
        again = nw.when(nw.col("purpose") == "benchmark").then(nw.col("rated_on").cast(nw.String))
        frame = frame.with_columns(again.fill_null("").alias("occasion"))
        keys.append("occasion")
    away = [n for n in ("value", "_unit", cols.NOTE, *cols.CONCERN) if n in names]
    return frame.drop(away), tuple(keys)


def _code(texts: set[str]) -> nw.Expr:
    """The code in a text. Where all are spelled as they should be, the text itself."""
    found = {text: SPELLINGS[text.upper()] for text in texts if text.upper() in SPELLINGS}
    if found and all(text == code for text, code in found.items()):
        return nw.when(nw.col("value").is_in(list(found))).then(nw.col("value"))
    code = nw.lit(None, nw.String)
    for meaning in sorted(set(found.values())):
        spelled = [text for text, known in found.items() if known == meaning]
        code = nw.when(nw.col("value").is_in(spelled)).then(nw.lit(meaning)).otherwise(code)
    return code


def _level(texts: set[str]) -> nw.Expr:
    """The number in a text that is no code."""
    codes = [text for text in texts if text.upper() in SPELLINGS] or list(CODES)
    return nw.when(~nw.col("value").is_in(codes)).then(nw.col("value")).cast(nw.Float64)


def _whole_levels(frame: Frame) -> Frame:
    """Levels as Int32; pandas keeps missing ones only in its nullable type."""
    native = nw.to_native(frame)
    if isinstance(native, pd.DataFrame):
        return nw.from_native(native.assign(level=native["level"].astype("Int32")))
    return frame.with_columns(nw.col("level").cast(nw.Int32))


def with_item_numbers(frame: Frame, **numbers: Mapping[str, int]) -> Frame:
    """Add whole numbers that depend on the item alone, one column a keyword.

    They are worked out on the table's own few items and joined back: every engine joins a small
    table quickly, and none looks up 20 items in each of millions of rows quickly.
    """
    few = frame.group_by("item").agg(nw.len().alias("_rows")).drop("_rows")
    few = few.with_columns(**{name: _of_item(values) for name, values in numbers.items()})
    return frame.join(few, on="item", how="left")  # type: ignore[arg-type]


def _of_item(values: Mapping[str, int]) -> nw.Expr:
    return nw.col("item").replace_strict(
        list(values), list(values.values()), default=0, return_dtype=nw.Int64
    )


def _bits(rubric: Rubric) -> dict[str, dict[str, int]]:
    """Each item as one bit, so that a sum tells whether an item came twice."""
    items = list(rubric.items)
    words = [items[start : start + _WORD] for start in range(0, len(items), _WORD)]
    return {
        f"_bits{n}": {item: (1 << word.index(item)) if item in word else 0 for item in items}
        for n, word in enumerate(words)
    }


def _assessments(frame: Frame, keys: Sequence[str], rubric: Rubric) -> pd.DataFrame:
    """One row an assessment: number of ratings, items as bits, lowest and highest attribute."""
    names = frame.collect_schema().names()
    attributes = [n for n in names if n not in {*keys, "item", "level", "code", "reason", ROW}]
    bits = _bits(rubric)
    wanted = [nw.len().alias("_ratings"), *(nw.col(name).sum() for name in bits)]
    if ROW in names:
        wanted.append(nw.col(ROW).min())
    for name in attributes:
        wanted += [nw.col(name).min().alias(f"{name}<"), nw.col(name).max().alias(f"{name}>")]
    grouped = with_item_numbers(frame, **bits).group_by(*keys).agg(*wanted).sort(*keys)
    return collected(grouped)


def _filled(frame: Frame, table: pd.DataFrame) -> Frame:
    """What is true of a piece, written down by one of its raters, is true for all of them."""
    names = frame.collect_schema().names()
    patchy = [name for name in table.attrs.get("patchy", ()) if name in names]
    if ROW in names:
        frame = frame.drop(ROW)
    filled = [nw.col(name).max().over("piece") for name in patchy]
    return frame.with_columns(*filled) if filled else frame
