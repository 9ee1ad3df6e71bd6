"""The rows that measures are made from: a table that is kept anyway, ratings, and training.

Every measure comes down to the same columns: measure, group, subject, date, part, numerator,
denominator, and the place in the file for messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from fidelity.collect.ratings import Ratings
from fidelity.errors import Fault, RatingsError
from fidelity.footing import comparable, footings
from fidelity.rubric.measures import Measure

COLUMNS = ("measure", "group", "subject", "date", "part", "numerator", "denominator", "place")
NOT_RECORDED = "(not recorded)"


def rows_of_table(table: pd.DataFrame, measures: Sequence[Measure], by: str) -> pd.DataFrame:
    """The rows of measures that come from a table, checked against what each measure is.

    Args:
        table: of `fidelity.read_measures`.
        measures: those wanted.
        by: the kind of group, "team" or "authority". A row on a case or practitioner belongs to
            the group in the column of that name.

    Raises:
        RatingsError: every row that does not fit its measure, with its place.
    """
    by_id = {measure.id: measure for measure in measures}
    mine = table[table["measure"].isin(list(by_id))]
    places = table.attrs.get("places", ())
    found = pd.DataFrame({
        "measure": mine["measure"], "group": _group(mine, by), "subject": mine["subject"],
        "date": mine["date"], "part": mine["part"].fillna(""), "numerator": mine["numerator"],
        "denominator": mine["denominator"], "kind": mine["subject_kind"],
        "place": [places[n] if places else f"measures row {n + 1}" for n in mine.index],
    }).astype(dict.fromkeys(("measure", "group", "subject", "part", "kind"), object))  # fmt: skip
    faults = [fault for name, rows in found.groupby("measure", sort=False)
              for fault in _faults(by_id[str(name)], rows)]  # fmt: skip
    if faults:
        raise RatingsError("measures", faults)
    parts = [_with_rest(by_id[str(name)], rows) for name, rows in found.groupby("measure")]
    joined = pd.concat([found.iloc[:0], *parts], ignore_index=True)
    return pd.concat([joined, *_above(joined, measures)], ignore_index=True)[list(COLUMNS)]


def _group(table: pd.DataFrame, by: str) -> pd.Series[str]:
    kind = table["subject_kind"]
    beside = table[by] if by in table else pd.Series(pd.NA, table.index, dtype="string")
    return table["subject"].where(kind == by, beside).fillna(NOT_RECORDED)


def _faults(measure: Measure, rows: pd.DataFrame) -> Iterator[Fault]:
    for _, row in rows[~rows["kind"].isin(measure.subjects)].iterrows():
        yield Fault(row["place"], f'{measure.id} of subject kind "{row["kind"]}"',
                    ", ".join(measure.subjects), "name what the row counts")  # fmt: skip
    if measure.kind == "share":
        for _, row in rows[rows["numerator"] > rows["denominator"].fillna(100)].iterrows():
            most = row["denominator"] if row["denominator"] == row["denominator"] else 100
            yield Fault(row["place"], f"{measure.id}: {row['numerator']:g} of {most:g}",
                        "a part of a whole", "correct one of the two")  # fmt: skip
    if measure.kind in {"share", "rate", "mean", "composition"}:
        for _, row in rows[rows["denominator"] == 0].iterrows():
            yield Fault(row["place"], f"{measure.id}: denominator 0", "a number above 0",
                        "leave the row out where there was nothing to count")  # fmt: skip
    if measure.kind == "composition":
        yield from _of_whole(measure, rows)


def _of_whole(measure: Measure, rows: pd.DataFrame) -> Iterator[Fault]:
    """Parts that are unknown, or that do not add up to their whole within rounding."""
    known = {part.id for part in measure.parts}
    for _, row in rows[~rows["part"].isin(known)].iterrows():
        yield Fault(row["place"], f'{measure.id}: part "{row["part"]}"', ", ".join(sorted(known)),
                    "name the part so")  # fmt: skip
    for (subject, date), mine in rows.groupby(["subject", "date"], sort=False):
        wholes = mine["denominator"].fillna(100.0)
        where = f"{mine['place'].iloc[0]} ({subject}, {date:%Y-%m-%d})"
        if wholes.nunique() > 1:
            told = ", ".join(f"{whole:g}" for whole in wholes.unique())
            yield Fault(where, f"{measure.id}: parts of {told}", "one whole for all parts",
                        "give each part the same denominator")  # fmt: skip
            continue
        total, whole = float(mine["numerator"].sum()), float(wholes.iloc[0])
        rounding = 0.5 * len(mine)  # each part may be rounded by half
        over = total - whole > rounding
        under = whole - total > rounding and not _leaves_rest(measure, mine)
        if over or under:
            shown = f"{100 * total / whole:.1f}%"
            yield Fault(where, f"{measure.id}: parts add up to {total:g} of {whole:g} ({shown})",
                        f"{whole:g} within rounding", "correct a part, or add what is missing",
                        )  # fmt: skip


def _leaves_rest(measure: Measure, rows: pd.DataFrame) -> bool:
    return measure.rest is not None and measure.rest not in set(rows["part"])


def _with_rest(measure: Measure, rows: pd.DataFrame) -> pd.DataFrame:
    """Compositions with the part that what is left over belongs to."""
    if measure.kind != "composition" or measure.rest is None:
        return rows
    more = []
    for _, mine in rows.groupby(["subject", "date"], sort=False):
        if _leaves_rest(measure, mine):
            whole = float(mine["denominator"].fillna(100.0).iloc[0])
            left = max(0.0, whole - float(mine["numerator"].sum()))
            more.append(mine.iloc[[0]].assign(part=measure.rest, numerator=left))
    return pd.concat([rows, *more], ignore_index=True)


def _above(rows: pd.DataFrame, measures: Sequence[Measure]) -> Iterator[pd.DataFrame]:
    """Shares of cases that reach a threshold, from the rows of another measure on single cases."""
    for measure in measures:
        if not measure.above or not measure.threshold or (rows["measure"] == measure.id).any():
            continue
        of = (rows["measure"] == measure.above.measure) & (rows["kind"] == "case")
        cases = rows[of & (rows["denominator"].fillna(1) == 1)]
        reached = (cases["numerator"] >= float(measure.threshold.value)).astype(np.float64)
        yield cases.assign(measure=measure.id, numerator=reached, denominator=1.0)


def rows_beside(
    measure: Measure, ratings: Mapping[str, Ratings], training: pd.DataFrame | None,
    by: str, programme: str | None,
) -> pd.DataFrame | None:  # fmt: skip
    """The rows of a measure that comes from ratings or training; None where these are not given."""
    attended = _attended(training, programme)
    if measure.id == "auditor_minutes":
        parts = [part for each in ratings.values() if (part := _minutes(each, by)) is not None]
        found = pd.concat(parts, ignore_index=True) if parts else None
    elif measure.id in {"training_days", "training_test_score"}:
        found = None if attended is None else _trained(attended, measure.id, by)
    elif measure.id == "training_completed":
        found = None if attended is None else _completed(attended, ratings, by)
    elif measure.id == "observations_per_worker":
        found = _observed(ratings, training, by)
    elif measure.id == "penetration" and measure.threshold:
        least = float(measure.threshold.value)
        found = None if attended is None else _reached(attended, ratings, by, least)
    else:
        return None
    if found is None or found.empty:
        return None
    return found.assign(measure=measure.id, part="", place="").reindex(columns=list(COLUMNS))


def _attended(training: pd.DataFrame | None, programme: str | None) -> pd.DataFrame | None:
    """Who came to the programme; to the first that was held, if none is named."""
    if training is None or training.empty:
        return None
    first = training.sort_values("date", kind="stable")["programme"].iloc[0]
    mine = training[training["programme"] == (programme or first)]
    return mine.sort_values("date", kind="stable")


def _label(table: pd.DataFrame, by: str) -> pd.Series[str]:
    if by not in table:
        return pd.Series(NOT_RECORDED, table.index, dtype=object)
    return table[by].astype(object).where(table[by].notna(), NOT_RECORDED)


def audited(ratings: Ratings) -> bool:
    """Whether these are audits or observations, and not replies to questions."""
    return ratings.rubric.looks_at not in {"family", "staff", "organisation"}


def _minutes(ratings: Ratings, by: str) -> pd.DataFrame | None:
    table = ratings.assessments
    if not audited(ratings) or "minutes" not in table or "date" not in table:
        return None
    table = table[table["minutes"].notna()]
    if "purpose" in table:
        table = table[table["purpose"] != "benchmark"]
    return pd.DataFrame({
        "group": _label(table, by), "subject": table["rater"], "date": table["date"],
        "numerator": table["minutes"].astype(np.float64), "denominator": 1.0,
    })  # fmt: skip


def _trained(attended: pd.DataFrame, name: str, by: str) -> pd.DataFrame:
    value = attended["days"]
    if name == "training_test_score":
        value = 100 * attended["test_score"] / attended["test_max"]
    kept = value.notna()
    return pd.DataFrame({
        "group": _label(attended[kept], by), "subject": attended.loc[kept, "practitioner"],
        "date": attended.loc[kept, "date"], "numerator": value[kept], "denominator": 1.0,
    })  # fmt: skip


def seen(ratings: Mapping[str, Ratings], training: pd.DataFrame | None, by: str) -> pd.DataFrame:
    """Each mention of a worker in ratings or training: practitioner, group, date."""
    parts = []
    for each in ratings.values():
        table = each.assessments
        if "practitioner" in table and "date" in table:
            parts.append(table)
    parts += [training] if training is not None else []
    told = [
        pd.DataFrame({"practitioner": part["practitioner"], "group": _label(part, by),
                      "date": pd.to_datetime(part["date"])})
        for part in parts
    ]  # fmt: skip
    none = pd.DataFrame({"practitioner": [], "group": [], "date": pd.to_datetime([])})
    joined = pd.concat([none, *told], ignore_index=True) if told else none
    return joined.dropna(subset=["practitioner", "date"])


def _completed(
    attended: pd.DataFrame, ratings: Mapping[str, Ratings], by: str
) -> pd.DataFrame:  # fmt: skip
    days = attended.groupby("practitioner")["days"].sum()
    workers = seen(ratings, attended, by).drop_duplicates("practitioner")
    whole = days[days == days.max()].index
    return pd.DataFrame({
        "group": workers["group"], "subject": workers["practitioner"],
        "date": attended["date"].iloc[0],
        "numerator": workers["practitioner"].isin(whole).astype(np.float64), "denominator": 1.0,
    })  # fmt: skip


def _direct(ratings: Mapping[str, Ratings]) -> Iterator[Ratings]:
    for each in ratings.values():
        names = each.assessments
        if each.rubric.looks_at == "direct_practice" and {"practitioner", "date"} <= set(names):
            yield each


def _observed(
    ratings: Mapping[str, Ratings], training: pd.DataFrame | None, by: str
) -> pd.DataFrame | None:
    """One row a worker and quarter in post: how many pieces of theirs were observed."""
    pieces = [
        each.assessments.drop_duplicates("piece")[["piece", "practitioner", "date"]]
        for each in _direct(ratings)
    ]
    if not pieces:
        return None
    watched = pd.concat(pieces).dropna(subset=["practitioner", "date"])
    watched["quarter"] = pd.to_datetime(watched["date"]).dt.to_period("Q")
    n = watched.groupby(["practitioner", "quarter"]).size()
    rows = []
    for (who, group), mine in seen(ratings, training, by).groupby(["practitioner", "group"]):
        for quarter in pd.period_range(mine["date"].min(), mine["date"].max(), freq="Q"):
            rows.append((group, who, quarter.start_time, float(n.get((who, quarter), 0)), 1.0))
    names = ["group", "subject", "date", "numerator", "denominator"]
    return pd.DataFrame(rows, columns=names)


def _reached(
    attended: pd.DataFrame, ratings: Mapping[str, Ratings], by: str, least: float
) -> pd.DataFrame | None:
    """One row a worker who was trained: whether a competent use was observed since."""
    first = attended.drop_duplicates("practitioner").set_index("practitioner")
    uses = []
    for each in _direct(ratings):
        for footing in footings(each, "measures", record=None, selection="all", cluster=None):
            mean = footing.mean(comparable(footing.rubric, footing.role), 0.8)
            mine = footing.table[["practitioner", "date"]].assign(mean=mean)
            uses.append(mine[mine["mean"] >= least - 1e-9])
    if not any(True for _ in _direct(ratings)):
        return None
    held = pd.concat(uses) if uses else pd.DataFrame({"practitioner": [], "date": []})
    since = pd.to_datetime(held["date"]) >= held["practitioner"].map(first["date"])
    done = set(held.loc[since.to_numpy(bool), "practitioner"])
    return pd.DataFrame({
        "group": _label(first, by), "subject": first.index, "date": first["date"],
        "numerator": [float(who in done) for who in first.index], "denominator": 1.0,
    })  # fmt: skip
