"""What families say, beside what files say: never pooled, parents apart from children.

Whether file and family agree is asked elsewhere, of the same families; here the two voices stand
beside one another, with how many were asked, reached and answered where measures tell it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fidelity.present import scope
from fidelity.present.evidence import Evidence
from fidelity.present.profile import in_brackets, profile_lines
from fidelity.present.statement import KNOW, Statement
from fidelity.present.table import NOTHING, Table, rows_of
from fidelity.words import NOUNS, TOO_FEW, main_mean, percent

if TYPE_CHECKING:
    import pandas as pd

#: Above this share of answers at the top of the scale, a higher one could not be seen (local).
CEILING = 0.8
#: Measures that tell who was asked: the share of the first that came as far as the second.
_ASKED = {
    "families_asked": "asked", "families_reached": "reached", "families_answered": "answered",
}  # fmt: skip


def families(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The rubrics that families answered."""
    return [each for each in evidence if each.scores.rubric.looks_at == "family" and each.n]


def voices(
    evidence: Sequence[Evidence], measures: pd.DataFrame | None
) -> Iterator[tuple[Statement | Table, ...]]:
    """What stands overleaf where families were asked: a table of the voices, and its sentences."""
    heard = families(evidence)
    if not heard:
        return
    beside = [e for e in evidence if e.scores.rubric.looks_at == "case_file" and e.n][:1]
    rows = [row for each in [*beside, *heard] for row in _rows(each)]
    yield (
        rows_of(
            "What families say, beside what files say",
            ["Who", "n", "mean (interval)", "scale", "at the top"],
            rows,
            "Each voice stands alone: parents, children and files are never put into one number, "
            "and they answer different questions. At the top: share of answers at the highest "
            f"level. Under {TOO_FEW} nothing is said. Satisfied is not safe.",
        ),
        *_ceilings(heard),
        *_who_answered(measures),
    )


def _rows(each: Evidence) -> Iterator[list[object]]:
    rubric, scores = each.scores.rubric, each.scores
    wanted = main_mean(rubric)
    lines = [line for line in profile_lines(scores) if line.kind == "mean"]
    if rubric.looks_at == "case_file":
        lines = [line for line in lines if line.measure == wanted][:1]
    for line in lines:
        role = line.role or _only_role(each)
        who = f"{line.title} ({role})" if role and rubric.looks_at == "family" else line.title
        if rubric.looks_at == "case_file":
            who = f"Files: {line.title}"
        told = in_brackets(line) if line.said else "too few to say"
        share, n = top_share(each, line.role)
        ends = f"{line.ends[0]:g} to {line.ends[1]:g}"
        yield [who, line.n, told, ends, percent(share) if n >= TOO_FEW else NOTHING]


def _only_role(each: Evidence) -> str:
    table = scope.counted_assessments(each.scores)
    roles = set(table["rater_role"].dropna()) if "rater_role" in table else set()
    return str(roles.pop()).replace("_", " ") if len(roles) == 1 else ""


def top_share(each: Evidence, role: str) -> tuple[float, int]:
    """Share of the answers of a role at the highest level of their scale, of pieces that count."""
    top = total = 0
    for group in scope.wholes(each.scores):
        if role and group.role != role:
            continue
        rows = group.rows(each.scores.levels, each.scores.by)
        for item in each.scores.rubric.scored_items:
            scale = each.scores.rubric.scale_of(item)
            if scale.kind != "levels":
                continue
            mine = rows[rows["item"] == item].groupby("answer")["count"].sum()
            known = {str(level.value) for level in scale.levels} & set(mine.index)
            best = scale.minimum if each.scores.rubric.items[item].proscribed else scale.maximum
            total += int(sum(mine[answer] for answer in known))
            top += int(mine.get(str(int(best)), 0))
    return (top / total if total else 0.0), _replies(each, role) if total else 0


def _replies(each: Evidence, role: str) -> int:
    """How many replies count, of one role where several answered."""
    table = scope.counted_assessments(each.scores)
    if role:
        table = table[table["rater_role"].astype(str).str.replace("_", " ") == role]
    return int(table["piece"].nunique())


def _ceilings(heard: Sequence[Evidence]) -> Iterator[Statement]:
    for each in heard:
        for group in scope.wholes(each.scores):
            share, n = top_share(each, group.role)
            if n >= TOO_FEW and share > CEILING:
                who = f" by {group.role}" if group.role else ""
                text = (
                    f"{percent(share)} of the answers{who} are at the top of the scale: anything "
                    "better could not show, and only those who feel able to complain do."
                )
                yield Statement(KNOW, "ceiling", text, 6)


def _who_answered(measures: pd.DataFrame | None) -> Iterator[Statement]:
    if measures is None or "measure" not in measures:
        return
    told = []
    for measure, word in _ASKED.items():
        mine = measures[measures["measure"] == measure]
        if len(mine):
            told.append(f"{int(mine['numerator'].sum())} {word}")
    if told:
        several = NOUNS["family"][1]
        text = f"Families {', '.join(told)}; those whose {several} are here may differ from others."
        yield Statement(KNOW, "who answered", text, 6)
