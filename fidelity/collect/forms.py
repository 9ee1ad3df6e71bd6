"""Full and short form: what asked the must-haves alone never stands beside what asked everything.

Workbooks and forms made with `short=True` mark their rows in the column `form`. A rubric reads the
rows of its own form; the others are left out, counted and told.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from fidelity.collect import columns as cols
from fidelity.collect.engines import Frame, collected, frame_of
from fidelity.collect.source import Source
from fidelity.errors import Fault, RatingsError
from fidelity.rubric.derived import is_short, whole_of
from fidelity.rubric.model import Rubric

FULL, SHORT = cols.VOCABULARIES[cols.FORM]


def of_form(frame: Frame, rubric: Rubric, source: Source) -> tuple[Frame, int]:
    """Only the rows of the form that the rubric is, and how many assessments are of the other.

    Raises:
        RatingsError: there are rows, and none is of this form.
    """
    names = frame.collect_schema().names()
    wanted = SHORT if is_short(rubric) else FULL
    if cols.FORM not in names:
        if wanted == SHORT:
            raise RatingsError(source.name, [_unmarked(rubric, source)])
        return frame, 0
    short = nw.col(cols.FORM).fill_null(FULL) == SHORT
    mine, others = (short, ~short) if wanted == SHORT else (~short, short)
    keys = [name for name in (*cols.REQUIRED, "rater_role") if name in names]
    left_out = len(collected(frame.filter(others).select(keys).unique()))
    if not left_out:
        return frame, 0
    kept = frame.filter(mine)
    if not int(collected(kept.select(nw.len().alias("n")))["n"].sum()):
        raise RatingsError(source.name, [_none(left_out, rubric, source)])
    return kept, left_out


def left_out_notes(n: int, rubric: Rubric, source: Source) -> list[str]:
    """What is said of assessments of the other form."""
    if not n:
        return []
    named = f"{n:,} assessment" + ("" if n == 1 else "s")
    if is_short(rubric):
        return [f"{source.name}: {named} of the full form left out; read them with {rubric.id}."]
    told = "of the short form left out, which asked the must-haves alone and never stands beside"
    return [f"{source.name}: {named} {told} the full form. Read them with {_how(rubric)}."]


def only_short(native: Any, rubric: Rubric) -> bool:
    """Whether a table holds short forms of this rubric and nothing else."""
    frame = frame_of(native, "ratings")
    names = frame.collect_schema().names()
    if cols.FORM not in names:
        return False
    if "rubric" in names:
        frame = frame.filter(nw.col("rubric") == rubric.id)
    forms = list(collected(frame.select(cols.FORM).unique())[cols.FORM])
    return bool(forms) and {str(form).strip().lower() for form in forms} == {SHORT}


def _how(rubric: Rubric) -> str:
    return f'fidelity.short_form(fidelity.read_rubric("{rubric.id}"))'


def _none(n: int, rubric: Rubric, source: Source) -> Fault:
    wanted, other = ("short", "full") if is_short(rubric) else ("full", "short")
    how = whole_of(rubric).id if is_short(rubric) else _how(rubric)
    return Fault(
        f'{source.name}, column "{cols.FORM}"', f"{n:,} assessments, all of the {other} form",
        f"the {wanted} form, which {rubric.title} is", f"read them with {how}",
    )  # fmt: skip


def _unmarked(rubric: Rubric, source: Source) -> Fault:
    return Fault(
        f"{source.name}, headings", f'no column "{cols.FORM}", so nothing says what was asked',
        f'a column "{cols.FORM}" that says {SHORT}, as workbooks and forms of the short form have',
        f"add it, or read the table with {rubric.id} in full",
    )  # fmt: skip
