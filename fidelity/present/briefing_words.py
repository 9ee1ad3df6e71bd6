"""The sentences of the briefing: each from the numbers and flags that its pictures show.

A statement has the question that it answers, its kind, and how soon it must stand on the first
page; a later analysis adds its own statements to the same list.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fidelity.present import scope
from fidelity.present.bands import GroupBands, band_titles, bands_by_group
from fidelity.present.evidence import (
    Evidence,
    drawn,
    left_out,
    must_have_counts,
    no_evidence,
    scored_twice,
    whole_rows,
)
from fidelity.present.profile import (
    Line,
    furthest_apart,
    in_brackets,
    printed,
    profile_lines,
    short,
)
from fidelity.present.statement import FADED, HOW, IMPROVED, KNOW, PRACTICE, Statement
from fidelity.words import NOUNS, TOO_FEW, counted_as, percent, pieces

if TYPE_CHECKING:
    from fidelity.analyses.scores import GroupScores

#: Sentences on the first page, the first among them.
MOST = 9
#: Lines for which it has room after the first sentence, beside a picture of bands and beside the
#: taller one of means; letters in a line of print, and in one of the first sentence, which is bold
#: and has room for three.
ROOM_BY_BANDS, ROOM_BY_MEANS, _LETTERS, _BOLD, _FIRST = 17, 11, 98, 88, 3
#: Rubrics beside the first that get a sentence of their own on the first page.
OTHERS = 3


def statements(
    evidence: Sequence[Evidence],
    moved: Sequence[Statement] = (),
    agreed: Sequence[Statement] = (),
) -> tuple[Statement, ...]:
    """The sentences of the first page, at most nine with the first.

    Args:
        evidence: the first is the one that the page is mainly of.
        moved: what has changed since an earlier time.
        agreed: how far two who score agree.
    """
    first = evidence[0]
    found = [headline(first, moved)]
    if first.n:
        found += [*_bands(first), *moved, *_means(first), *must_haves(first)]
    found += _impact(evidence)
    if first.n:
        found += [*_who(evidence), *agreed, *_no_evidence(first)]
    found += [*_left_out(evidence), *_stretch(first)]
    return fitting(found, [(other.name, _other(other)) for other in evidence[1:]], _room(first))


def _room(evidence: Evidence) -> int:
    """Lines for which the first page has room beside its picture, which has a bar a role."""
    if evidence.scores.rubric.bands is None:
        return ROOM_BY_MEANS
    return ROOM_BY_BANDS - 3 * (len(scope.wholes(evidence.scores)) - 1)


def fitting(
    found: Sequence[Statement], others: Sequence[tuple[str, Statement]], room: int
) -> tuple[Statement, ...]:
    """As many statements as a first page has room for: the first, then the most needed.

    Args:
        found: of the main rubric.
        others: of each other rubric, with its name; what has no room is named as standing overleaf.
        room: lines of print after the first sentence.
    """
    beside = [statement for _, statement in others[:OTHERS]]
    offered = [*found, *beside]
    kept, most = [found[0]], MOST
    room -= max(0, math.ceil(len(found[0].text) / _BOLD) - _FIRST)
    if others:  # for the line that names the rest
        most, room = most - 1, room - 2
    for statement in sorted(offered[1:], key=lambda s: s.place):
        lines = math.ceil(len(statement.text) / _LETTERS)
        if len(kept) < most and lines <= room:
            kept.append(statement)
            room -= lines
    away = [short(name) for name, statement in others if statement not in kept]
    told = sorted(kept, key=offered.index)
    if away:
        told.append(Statement(KNOW, "overleaf", _overleaf(away), 2))
    return tuple(told)


def _overleaf(names: Sequence[str]) -> str:
    """Which rubrics stand overleaf, in no more than the two lines that are kept for it."""
    named = list(names)
    while True:
        more = f"; and {len(names) - len(named)} more" if len(named) < len(names) else ""
        text = f"Overleaf stand also: {'; '.join(named)}{more}."
        if len(text) <= 2 * _LETTERS - 8 or len(named) == 1:
            return text
        named.pop()


def headline(evidence: Evidence, moved: Sequence[Statement] = ()) -> Statement:
    """The first sentence: from how much, what we know, and what we cannot yet say."""
    scores, n = evidence.scores, evidence.n
    if not n:
        text = (
            f"No {evidence.several} that count have been scored yet, so nothing can be said about "
            "practice."
        )
        return Statement(KNOW, "headline", text, 0)
    start = f"From {pieces(scores.rubric, n)}{how_drawn(scores)}{_between(scores)}"
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
    unknown = " or ".join(list(_not_yet(evidence, moved))[:2])
    text = f"{start}, we know that {known}; we cannot yet say {unknown}."
    return Statement(KNOW, "headline", text, 0)


def how_drawn(scores: GroupScores) -> str:
    """The words for `drawn` that follow a number of pieces."""
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
        unsaid = whole.too_few or whole.mostly_unsaid
        return "" if unsaid else first_band(whole, band_titles(scores))
    lines = [line for line in profile_lines(scores) if line.said]
    if not lines:
        return ""
    line = next((line for line in lines if line.overall), lines[0])
    return f"{_measure(line)} over {pieces(scores.rubric, line.n)}"


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


def _not_yet(evidence: Evidence, moved: Sequence[Statement]) -> Iterator[str]:
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
    if not any(s.of == PRACTICE and s.direction in {IMPROVED, FADED} for s in moved):
        yield "whether practice is changing"
    yield "whether children are better off for it"


def _bands(evidence: Evidence) -> Iterator[Statement]:
    scores = evidence.scores
    if scores.rubric.bands is None:
        return
    titles = band_titles(scores)
    for whole in (b for b in bands_by_group(scores) if b.group.whole and not b.too_few):
        if whole.counts[-1] == whole.n:
            text = f"For none of {pieces(scores.rubric, whole.n)} can a band be said."
            yield Statement(KNOW, "bands", text, 1)
            continue
        first = "" if whole.group.role == _first_role(scores) else f"{first_band(whole, titles)}, "
        told = [f"{n} “{title}”" for n, title in zip(whole.counts[1:-1], titles[1:-1], strict=True)]
        if not first:
            told[0] = told[0].replace(" “", f" {'was' if whole.counts[1] == 1 else 'were'} “", 1)
        text = f"Of {pieces(scores.rubric, whole.n)}, {first}{', '.join(told[:-1])}"
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


def must_haves(evidence: Evidence) -> Iterator[Statement]:
    """The must-have most often not yet seen, and how many bands it lowers."""
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
        text += f"; a must-have lowers the band of {pieces(scores.rubric, capped)}"
        alone = int((table["cap"] == "not yet moderated").sum())
        text += f", {alone} of them not yet moderated" if alone else ""
    yield Statement(KNOW, "must-haves", f"{text}.", 3)


def _other(other: Evidence) -> Statement:
    """What a rubric beside the first says."""
    known = what_is_known(other.scores) if other.n >= TOO_FEW else ""
    start = f"{other.name}: from {pieces(other.scores.rubric, other.n)}{how_drawn(other.scores)}"
    text = f"{start}, {known or 'too few to say anything yet'}."
    return Statement(KNOW, "other rubric", text, 2)


def _impact(evidence: Sequence[Evidence]) -> Iterator[Statement]:
    """What was asked beside a rubric about the child, or that too little is known."""
    if not any(each.n for each in evidence):
        return
    beside = [(each, item) for each in evidence
              for item in each.scores.rubric.items.values() if not item.scored]  # fmt: skip
    told = [(item.text, _answers(each, item.id)) for each, item in beside]
    known = next(((text, answers) for text, answers in told if answers), None)
    if known:
        text = (
            f"Asked beside the rubric, “{known[0]}”: {known[1]}; one person made both judgements, "
            "so this cannot show that the practice helps."
        )
    elif beside:
        text = f"Impact is not shown here: “{beside[0][1].text}” has too few answers to say."
    else:
        text = "Impact is not shown here: nobody was asked whether children are helped or safer."
    yield Statement(KNOW, "impact", text, 1)


def _answers(evidence: Evidence, item: str) -> str:
    rows = whole_rows(evidence.scores, evidence.scores.levels)
    counts = rows[rows["item"] == item].groupby("answer")["count"].sum()
    levels = evidence.scores.rubric.scale_of(item).levels
    told = [(level.label, int(counts.get(str(level.value), 0))) for level in reversed(levels)]
    total = sum(n for _, n in told)
    if total < TOO_FEW:
        return ""
    return ", ".join(f"{label} {n}" for label, n in told) + f" of {total}"


def _who(evidence: Sequence[Evidence]) -> Iterator[Statement]:
    first = evidence[0]
    table = scope.counted_assessments(first.scores)
    told = pieces(first.scores.rubric, first.n)
    workers = ""
    if "practitioner" in table and table["practitioner"].notna().all():
        n = table["practitioner"].nunique()
        workers = f" from the work of {n} practitioner{'s' if n != 1 else ''}"
    raters = table["rater"].nunique()
    who = f"{raters} rater{'s' if raters != 1 else ''}"
    text = f"{told}{workers} {'was' if first.n == 1 else 'were'} scored by {who}"
    if len(evidence) == 1:
        text += f" with “{first.scores.rubric.title}”"
    beside: dict[tuple[str, str], int] = {}
    for each in evidence[1:]:
        noun = NOUNS[each.scores.rubric.looks_at]
        beside[noun] = beside.get(noun, 0) + each.n
    if any(beside.values()):
        more = _listed([counted_as(n, *noun) for noun, n in beside.items() if n])
        text += f"; beside them stand {more}"
    yield Statement(HOW, "who", f"{text}.", 1)


def _listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]


def _no_evidence(evidence: Evidence) -> Iterator[Statement]:
    ne, due = no_evidence(evidence.scores)
    if ne and evidence.n >= TOO_FEW:
        text = (
            f"In {percent(ne / due)} of the item answers due ({ne:,} of {due:,}) no evidence was "
            "found; better recording alone could change that."
        )
        yield Statement(HOW, "no evidence", text, 5)


def _left_out(evidence: Sequence[Evidence]) -> Iterator[Statement]:
    kinds: dict[str, int] = {}
    for each in evidence:
        for kind, n in left_out(each.scores).items():
            kinds[kind] = kinds.get(kind, 0) + n
    if kinds:
        told = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
        text = f"Chosen for a reason and so left out of the numbers: {told}."
        yield Statement(HOW, "left out", text, 1)


def _stretch(evidence: Evidence) -> Iterator[Statement]:
    """Why the page is not of the latest quarter, where it is not."""
    if evidence.n and evidence.period is not None and evidence.period.note:
        yield Statement(HOW, "period", evidence.period.note, 1)
