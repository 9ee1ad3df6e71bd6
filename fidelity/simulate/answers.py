"""From how good the practice is to what a rater writes down.

For rater r and item i of piece p:

    latent = practice(p) + own(p, i) - strictness(r, month) - view(r, i) - difficulty(i)
             + noise of the whole scoring + noise of the rating

A scale of K levels cuts this into equal steps of 4 / (K - 1) around its middle, so that one unit
is one level of five. A count is Poisson around a rate that grows with the practice; a rater hears
most of it, strict or not. That an item does not apply, or that its evidence is missing, belongs
to the piece, so that raters mostly agree on it; DK and blanks belong to the rater.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtri

from fidelity.rubric import Rubric
from fidelity.rubric.model import Item, Ratio, Scale
from fidelity.simulate.settings import Settings, Strand
from fidelity.simulate.sheets import Sheet
from fidelity.simulate.streams import Streams

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]

#: Correlation between raters in whether they find the evidence.
EVIDENCE_SHARED = 0.8
#: Share of what was said that a coder counts.
HEARD = 0.9
_OTHER_REASON = 0.03


@dataclass(frozen=True, eq=False)
class Answers:
    """What was written down, shape (assessments, items): a text or None, and why where NA."""

    value: Objects
    reason: Objects


def difficulties(strand: Strand, settings: Settings, stream: Streams) -> Floats:
    """Difficulty of each item, in rubric order; an item keeps its own whatever stands beside it."""
    name, spread = strand.instrument.id, settings.difficulty_sd
    return np.array([
        strand.difficulty.get(item, spread * stream("item", name, item).standard_normal())
        for item in strand.instrument.items
    ])  # fmt: skip


def answers_to(sheet: Sheet, strand: Strand, settings: Settings, stream: Streams) -> Answers:
    """What every rater of a sheet answers to every item."""
    rubric = strand.instrument
    rng = stream("answers", *sheet.key)
    difficulty = difficulties(strand, settings, stream)
    practice, latent = _latent(sheet, rubric, difficulty, settings, stream, rng)
    value = np.empty(latent.shape, object)
    for column, item in enumerate(rubric.items.values()):
        scale = rubric.scale_of(item.id)
        if scale.kind == "count":
            often = 0.5 * practice[:, column] - difficulty[column]
            value[:, column] = _counts(item, scale, often, sheet, rng)
        else:
            value[:, column] = _cut(item, scale, latent[:, column])
    for ratio in rubric.ratios:
        if ratio.percent and not set(ratio.numerator) & set(ratio.denominator):
            _of_those(value, ratio, practice, rubric, sheet, rng)
    _lose(value, sheet, strand, rubric, settings, rng)
    reason = _not_applying(sheet, strand, rubric, settings, rng)
    asked = _asked(sheet, rubric)
    value[reason != None] = "NA"  # noqa: E711 - an array is compared cell by cell
    value[~asked], reason[~asked] = None, None
    return Answers(value, reason)


def _asked(sheet: Sheet, rubric: Rubric) -> npt.NDArray[np.bool_]:
    """Whether a rater is asked an item, shape (assessments, items)."""
    role = sheet.table["rater_role"].to_numpy(object).astype(str)
    asked = np.ones((len(role), len(rubric.items)), bool)
    for column, item in enumerate(rubric.items):
        if item in rubric.asked_of:
            asked[:, column] = np.isin(role, rubric.asked_of[item])
    return asked


def _latent(
    sheet: Sheet, rubric: Rubric, difficulty: Floats, settings: Settings, stream: Streams,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Practice by piece and item, and what raters make of it by assessment and item."""
    n_pieces, n, n_items = len(sheet.pieces), len(sheet.of), len(rubric.items)
    true = sheet.pieces["true"].to_numpy(np.float64)
    outcome = settings.outcome_link * true + rng.standard_normal(n_pieces)
    scored = np.array([item.scored for item in rubric.items.values()])
    practice = np.where(scored, true[:, None], outcome[:, None]) - difficulty
    practice += settings.piece_item_sd * rng.standard_normal((n_pieces, n_items))
    agreed = (sheet.table["rater_role"] == "agreed").to_numpy()
    whole = np.where(agreed, settings.agreed_noise_sd, settings.noise_sd)
    single = np.where(
        agreed, min(settings.agreed_noise_sd, settings.item_noise_sd), settings.item_noise_sd
    )
    view = stream("views", rubric.id).standard_normal((settings.raters, n_items))
    own_view = np.where(sheet.rater[:, None] < 0, 0.0, settings.rater_item_sd * view[sheet.rater])
    latent = practice[sheet.of] - sheet.strictness[:, None] - own_view
    latent += (whole * rng.standard_normal(n))[:, None]
    latent += single[:, None] * rng.standard_normal((n, n_items))
    return practice, latent


def _cut(item: Item, scale: Scale, latent: Floats) -> Objects:
    """Levels as text, from the middle of the scale outwards; reversed for a proscribed item."""
    towards = -latent if item.proscribed else latent
    if scale.kind == "percent":
        number = scale.minimum + (scale.maximum - scale.minimum) * expit(towards)
        return texts(np.rint(number * scale.unit).astype(np.int64), scale)
    answers = steps(scale)
    last = len(answers) - 1
    index = np.clip(np.rint(towards * last / 4 + last / 2), 0, last)
    return texts(answers[index.astype(np.int64)], scale)


def _counts(
    item: Item, scale: Scale, often: Floats, sheet: Sheet, rng: np.random.Generator
) -> Objects:
    """How often each rater counted something; what the model avoids falls with good practice."""
    avoided = item.proscribed or "differentiation" in item.tags
    rate = 2.0 * np.exp(-often) if avoided else 7.0 * np.exp(often)
    said = rng.poisson(rate)[sheet.of]
    agreed = (sheet.table["rater_role"] == "agreed").to_numpy()
    missed = rng.binomial(said, HEARD) + rng.poisson((1 - HEARD) * rate[sheet.of])
    heard = np.where(agreed, said, missed)
    return texts(np.clip(heard, scale.minimum, scale.maximum) * scale.unit, scale)


def _of_those(
    value: Objects, ratio: Ratio, practice: Floats, rubric: Rubric, sheet: Sheet,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """A percentage of counts: the part is drawn from the whole, and never more."""
    column = {item: number for number, item in enumerate(rubric.items)}
    scales = {item: rubric.scale_of(item) for item in (*ratio.numerator, *ratio.denominator)}
    whole = sum(value[:, column[i]].astype(np.float64) for i in ratio.denominator)
    left = np.asarray(whole).astype(np.int64)
    for item in ratio.numerator:
        done = rng.binomial(left, expit(1.0 + practice[sheet.of, column[item]]))
        value[:, column[item]] = texts(done * scales[item].unit, scales[item])
        left = left - done


def steps(scale: Scale) -> npt.NDArray[np.int64]:
    """Every level of a scale, in its units, from worst to best."""
    if scale.levels:
        return np.array([level.value for level in scale.levels], np.int64) * scale.unit
    return np.arange(scale.minimum * scale.unit, scale.maximum * scale.unit + 1)


def written(level: int, scale: Scale) -> str:
    """A level, in units of its scale, as it stands in a file."""
    return f"{level / scale.unit:.{scale.decimals}f}"


def texts(level: npt.NDArray[np.int64], scale: Scale) -> Objects:
    """Levels, in units of their scale, as they stand in a file."""
    different, where = np.unique(level, return_inverse=True)
    return np.asarray(np.array([written(int(v), scale) for v in different], object)[where])


def _lose(
    value: Objects, sheet: Sheet, strand: Strand, rubric: Rubric, settings: Settings,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """NE at the rate of the piece's month; of the rest, DK and then blanks."""
    codes = [rubric.scale_of(item).codes for item in rubric.items]
    allows = {code: np.array([code in mine for mine in codes]) for code in ("NE", "DK")}
    agreed = (sheet.table["rater_role"] == "agreed").to_numpy()[:, None]
    month = sheet.pieces["month"].to_numpy()[sheet.of]
    found = rng.standard_normal((len(sheet.pieces), value.shape[1]))[sheet.of]
    found = np.sqrt(EVIDENCE_SHARED) * found
    found = found + np.sqrt(1 - EVIDENCE_SHARED) * rng.standard_normal(value.shape)
    ne = found < ndtri(ne_rate(strand, settings)[month - 1])[:, None]
    dk = (rng.random(value.shape) < strand.dk) & ~agreed
    blank = (rng.random(value.shape) < strand.blank) & ~agreed
    value[blank] = None
    value[dk & allows["DK"]] = "DK"
    value[ne & allows["NE"]] = "NE"


def ne_rate(strand: Strand, settings: Settings) -> Floats:
    """Share of answers without evidence among those that apply, by month."""
    first, last = strand.ne
    return np.linspace(first, last, settings.months)


def _not_applying(
    sheet: Sheet, strand: Strand, rubric: Rubric, settings: Settings, rng: np.random.Generator
) -> Objects:
    """Why an item does not apply, None where it does; a reason holds for a piece as a whole."""
    pieces = sheet.pieces
    n = len(pieces)
    named = sorted({reason for item in rubric.items.values() for reason in item.na_reasons})
    lot = {reason: rng.random(n) for reason in named}
    age = pieces["age_band"] if "age_band" in pieces else np.full(n, "")
    stage = pieces["stage"] if strand.staged and "stage" in pieces else np.full(n, "")
    known = {
        "not_due": np.asarray(stage == "assessment"),
        "unborn": np.asarray(age == "unborn"),
        "too_young": np.asarray(age == "under_5") & (lot.get("too_young", np.ones(n)) < 0.5),
    }
    fixed = sheet.key[1] == "benchmark"
    reason = np.full((n, len(rubric.items)), None, object)
    for column, item in enumerate(rubric.items.values()):
        if "NA" not in rubric.scale_of(item.id).codes or fixed:
            continue
        for name in reversed(item.na_reasons):
            drawn = lot[name] < settings.na_rates.get(name, _OTHER_REASON)
            reason[known.get(name, drawn), column] = name
    return np.asarray(reason[sheet.of])
