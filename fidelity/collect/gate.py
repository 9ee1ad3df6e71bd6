"""The gate: a frame of any engine goes in, a checked long table comes out.

Checking runs in the engine. What reaches Python is small: the different pairs of item and text,
one row an assessment with its attributes, and the faulty rows where there are any.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pandas as pd

from fidelity.collect import columns as cols
from fidelity.collect.answers import SPELLINGS, read_answer
from fidelity.collect.attributes import check_attributes
from fidelity.collect.concerns import NO, Concern, concern_faults, concerns_in, told_first
from fidelity.collect.source import ROW, Source
from fidelity.errors import FAULTS_SHOWN, Fault, RatingsError, UsageError
from fidelity.rubric.checks import nearest
from fidelity.rubric.model import CODES, Rubric

Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]
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
    """

    frame: Frame
    keys: tuple[str, ...]
    assessments: pd.DataFrame
    concerns: tuple[Concern, ...]
    notes: tuple[str, ...]


def check(native: Any, rubric: Rubric, source: Source) -> Checked:
    """Check a frame against a rubric.

    Raises:
        UsageError: not a frame that Narwhals knows.
        RatingsError: everything that is wrong in it; nothing is kept.
    """
    frame = _text_keys(_frame(native))
    worries = _concern_rows(frame)
    concerns = concerns_in(worries)
    notes = list(source.notes)
    try:
        frame = _of_rubric(_named(frame, source), rubric, source, notes)
        frame, by_column = _long(frame, rubric, source, notes)
        pairs = _pairs(frame)
        faults = concern_faults(worries, source.where) + _missing_keys(frame, source)
        faults += _bad_answers(frame, pairs, rubric, source, by_column)
        if faults:
            raise RatingsError(source.name, faults)
        frame, keys = _converted(frame, {text for _, text in pairs if text}, rubric)
        table = _assessments(frame, keys, rubric)
        faults = _duplicates(frame, keys, table, source, by_column)
        table, attribute_faults, attribute_notes = check_attributes(table, source.name)
        if faults or attribute_faults:
            raise RatingsError(source.name, [*faults, *attribute_faults])
    except RatingsError as error:
        raise told_first(error, concerns) from None
    notes += attribute_notes
    return Checked(_filled(frame, table), keys, table, concerns, tuple(notes))


def _frame(native: Any) -> Frame:
    if isinstance(native, pd.DataFrame):
        native = _nullable(native)
    try:
        return nw.from_native(native)
    except TypeError:
        raise UsageError(
            f"Ratings are made from a table, not from {type(native).__name__}: a pandas, Polars "
            "or PyArrow table, or a DuckDB relation. For a file: fidelity.read_ratings(path, "
            "rubric)."
        ) from None


def _nullable(frame: pd.DataFrame) -> pd.DataFrame:
    """Text and numbers in pandas' nullable types, so that a missing value stays missing."""
    changed = {}
    for name in frame.columns:
        kind = frame[name].dtype
        if pd.api.types.is_numeric_dtype(kind):
            changed[name] = frame[name].convert_dtypes()
        elif not pd.api.types.is_datetime64_any_dtype(kind):
            changed[name] = frame[name].astype("string")
    return frame.assign(**changed)


def _text_keys(frame: Frame) -> Frame:
    """Tidy headings; references, answers and words as text without spaces around."""
    names = list(frame.collect_schema().names())
    frame = frame.rename({name: str(name).strip().lower() for name in names})
    schema = frame.collect_schema()
    texts = {*cols.REQUIRED, *cols.LONG, "reason", "case", "practitioner", "team", "authority",
             "stratum", "plan_type", "stage", "age_band", *cols.VOCABULARIES}  # fmt: skip
    wanted = [
        nw.col(name).cast(nw.String).alias(name)
        for name, kind in schema.items()
        if name in texts and kind != nw.String
    ]
    frame = frame.with_columns(*wanted) if wanted else frame
    tidy = {
        name: _word(name) if name in cols.VOCABULARIES else nw.col(name).str.strip_chars()
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
        texts = collected(frame.group_by(name).agg(nw.len().alias("n")))[name].dropna()
        texts = texts.astype("string")
        if ((texts == "") | (texts != _tidied(name, texts))).any():
            untidy.append(name)
    return untidy


def _tidied(name: str, texts: pd.Series[str]) -> pd.Series[str]:
    """What `_text_keys` makes of texts."""
    stripped = texts.str.strip()
    if name in cols.VOCABULARIES:
        return stripped.str.lower().str.replace(" ", "_").str.replace("-", "_")
    return stripped


def _word(name: str) -> nw.Expr:
    """"Line manager" and "line_manager" are one word."""
    tidy = nw.col(name).str.strip_chars().str.to_lowercase()
    return tidy.str.replace_all(" ", "_", literal=True).str.replace_all("-", "_", literal=True)


def _blank_to_null(expr: nw.Expr) -> nw.Expr:
    return nw.when(expr.str.len_chars() > 0).then(expr)


def _named(frame: Frame, source: Source) -> Frame:
    """Refuse a table without the columns that every table needs."""
    names = frame.collect_schema().names()
    missing = [name for name in cols.REQUIRED if name not in names]
    faults = [
        Fault(
            f"{source.name}, headings",
            f'no column "{name}"',
            "columns piece and rater, then item and value, or a column for each item",
            nearest(name, names) if names else "",
        )
        for name in missing
    ]
    if faults:
        raise RatingsError(source.name, faults)
    return frame


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


def collected(frame: Frame) -> pd.DataFrame:
    """A small table of any engine as pandas; whole numbers stay whole, missing text is None."""
    eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return pd.DataFrame({name: eager[name].to_numpy() for name in eager.columns})


def _of_rubric(frame: Frame, rubric: Rubric, source: Source, notes: list[str]) -> Frame:
    """Only the rows of this rubric, and only of this version."""
    names = frame.collect_schema().names()
    if "rubric" in names:
        rows = frame.filter(nw.col("rubric") == rubric.id)
        others = set(collected(frame.select("rubric").unique())["rubric"]) - {rubric.id, None}
        if others:
            notes.append(f"{source.name}: rows of {', '.join(sorted(map(str, others)))} left out.")
        frame = rows
    if "rubric_version" in names:
        found = set(collected(frame.select("rubric_version").unique())["rubric_version"]) - {None}
        if found - {rubric.version}:
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


def _long(
    frame: Frame, rubric: Rubric, source: Source, notes: list[str]
) -> tuple[Frame, bool]:
    """A long table, and whether each item had a column of its own."""
    names = frame.collect_schema().names()
    if all(name in names for name in cols.LONG):
        return frame, False
    items = [name for name in names if name in rubric.items]
    if not items:
        fault = Fault(
            f"{source.name}, headings",
            f"neither item and value, nor a column for an item of {rubric.id}",
            f"items: {', '.join(rubric.items)}",
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
    return frame.with_columns(_blank_to_null(nw.col("value").str.strip_chars())), True


def _missing_keys(frame: Frame, source: Source) -> list[Fault]:
    needed = [*cols.REQUIRED, "item"]
    counts = collected(frame.select(*(nw.col(n).is_null().sum().alias(n) for n in needed)))
    faults = []
    for name in needed:
        if not len(counts) or not counts[name][0]:
            continue
        rows = collected(frame.filter(nw.col(name).is_null()).head(FAULTS_SHOWN))
        for row in rows.drop_duplicates([ROW] if ROW in rows else None).to_dict("records"):
            faults.append(Fault(source.where(row, name), f"no {name}", remedy="fill it in"))
    return faults


def _pairs(frame: Frame) -> list[tuple[str, str]]:
    """The different pairs of item and text ("" for none): few, whatever the number of rows."""
    known = frame.filter(~nw.col("item").is_null())
    pairs = collected(known.group_by("item", "value").agg(nw.len().alias("n")))
    values = [value if isinstance(value, str) else "" for value in pairs["value"]]
    return list(zip(pairs["item"], values, strict=True))


def _bad_answers(
    frame: Frame, pairs: list[tuple[str, str]], rubric: Rubric, source: Source, by_column: bool
) -> list[Fault]:
    """Items that the rubric does not have, and texts that are no answer."""
    unknown = sorted({item for item, _ in pairs if item not in rubric.items})
    wrong: dict[str, list[str]] = {}
    for item, value in pairs:
        if item in rubric.items and read_answer(value, rubric.scale_of(item)) is None:
            wrong.setdefault(value, []).append(item)
    faults = [
        fault
        for item in unknown
        for fault in _item_faults(frame, item, rubric, source)
    ]
    for value, items in sorted(wrong.items()):
        bad = frame.filter((nw.col("value") == value) & nw.col("item").is_in(items))
        for row in collected(bad.head(FAULTS_SHOWN)).to_dict("records"):
            column = row["item"] if by_column else "value"
            allowed = rubric.scale_of(row["item"]).allowed
            what = f'"{value}" for item {row["item"]} of piece "{row["piece"]}"'
            faults.append(Fault(source.where(row, column), what, allowed))
    return sorted(faults, key=lambda fault: fault.where) if len(unknown) else faults


def _item_faults(frame: Frame, item: str, rubric: Rubric, source: Source) -> list[Fault]:
    rows = collected(frame.filter(nw.col("item") == item).head(FAULTS_SHOWN))
    return [
        Fault(
            source.where(row, "item"), f'no item "{item}" in {rubric.id}',
            remedy=nearest(item, rubric.items),
        )
        for row in rows.to_dict("records")
    ]  # fmt: skip


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


def _duplicates(
    frame: Frame, keys: Sequence[str], table: pd.DataFrame, source: Source, by_column: bool
) -> list[Fault]:
    words = [name for name in table.columns if str(name).startswith("_bits")]
    found = sum(table[name].map(lambda bits: int(bits).bit_count()) for name in words)
    if not len(table) or (table["_ratings"] == found).all():
        return []
    bad = table.loc[table["_ratings"] != found, "piece"].unique()[:FAULTS_SHOWN]
    again = frame.filter(nw.col("piece").is_in(list(bad))).group_by(*keys, "item")
    rows = collected(again.agg(nw.len().alias("n")).filter(nw.col("n") > 1).sort(*keys, "item"))
    if by_column:
        rows = rows.drop_duplicates(list(keys))
    faults = []
    for row in rows.to_dict("records"):
        keyed = ", ".join(f'{key} "{row[key]}"' for key in keys if row[key])
        what = "the assessment" if by_column else f"item {row['item']}"
        faults.append(
            Fault(
                source.name,
                f"{what} of {keyed} stands {row['n']} times",
                "one row each",
                'delete one; a re-scored benchmark piece needs purpose "benchmark" and rated_on',
            )
        )
    return faults


def _filled(frame: Frame, table: pd.DataFrame) -> Frame:
    """What is true of a piece, written down by one of its raters, is true for all of them."""
    names = frame.collect_schema().names()
    patchy = [name for name in table.attrs.get("patchy", ()) if name in names]
    if ROW in names:
        frame = frame.drop(ROW)
    filled = [nw.col(name).max().over("piece") for name in patchy]
    return frame.with_columns(*filled) if filled else frame
