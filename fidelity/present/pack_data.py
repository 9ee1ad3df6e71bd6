"""The ratings of a pack: one row an answer, under pseudonyms, in an order that tells nothing.

References of pieces, cases, practitioners and raters become keyed hashes, made for this pack.
Notes, concerns and columns of an authority's own are left out. Rows are sorted by pseudonym. What
an answer was stands in a word of its own (`answer`), never empty: R reads an unquoted NA as
missing, so that a code alone would turn "does not apply" into "not known" without a word.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from fidelity.collect.columns import (
    CONCERN,
    DATES,
    DRAWN_AT_RANDOM,
    NOT_RECORDED,
    NUMBERS,
    PIECE,
    REQUIRED,
    VOCABULARIES,
)
from fidelity.collect.engines import collected
from fidelity.collect.guards.pseudonyms import POSSIBLE, Key
from fidelity.collect.ratings import Ratings
from fidelity.present.pack_files import table_text
from fidelity.rubric.model import Rubric

#: Codes, and the words that stand for them; in R and elsewhere these are never taken for missing.
ANSWERS = {"NA": "does_not_apply", "NE": "no_evidence", "DK": "dont_know", "": "blank"}
LEVEL = "level"
#: Counts of the flow, which may not be known.
WHOLE = {"n_pieces": "Int64", "n_assessments": "Int64"}
_LAST = ("item", "answer", "level", "code", "reason")
_KNOWN = tuple(
    dict.fromkeys((*REQUIRED, *PIECE, *VOCABULARIES, *DATES, *NUMBERS))
)  # fmt: skip
MEANINGS = {
    "piece": "pseudonym of the piece of practice looked at",
    "rater": "pseudonym of who scored it; in replies, of the respondent",
    "case": "pseudonym of the family or case",
    "practitioner": "pseudonym of whose work it is",
    "date": "end of the practice looked at",
    "covers_from": "first day of the practice looked at",
    "covers_to": "last day of the practice looked at",
    "rated_on": "day of the scoring",
    "minutes": "how long the scoring took, in minutes",
    "rater_role": "as what somebody scored; agreed: the score settled after moderation",
    "purpose": "routine; double: scored a second time; benchmark: a fixed piece scored again",
    "selection": "how the piece was chosen; only random and stratified speak for a whole",
    "stratum": "part of the frame that the piece was drawn from",
    "team": "team", "authority": "authority", "source": "where the practice was seen",
    "with_practitioner": "whether it was scored together with the practitioner",
    "plan_type": "the child's plan", "stage": "how far the work is", "age_band": "the child's age",
    "years_in_role": "whole years of the practitioner in the role",
    "phase": "before, during or after a change of model",
    "form": "full, or short: the must-haves alone",
    "item": "what was scored; see items_<rubric>.csv",
    "answer": "level; does_not_apply; no_evidence; dont_know; blank. Never empty",
    "level": "the level, or the count; empty where the answer is no level",
    "code": "NA, NE or DK as it was given; empty for a level and a blank. Read it as text",
    "reason": "why an item does not apply, where it was told",
}  # fmt: skip


def key_of(ratings: dict[str, Ratings]) -> Key:
    """A key made of the ratings themselves: the same ratings give the same pack.

    Only who holds these very ratings can make it again, and they hold the references anyway.
    """
    digest = hashlib.sha256(b"fidelity-pack-1\0")
    for name in sorted(ratings):
        frame = collected(ratings[name].frame)
        order = sorted(frame.columns)
        lines = table_text(frame[order]).splitlines()
        digest.update("\n".join([name, *sorted(lines)]).encode("utf-8"))
    return Key(digest.digest())


def long_table(ratings: Ratings, key: Key) -> pd.DataFrame:
    """One row an answer, under pseudonyms, sorted by them."""
    frame = collected(ratings.frame).astype(object)
    frame = frame.where(frame.notna(), None)
    code = frame["code"].map(lambda held: held or "")
    level = pd.to_numeric(frame["level"]).astype("Float64")
    answer = code.map(ANSWERS).where(level.isna(), LEVEL)
    table = frame[[name for name in _KNOWN if name in frame and name not in CONCERN]].copy()
    for name in POSSIBLE:
        if name in table:
            table[name] = [held and key.pseudonym(name, str(held)) for held in table[name]]
    for name in DATES:
        if name in table:
            table[name] = [held and str(held)[:10] for held in table[name]]
    whole = bool((level.dropna() % 1 == 0).all())
    table = table.assign(
        item=frame["item"], answer=answer,
        level=level.astype("Int64") if whole else level, code=code.replace("", None),
    )  # fmt: skip
    if "reason" in frame:
        table["reason"] = frame["reason"]
    table = table.dropna(axis="columns", how="all") if len(table) else table
    for name in ("level", "code"):
        if name not in table:
            table[name] = None
    place = {item: number for number, item in enumerate(ratings.rubric.items)}
    order = [n for n in ("piece", "rater", "rated_on", "date") if n in table]
    table = table.assign(_place=table["item"].map(place)).sort_values(
        [*order, "_place"], kind="stable", na_position="first"
    )
    first = [name for name in table.columns if name not in {*_LAST, "_place"}]
    return table[[*first, *(n for n in _LAST if n in table)]].reset_index(drop=True)


def left_out(ratings: Ratings) -> list[str]:
    """Columns that are not in the pack, by name."""
    own = {*_KNOWN, *_LAST, "occasion"} - set(CONCERN)
    return sorted(str(name) for name in ratings.frame.columns if name not in own)


def codebook(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every column of every table of ratings."""
    rows = []
    for name, table in tables.items():
        for column in table.columns:
            words = VOCABULARIES.get(str(column), ())
            held = table[column].dropna()
            if column == "answer":
                words = (LEVEL, *ANSWERS.values())
            if column == "code":
                words = ("NA", "NE", "DK")
            kind = "number" if column in {"level", *NUMBERS} else "text"
            rows.append({
                "file": f"data/ratings_{name}.csv", "column": column,
                "meaning": MEANINGS.get(str(column), "context"),
                "kind": "date, year-month-day" if column in DATES else kind,
                "allowed": "; ".join(words), "different": int(held.nunique()),
                "n": len(table), "n_missing": int(table[column].isna().sum()),
            })  # fmt: skip
    return pd.DataFrame(rows)


def items_of(rubric: Rubric) -> pd.DataFrame:
    """Every item with its level descriptions: one row a level, one for counts."""
    rows = []
    for component in rubric.components:
        for item in component.items:
            scale = rubric.scale_of(item.id)
            about = {
                "component": component.id, "item": item.id, "text": item.text,
                "observes": item.observes, "weight": item.weight, "scored": item.scored,
                "must_have_from": item.must_have, "proscribed": item.proscribed,
                "no_evidence_means": item.ne, "does_not_apply_when": item.na_when,
                "codes": "; ".join(scale.codes), "provenance": item.provenance.kind,
                "source": item.provenance.source,
            }  # fmt: skip
            steps: list[dict[str, Any]] = [
                {"level": s.value, "label": s.label,
                 "description": item.levels.get(str(s.value), "")}
                for s in scale.levels
            ] or [{"level": None, "label": f"{scale.kind}: {scale.lowest} to {scale.highest}",
                   "description": ""}]  # fmt: skip
            rows += [{**about, **step} for step in steps]
    return pd.DataFrame(rows)


def missingness(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """How often each answer was given, by item, role, quarter and reason."""
    parts = []
    for name, table in tables.items():
        period = pd.Series(NOT_RECORDED, index=table.index, dtype=object)
        if "date" in table:
            day = pd.to_datetime(table["date"])
            quarter = day.dt.year.astype("string") + "-Q" + day.dt.quarter.astype("string")
            period = quarter.astype(object).where(day.notna(), NOT_RECORDED)
        keys = pd.DataFrame({
            "rubric": name, "item": table["item"], "rater_role": _told(table, "rater_role"),
            "period": period, "answer": table["answer"], "reason": _told(table, "reason"),
        })  # fmt: skip
        counted = keys.value_counts(sort=False).rename("n").reset_index()
        parts.append(counted.sort_values(list(keys.columns), kind="stable"))
    return pd.concat(parts, ignore_index=True)


def _told(table: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in table:
        return pd.Series(NOT_RECORDED if name != "reason" else "", index=table.index, dtype=object)
    empty = NOT_RECORDED if name != "reason" else ""
    return table[name].astype(object).where(table[name].notna(), empty)


def scored_flow(name: str, table: pd.DataFrame, frame: pd.DataFrame | None) -> list[dict[str, Any]]:
    """From the frame to what was scored: pieces and assessments by how they were chosen."""
    rows: list[dict[str, Any]] = []
    if frame is not None and "stratum" in table:
        known = set(table["stratum"].dropna())
        mine = frame[frame["stratum"].isin(known)]
        rows += [flow_row(name, "in the frame", f"stratum {s}", int(n), None, "")
                 for s, n in zip(mine["stratum"], mine["N"], strict=True)]  # fmt: skip
    one = table.drop_duplicates([n for n in ("piece", "rater", "rated_on", "date") if n in table])
    purpose = _told(one, "purpose").replace(NOT_RECORDED, "routine")
    chosen = _told(one, "selection")
    for what in sorted(set(purpose)):
        for how in sorted(set(chosen[purpose == what])):
            mine = one[(purpose == what) & (chosen == how)]
            rows.append(flow_row(name, f"scored, {what}", how, mine["piece"].nunique(), len(mine),
                              _why(what, how)))  # fmt: skip
    return rows


def _why(purpose: str, selection: str) -> str:
    if purpose == "benchmark":
        return "not in scores: a fixed piece, no practice of this service"
    if purpose == "double":
        return "not in scores beside the first scoring: used for agreement and strictness"
    if selection not in {*DRAWN_AT_RANDOM, NOT_RECORDED}:
        return "not in totals: chosen for a reason, so that it speaks for itself alone"
    return ""


def flow_row(
    rubric: str, step: str, selection: str, pieces: int | None, assessments: int | None, why: str
) -> dict[str, Any]:
    """One row of flow.csv."""
    return {
        "rubric": rubric, "step": step, "selection": selection, "n_pieces": pieces,
        "n_assessments": assessments, "left_out_because": why,
    }  # fmt: skip


def rubric_file(ratings: Ratings, given: Path | None) -> bytes | None:
    """The file of a rubric: the one given, or the one that ships; None where neither is it."""
    from fidelity.rubric import read_rubric
    from fidelity.rubric.derived import whole_of
    from fidelity.rubric.places import rubrics_folder

    whole = whole_of(ratings.rubric)
    for path in (given, rubrics_folder() / f"{whole.id}.yaml"):
        there = path is not None and path.is_file()
        if path is not None and there and read_rubric(path).fingerprint == whole.fingerprint:
            return path.read_bytes()
    return None
