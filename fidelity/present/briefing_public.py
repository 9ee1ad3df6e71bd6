"""The briefing for publication: the whole service alone, from counts that may be published.

Everything here is made from `Published` counts and rounded means. No team, no person, no date
finer than a quarter and no concern is in it, and the scores themselves are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from fidelity.present import scope
from fidelity.present.bands import band_titles, bands_by_group
from fidelity.present.briefing_cautions import public_cautions
from fidelity.present.briefing_words import how_drawn
from fidelity.present.distribution import Spread, spreads
from fidelity.present.evidence import Evidence, drawn
from fidelity.present.profile import Line, drawn_profile, in_brackets, printed, profile_lines, title
from fidelity.present.publication import (
    LEAST_FOR_MEANS,
    Published,
    protected,
    rounded,
    share_interval,
    why_not,
)
from fidelity.present.statement import FADED, HOW, IMPROVED, KNOW, PRACTICE, Statement
from fidelity.present.table import Table, rows_of
from fidelity.scoring import CANNOT_SAY

if TYPE_CHECKING:
    from fidelity.analyses.scores import GroupScores
    from fidelity.present.figure import Picture

_ROUNDED = (
    "Counts are rounded to 5 and shares to whole percentages, so they may not add up. c: too small "
    "to publish, or hidden so that a small number cannot be worked out."
)


@dataclass(frozen=True, eq=False)
class Edition:
    """What may be published of one rubric.

    Attributes:
        name: of the evidence.
        heading: title of the rubric.
        label: id, version and fingerprint of the rubric.
        notice: of the rubric.
        statements: sentences, the headline first.
        known: what it says, in half a sentence.
        pictures: made from rounded numbers.
        tables: the same.
        cautions: what it cannot tell.
        made: how it was made: what, and how.
    """

    name: str
    heading: str
    label: str
    notice: str
    statements: tuple[Statement, ...]
    known: str = ""
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    cautions: tuple[str, ...] = ()
    made: tuple[tuple[str, str], ...] = ()


def edition(evidence: Evidence, moved: Sequence[Statement] = ()) -> Edition:
    """What may be published of one rubric; a sentence alone where nothing may.

    Args:
        evidence: the rubric, as a whole.
        moved: what may be published of change.
    """
    rubric = evidence.scores.rubric
    bare = Edition(evidence.name, rubric.title, rubric.label, rubric.notice, ())
    reason = why_not(evidence.scores)
    if reason:
        text = f"{evidence.name}: nothing is published, because {reason}."
        return replace(bare, statements=(Statement(KNOW, "headline", text, 0),))
    bands = list(_band_lines(evidence.scores))
    means = list(_mean_lines(evidence.scores))
    subtitle = _subtitle(evidence)
    pictures = []
    if bands:
        told = _band_title(evidence, bands[0])
        pictures.append(drawn_profile(bands, told, f"Share of {subtitle}", iter([_ROUNDED])))
    if means:
        told = title(evidence.scores, means)
        pictures.append(
            drawn_profile(means, told, f"Mean level or ratio · {subtitle}", _rounded_means())
        )
    return replace(
        bare,
        statements=tuple(_statements(evidence, bands, means, moved)),
        known=_briefly(evidence, bands, means),
        pictures=tuple(pictures),
        tables=tuple(_tables(evidence, bands)),
        cautions=tuple(public_cautions(evidence)),
        made=tuple(_made(evidence)),
    )


def quarters(scores: GroupScores) -> str:
    """The period in whole quarters, "" where no date is recorded."""
    table = scope.counted_assessments(scores)
    dates = table["date"].dropna() if "date" in table else ()
    if not len(dates):
        return ""
    first, last = min(dates), max(dates)
    start = date(first.year, 3 * ((first.month - 1) // 3) + 1, 1)
    end = date(last.year, 3 * ((last.month - 1) // 3) + 3, 1)
    return f"{start:%B %Y} to {end:%B %Y}"


def _whole(scores: GroupScores) -> scope.Group:
    return scope.wholes(scores)[0]


def _several(evidence: Evidence) -> str:
    """What the pieces are called, and by whom they were scored where several roles did."""
    role = _whole(evidence.scores).role
    return f"{evidence.several} scored by role {role}" if role else evidence.several


def _n(scores: GroupScores) -> int:
    """Pieces of the first role; roles beside it are not published."""
    first = _whole(scores).rows(scores.table, scores.by).iloc[0]
    return int(first["n_pieces"]) + int(first["n_missing"])


def _subtitle(evidence: Evidence) -> str:
    n = f"about {rounded(_n(evidence.scores))} {_several(evidence)}"
    return f"{n} · {quarters(evidence.scores) or 'dates not recorded'}"


def _band_lines(scores: GroupScores) -> Iterator[Line]:
    """Each band, and "cannot say", as a share of the rounded total."""
    if scores.rubric.bands is None:
        return
    whole = next(b for b in bands_by_group(scores) if b.group.whole)
    published = protected(whole.counts)
    rows = whole.group.rows(scores.table, scores.by)
    rows = rows[rows["kind"] == "band"]
    for cell, (_, row) in enumerate(rows.iterrows()):
        exact = (float(row["estimate"]), float(row["lower"]), float(row["upper"]))
        lower, upper = share_interval(published, cell, exact, whole.n, scores.method["confidence"])
        hidden = published.cells[cell] is None
        yield Line(
            str(row["level"]), band_titles(scores)[cell], "share", published.share(cell), lower,
            upper, published.total, 0, "c, not published" if hidden else "", (0.0, 1.0),
            percent=True, published=(), overall=False, count=published.cells[cell],
        )  # fmt: skip


def _mean_lines(scores: GroupScores) -> Iterator[Line]:
    """Means and ratios with their numbers rounded before anything is drawn from them."""
    role = _whole(scores).role
    for line in profile_lines(scores):
        if line.role != role or line.n < LEAST_FOR_MEANS or not line.said:
            continue
        decimals = 2 if line.kind == "ratio" else 1
        values = [round(v, decimals) for v in (line.estimate, line.lower, line.upper)]
        yield replace(
            line, estimate=values[0], lower=values[1], upper=values[2], n=rounded(line.n),
            missing=0, role="", published=(),
        )  # fmt: skip


def _rounded_means() -> Iterator[str]:
    yield (
        "Bars are intervals. Means are given to one decimal, n is rounded to 5; measures of fewer "
        f"than {LEAST_FOR_MEANS} are left out."
    )


def _band_title(evidence: Evidence, first: Line) -> str:
    if first.said:
        return f"About {first.count} of {first.n} {evidence.several} were “{first.title}”"
    return f"The number “{first.title}” is not published"


def _statements(
    evidence: Evidence, bands: Sequence[Line], means: Sequence[Line], moved: Sequence[Statement]
) -> Iterator[Statement]:
    scores = evidence.scores
    several, n = _several(evidence), rounded(_n(scores))
    yield Statement(KNOW, "headline", _headline(evidence, bands, means, moved), 0)
    rest = [_told(line) for line in bands if line.said and line.count][1:]
    if rest:
        yield Statement(KNOW, "bands", f"Of about {n} {several}, {'; '.join(rest)}.", 1)
    yield from moved
    parts = [line for line in means if line.kind == "mean"]
    if parts:
        line = next((line for line in parts if line.overall), parts[0])
        text = (
            f"“{line.title}” is on average {printed(line)} on a scale of {line.ends[0]:g} to "
            f"{line.ends[1]:g}; {_lower_first(title(scores, means))}."
        )
        yield Statement(KNOW, "means", text, 4)
    yield Statement(KNOW, "impact", _impact(scores), 1)
    chosen = {
        "random": "drawn at random",
        "chosen": "some of them chosen for a reason, so that they speak for themselves only",
        "unknown": "and how they were chosen is not recorded, so that they speak for themselves "
                   "only",
    }[drawn(scores)]  # fmt: skip
    when = quarters(scores)
    text = f"About {n} {several} were scored with “{scores.rubric.title}”, {chosen}"
    yield Statement(HOW, "who", f"{text}{f'; practice of {when}' if when else ''}.", 1)


def _headline(
    evidence: Evidence, bands: Sequence[Line], means: Sequence[Line], moved: Sequence[Statement]
) -> str:
    how = how_drawn(evidence.scores)
    start = f"From about {rounded(_n(evidence.scores))} {_several(evidence)}{how}"
    known = _known(bands, means)
    if not known:
        return f"{start}, too few had enough answers, so we cannot yet say how practice stands."
    if bands and not bands[0].said and known.startswith("about"):
        known += f"; the number “{bands[0].title}” is not published, to protect small numbers"
    changing = any(s.of == PRACTICE and s.direction in {IMPROVED, FADED} for s in moved)
    unknown = "" if changing else "whether practice is changing or "
    return (
        f"{start}, we know that {known}; we cannot yet say {unknown}whether children are better "
        "off for it."
    )


def _briefly(evidence: Evidence, bands: Sequence[Line], means: Sequence[Line]) -> str:
    known = _known(bands, means) or "too few had enough answers to say"
    return f"from about {rounded(_n(evidence.scores))} {_several(evidence)}, {known}"


def _known(bands: Sequence[Line], means: Sequence[Line]) -> str:
    """The first band that may be shown, else the first mean; "" where nothing is known."""
    shown = [line for line in bands if line.said and line.count]
    if shown:
        return _told(shown[0])
    if bands:
        return "how many lie in each band is too small a number to publish"
    if not means:
        return ""
    line = next((line for line in means if line.overall), means[0])
    return f"“{line.title}” is {printed(line)}"


def _told(line: Line) -> str:
    """A band with its count and share."""
    told = f"about {line.count} ({in_brackets(line)})"
    return (
        f"for {told} it cannot be said"
        if line.measure == CANNOT_SAY
        else (f"{told} were “{line.title}”")
    )


def beside(each: Edition) -> tuple[str, Statement]:
    """What a rubric beside the first says, with its name."""
    text = f"{each.name}: {each.known}." if each.known else each.statements[0].text
    return each.name, Statement(KNOW, "other rubric", text, 2)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _impact(scores: GroupScores) -> str:
    """What was asked beside the rubric about the child, as far as it may be published."""
    for spread in spreads(scores, _whole(scores)):
        if scores.rubric.items[spread.item].scored or spread.n < LEAST_FOR_MEANS:
            continue
        published = protected([*spread.levels, sum(spread.codes)])
        told = [
            f"{level.label} about {published.cells[cell]}"
            for cell, level in reversed(list(enumerate(spread.scale.levels)))
            if published.cells[cell] is not None
        ]
        if told:
            return (
                f"Asked beside the rubric, “{spread.text}”: {', '.join(told)} of about "
                f"{published.total}; one person made both judgements, so this cannot show that the "
                "practice helps."
            )
    return "Impact is not shown here: whether children are helped or safer cannot be told from it."


def _tables(evidence: Evidence, bands: Sequence[Line]) -> Iterator[Table]:
    scores, several = evidence.scores, _several(evidence)
    if bands:
        rows = [
            [line.title, "c" if line.count is None else line.count,
             printed(line) if line.said else "c"]
            for line in bands
        ]  # fmt: skip
        yield rows_of(
            f"About {bands[0].n} {several} by band",
            ["Band", evidence.several, "share (interval)"],
            rows,
            _ROUNDED,
        )
    rows = [
        [spread.text, *_item_cells(spread)]
        for spread in spreads(scores, _whole(scores))
        if scores.rubric.items[spread.item].scored
    ]
    if rows:
        yield rows_of(
            f"Every item, over about {rounded(_n(scores))} {several}",
            ["Item", "above the middle of the scale", "not above it", "no level given"],
            rows,
            f"{_ROUNDED} No level given: does not apply, no evidence found, don't know, or blank.",
        )


def _item_cells(spread: Spread) -> list[str]:
    counts = (spread.upper, spread.n - spread.upper, sum(spread.codes))
    published: Published = protected(counts)
    return [published.shown(cell) for cell in range(3)]


def _made(evidence: Evidence) -> Iterator[tuple[str, str]]:
    scores = evidence.scores
    chosen = {"random": "drawn at random", "chosen": "some chosen for a reason",
              "unknown": "not recorded how they were chosen"}[drawn(scores)]  # fmt: skip
    yield _several(evidence).capitalize(), f"about {rounded(_n(scores))}, {chosen}"
    yield "Practice looked at", quarters(scores) or "dates not recorded"
    yield "Numbers", _ROUNDED
    yield "Software", str(scores.method["software"])


def provenance(each: Edition, made_on: str, checked_by: str) -> Table:
    """How the numbers of one rubric were made, as far as it may be published."""
    rows = [("Rubric", each.label), *each.made, ("Made on", made_on),
            ("Checked for publication by", checked_by)]  # fmt: skip
    return rows_of("How it was made", ["What", "How"], rows, numeric=(False, False))
