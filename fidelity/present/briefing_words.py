"""The sentences of the briefing: each from the numbers and flags that its pictures show.

A statement has the question that it answers, its kind, and how soon it must stand on the first
page; a later analysis adds its own statements to the same list.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fidelity.analyses.score_words import NOUNS, TOO_FEW, count, percent
from fidelity.collect.columns import DRAWN_AT_RANDOM
from fidelity.present import scope
from fidelity.present.bands import GroupBands, band_titles, bands_by_group
from fidelity.present.profile import Line, furthest_apart, in_brackets, printed, profile_lines, short

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.analyses.scores import GroupScores
    from fidelity.collect.ratings import Ratings

#: Sentences on the first page, the first among them.
MOST = 9
KNOW, HOW = "know", "how"
#: Rubrics beside the first that get a sentence of their own on the first page.
_OTHERS = 3


@dataclass(frozen=True)
class Statement:
    """A sentence and what it is about.

    Attributes:
        question: "know" (what do you know) or "how" (how do you know).
        kind: what it tells, for instance "bands" or "impact".
        text: the sentence.
        place: the lower, the sooner it stands on the first page.
    """

    question: str
    kind: str
    text: str
    place: int


@dataclass(frozen=True, eq=False)
class Evidence:
    """Ratings of one rubric with their scores.

    Attributes:
        ratings, scores: what was rated, and how it scored.
        name: what it is called beside other evidence.
    """

    ratings: Ratings
    scores: GroupScores
    name: str

    @property
    def several(self) -> str:
        """What its pieces are called."""
        return NOUNS[self.scores.rubric.looks_at][1]

    @property
    def n(self) -> int:
        """How many pieces count."""
        return scope.pieces(self.scores)


def statements(evidence: Sequence[Evidence]) -> tuple[Statement, ...]:
    """The sentences of the first page, at most nine with the first.

    Args:
        evidence: the first is the one that the page is mainly of.
    """
    found = [headline(evidence[0])]
    if evidence[0].n:
        found += [*_bands(evidence[0]), *_means(evidence[0]), *_must_haves(evidence[0])]
    found += _others(evidence[1:])
    found += _impact(evidence)
    if evidence[0].n:
        found += [*_who(evidence), *_twice(evidence), *_no_evidence(evidence[0])]
    found += _left_out(evidence)
    kept = sorted(sorted(found, key=lambda s: s.place)[:MOST], key=found.index)
    return tuple(kept)


def drawn(scores: GroupScores) -> str:
    """How the pieces were chosen: "random", "chosen" (some for a reason) or "unknown"."""
    table = scope.counted_assessments(scores)
    if "selection" not in table or table["selection"].isna().any():
        return "unknown"
    return "random" if table["selection"].isin(DRAWN_AT_RANDOM).all() else "chosen"


def headline(evidence: Evidence) -> Statement:
    """The first sentence: from how much, what we know, and what we cannot yet say."""
    scores, n = evidence.scores, evidence.n
    if not n:
        text = (
            f"No {evidence.several} that count have been scored yet, so nothing can be said about "
            "practice."
        )
        return Statement(KNOW, "headline", text, 0)
    start = f"From {count(scores, n)}{_how_drawn(scores)}{_between(scores)}"
    if n < TOO_FEW:
        text = (
            f"{start}, we know only what was found in them; that is too few, so we cannot yet say "
            "anything about practice as a whole."
        )
        return Statement(KNOW, "headline", text, 0)
    known = what_is_known(scores)
    if not known:
        text = f"{start}, too few had enough answers, so we cannot yet say how practice stands."
        return Statement(KNOW, "headline", text, 0)
    unknown = " or ".join(list(_not_yet(evidence))[:2])
    return Statement(KNOW, "headline", f"{start}, we know that {known}; we cannot yet say {unknown}.", 0)


def _how_drawn(scores: GroupScores) -> str:
    return {
        "random": " drawn at random",
        "chosen": ", some of them chosen for a reason",
        "unknown": " (how they were chosen is not recorded)",
    }[drawn(scores)]


def _between(scores: GroupScores) -> str:
    period = scope.period(scores)
    return f" (practice of {period})" if period else ""


def what_is_known(scores: GroupScores) -> str:
    """What the whole says: the first band, else the first mean or ratio; "" where nothing."""
    if scores.rubric.bands is not None:
        whole = next(b for b in bands_by_group(scores) if b.group.whole)
        return "" if whole.too_few else first_band(whole, band_titles(scores))
    lines = [line for line in profile_lines(scores) if line.said]
    if not lines:
        return ""
    line = next((line for line in lines if line.overall), lines[0])
    return f"{_measure(line)} over {count(scores, line.n)}"


def first_band(whole: GroupBands, titles: Sequence[str]) -> str:
    """How many lie in the first band, with the interval of the share."""
    interval = "no interval can be given"
    if not math.isnan(whole.lower):
        interval = f"{percent(whole.share)}, {percent(whole.lower)} to {percent(whole.upper)}"
    role = f", as scored by role {whole.group.role}," if whole.group.role else ""
    were = "was" if whole.counts[0] == 1 else "were"
    return f"{whole.counts[0]} of {whole.n} ({interval}){role} {were} “{titles[0]}”"


def _measure(line: Line) -> str:
    scale = "" if line.kind != "mean" else f" on a scale of {line.ends[0]:g} to {line.ends[1]:g}"
    verb = "is on average" if line.kind in {"mean", "total"} else "is"
    return f"“{line.name}” {verb} {printed(line)}{scale}"


def _not_yet(evidence: Evidence) -> Iterator[str]:
    """What these data leave open, the nearest first."""
    scores = evidence.scores
    if scores.rubric.bands is not None:
        whole = next(b for b in bands_by_group(scores) if b.group.whole)
        if whole.lower < 0.5 < whole.upper:
            yield f"whether that is so for most {evidence.several}"
    if drawn(scores) != "random":
        yield f"how it is in other {evidence.several}"
    if not scored_twice(evidence):
        yield "whether a second rater would have said the same"
    yield "whether practice is changing"
    yield "whether children are better off for it"


def _bands(evidence: Evidence) -> Iterator[Statement]:
    scores = evidence.scores
    if scores.rubric.bands is None:
        return
    titles = band_titles(scores)
    for whole in (b for b in bands_by_group(scores) if b.group.whole and not b.too_few):
        first = "" if whole.group.role == _first_role(scores) else f"{first_band(whole, titles)}, "
        told = [f"{n} “{title}”" for n, title in zip(whole.counts[1:-1], titles[1:-1], strict=True)]
        if not first:
            told[0] = told[0].replace(" “", f" {'was' if whole.counts[1] == 1 else 'were'} “", 1)
        text = f"Of {count(scores, whole.n)}, {first}{', '.join(told[:-1])}"
        text += f"{' and ' if told[:-1] else ''}{told[-1]}; "
        text += f"for {whole.counts[-1] or 'none'} it cannot be said."
        yield Statement(KNOW, "bands", text, 1)


def _first_role(scores: GroupScores) -> str:
    return scope.wholes(scores)[0].role


def _means(evidence: Evidence) -> Iterator[Statement]:
    lines = [line for line in profile_lines(evidence.scores) if line.said]
    if not lines:
        return
    apart = furthest_apart(lines)
    told = ""
    if evidence.scores.rubric.bands is not None:
        told = _measure(next((line for line in lines if line.overall), lines[0]))
    if apart:
        low, high = apart
        parts = (
            f"“{short(low.title)}” ({in_brackets(low)}) is scored lower than "
            f"“{short(high.title)}” ({in_brackets(high)})"
        )
    elif sum(line.kind == "mean" and not line.overall for line in lines) > 1:
        parts = "no part clearly stands apart from the others"
    else:
        parts = ""
    text = "; ".join(part for part in (told, parts) if part)
    if text:
        yield Statement(KNOW, "means", f"{text[:1].upper()}{text[1:]}.", 4)


def _must_haves(evidence: Evidence) -> Iterator[Statement]:
    scores = evidence.scores
    if not scores.rubric.must_haves:
        return
    seen = [row for row in must_have_counts(scores) if row[2] >= TOO_FEW]
    if not seen:
        return
    worst = max(seen, key=lambda row: row[1] / row[2])
    if not any(row[1] for row in seen):
        text = "No must-have that was scored fell below its level."
        yield Statement(KNOW, "must-haves", text, 3)
        return
    text = f"Must-have most often not yet seen: {worst[0]}, in {worst[1]} of {worst[2]}"
    table = scope.counted_assessments(scores)
    capped = int((table["cap"] != "").sum()) if "cap" in table else 0
    if capped:
        text += f"; a must-have lowers the band of {count(scores, capped)}"
        alone = int((table["cap"] == "not yet moderated").sum())
        text += f", {alone} of them not yet moderated" if alone else ""
    yield Statement(KNOW, "must-haves", f"{text}.", 3)


def must_have_counts(scores: GroupScores) -> list[tuple[str, int, int]]:
    """Of each must-have: its wording, how often it was not yet seen, of how many scored."""
    items = _whole_rows(scores, scores.items)
    found = []
    for item in scores.rubric.must_haves.values():
        mine = items[items["item"] == item.id]
        found.append((scope.item_label(item.id, item.text), int(mine["n_not_yet_seen"].sum()),
                      int(mine["n_pieces"].sum())))  # fmt: skip
    return found


def _whole_rows(scores: GroupScores, table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([group.rows(table, scores.by) for group in scope.wholes(scores)])


def _others(evidence: Sequence[Evidence]) -> Iterator[Statement]:
    """What the other rubrics say, one sentence each, and how many stand overleaf alone."""
    for other in evidence[:_OTHERS]:
        known = what_is_known(other.scores) if other.n >= TOO_FEW else ""
        told = known or "too few to say anything yet"
        text = f"{other.name}: from {count(other.scores, other.n)}{_how_drawn(other.scores)}, {told}."
        yield Statement(KNOW, "other rubric", text, 2)
    if len(evidence) > _OTHERS:
        names = ", ".join(other.name for other in evidence[_OTHERS:])
        yield Statement(KNOW, "other rubrics", f"Overleaf stand also: {names}.", 2)


def _impact(evidence: Sequence[Evidence]) -> Iterator[Statement]:
    """What was asked beside a rubric about the child, or that nothing was."""
    for each in evidence:
        for item in each.scores.rubric.items.values():
            told = _answers(each, item.id) if not item.scored else ""
            if told:
                text = (
                    f"Asked beside the rubric, “{item.text}”: {told}; one person made both "
                    "judgements, so this cannot show that the practice helps."
                )
                yield Statement(KNOW, "impact", text, 1)
                return
    text = "Impact is not shown here: nobody was asked whether children are helped or safer."
    yield Statement(KNOW, "impact", text, 1)


def _answers(evidence: Evidence, item: str) -> str:
    rows = _whole_rows(evidence.scores, evidence.scores.levels)
    counts = rows[rows["item"] == item].groupby("answer")["count"].sum()
    levels = evidence.scores.rubric.scale_of(item).levels
    told = [(level.label, int(counts.get(str(level.value), 0))) for level in reversed(levels)]
    total = sum(n for _, n in told)
    if total < TOO_FEW:
        return ""
    return ", ".join(f"{label} {n}" for label, n in told) + f" of {total}"


def _who(evidence: Sequence[Evidence]) -> Iterator[Statement]:
    raters: set[str] = set()
    told = []
    for each in evidence:
        table = scope.counted_assessments(each.scores)
        raters |= set(table["rater"])
        told.append(count(each.scores, each.n))
    first = scope.counted_assessments(evidence[0].scores)
    workers = ""
    if len(evidence) == 1 and "practitioner" in first and first["practitioner"].notna().all():
        n = first["practitioner"].nunique()
        workers = f" from the work of {n} practitioner{'s' if n != 1 else ''}"
    who = f"{len(raters)} rater{'s' if len(raters) != 1 else ''}"
    text = f"{_listed(told)}{workers} {'was' if told == ['1 file'] else 'were'} scored by {who}"
    if len(evidence) == 1:
        text += f" with “{evidence[0].scores.rubric.title}”"
    yield Statement(HOW, "who", f"{text}.", 1)


def _listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]


def scored_twice(evidence: Evidence) -> int:
    """How many of the counted pieces have been scored by another rater as well."""
    table = evidence.scores.assessments
    if "rater_role" in table:
        table = table[table["rater_role"] != "agreed"]
    if "purpose" in table:
        table = table[table["purpose"].fillna("routine") != "benchmark"]
    raters = table.groupby("piece")["rater"].nunique()
    counted = scope.counted_assessments(evidence.scores)["piece"].unique()
    return int((raters.reindex(counted).fillna(0) > 1).sum())


def _twice(evidence: Sequence[Evidence]) -> Iterator[Statement]:
    n, twice = sum(each.n for each in evidence), sum(scored_twice(each) for each in evidence)
    if twice:
        text = (
            f"{twice} of {n} ({percent(twice / n)}) were scored by a second rater as well; how far "
            "raters agree is told in an analysis of its own."
        )
    else:
        text = "None was scored by a second rater, so how far another would agree is not known."
    yield Statement(HOW, "twice", text, 2)


def no_evidence(scores: GroupScores) -> tuple[int, int]:
    """Answers "no evidence found", and all answers that were due, over the scored items."""
    rows = _whole_rows(scores, scores.levels)
    rows = rows[rows["item"].isin(scores.rubric.scored_items)]
    due = int(rows.loc[rows["answer"] != "NA", "count"].sum())
    return int(rows.loc[rows["answer"] == "NE", "count"].sum()), due


def _no_evidence(evidence: Evidence) -> Iterator[Statement]:
    ne, due = no_evidence(evidence.scores)
    if ne and evidence.n >= TOO_FEW:
        text = (
            f"In {percent(ne / due)} of the item answers due ({ne:,} of {due:,}) no evidence was "
            "found; better recording alone could change that."
        )
        yield Statement(HOW, "no evidence", text, 5)


def left_out(scores: GroupScores) -> dict[str, int]:
    """Pieces that do not count because they were chosen for a reason, by selection."""
    table = scores.assessments
    if "selection" not in table or scores.method["selection"] == "all":
        return {}
    away = table[~table["counted"].astype(bool) & table["selection"].notna()]
    away = away[~away["selection"].isin(DRAWN_AT_RANDOM)]
    counts = away.drop_duplicates("piece")["selection"].value_counts()
    return {str(kind).replace("_", " "): int(n) for kind, n in sorted(counts.items())}


def _left_out(evidence: Sequence[Evidence]) -> Iterator[Statement]:
    kinds: dict[str, int] = {}
    for each in evidence:
        for kind, n in left_out(each.scores).items():
            kinds[kind] = kinds.get(kind, 0) + n
    if kinds:
        told = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
        text = f"Chosen for a reason and so left out of the numbers: {told}."
        yield Statement(HOW, "left out", text, 3)
