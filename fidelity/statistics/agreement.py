"""Would another rater have said the same? Coefficients of agreement with their uncertainty.

Every function takes an array (units, raters) with NaN where a rating is missing, or a table made
before (`patterns=`), and returns an `Estimate`. Which one to read:

| coefficient | agreement by chance | raters | use |
|---|---|---|---|
| `percent_agreement` | none taken off | any | always, beside one of the others |
| `krippendorff_alpha` | as often as levels occur, small-sample corrected | exchangeable | default |
| `gwet_ac` | small where one level prevails | exchangeable | most scores alike |
| `brennan_prediger` | every level as likely | exchangeable | most scores alike |
| `fleiss_kappa` | as often as levels occur | exchangeable | to compare with papers |
| `cohen_kappa` | each rater's own use of levels | two, named | to compare with papers |
| `conger_kappa` | the same, for several raters | named | fixed panel of raters |

Where nearly all ratings are one level, agreement by chance is high, and the kappas and alpha are
low or undefined though raters hardly differ; AC and Brennan-Prediger are then near the percent
agreement. None of them is wrong: they ask different questions. Bands such as "substantial"
(Landis & Koch 1977) are conventions.

Intervals. `se="jackknife"` (default): exact delete-one jackknife over units, or over clusters
where `clusters=` is given, t with one less than the number of units (clusters) rated at least
twice, clipped to [-1, 1]. `se="gwet"`: the published linearised variance over n (n - 1), t with
n - 1. `se="gwet_table"`: the same over n^2, as published for two raters' cross-tables (for Cohen's
kappa this is Fleiss, Cohen & Everitt 1969). `se="bootstrap"`: percentiles of `draws` resamples of
units (clusters). Where every unit agrees alike nothing varies to make an interval from: its limits
are NaN and the reason says what n units can still not exclude.

Units with one rating leave the agreement observed. By the published definitions they count for
chance agreement in `fleiss_kappa`, `gwet_ac` and `conger_kappa`, and nowhere in Krippendorff's or
Cohen's. Units without any rating leave everything. `Estimate.n` is the number of units rated at
least twice; `method` tells the others.

Where these differ from other programs, and how to get their numbers, stands in each function.

Sources: Cohen 1960, 1968; Conger 1980; Fleiss 1971; Brennan & Prediger 1981; Gwet 2008 and
Handbook of Inter-Rater Reliability, 4th edition, 2014; Krippendorff 2011, Computing
Krippendorff's alpha-reliability.
"""

from __future__ import annotations

from typing import TypedDict, Unpack

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.catalogue import COEFFICIENTS, Metric, Weights, answer
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.patterns import Patterns
from fidelity.statistics.uncertainty import Asked, StandardError


class How(TypedDict, total=False):
    """The keywords that all functions here share.

    Attributes:
        categories: the levels of the scale, ascending; by default those observed. AC and
            Brennan-Prediger depend on how many there are: name them all.
        clusters: (units,) the cluster of each unit, for instance its practitioner.
        patterns: a table made before, instead of the ratings, `categories` and `clusters`.
        se: "jackknife" (default), "gwet", "gwet_table" or "bootstrap".
        confidence: of the interval; .95 by default.
        draws: resamples of the bootstrap; 2,000 by default.
        rng: seed or generator of the bootstrap; 0 by default.
    """

    categories: npt.ArrayLike | None
    clusters: npt.ArrayLike | None
    patterns: Patterns | None
    se: StandardError
    confidence: float
    draws: int
    rng: int | np.random.Generator


def percent_agreement(
    x: npt.ArrayLike | None = None, *, weights: Weights = "identity", **how: Unpack[How]
) -> Estimate:
    """The share of pairs of ratings of the same unit that agree, averaged over units.

    p_a = 1/n' sum_i sum_k r_ik (sum_l w_kl r_il - 1) / (r_i (r_i - 1)) over the n' units rated
    at least twice. Nothing is taken off for agreement by chance: with two levels, one of them in
    95% of ratings, raters who guess agree in nine of ten. Never read it alone.

    R irr's agree() asks that all raters agree and leaves out incomplete units; here each pair of
    ratings counts. With two raters the two are one.

    Args:
        x: (units, raters) levels, NaN where missing.
        weights: "identity", "linear", "quadratic", "ordinal", or a (K, K) matrix.
        **how: categories, clusters, patterns, se, confidence, draws, rng: see `How`.

    Returns:
        The share, 0 to 1, its interval clipped to [0, 1]. Source: Gwet 2014, chapter 2.

    Raises:
        UsageError: if `x` or an option cannot be used.
    """
    return _one("percent_agreement", x, weights, **how)


def cohen_kappa(
    x: npt.ArrayLike | None = None, *, weights: Weights = "identity", **how: Unpack[How]
) -> Estimate:
    """Cohen's kappa: agreement of two named raters beyond their own use of the levels.

    kappa = (p_a - p_e) / (1 - p_e), p_e = sum_kl w_kl p_k+ p_+l. 1 is full agreement, 0 what the
    two would reach by chance, below 0 less than that. Quadratic weights make it nearly an
    intraclass correlation.

    Only units that both rated enter, as in R irr and scikit-learn; irrCAC also takes the units
    that one of them rated for chance agreement: that is `conger_kappa`. Linear and quadratic
    weights go by the levels' values, R irr's by their ranks: number the levels 1, 2, 3 for those.

    Args:
        x: (units, raters) levels, NaN where missing.
        weights: "identity", "linear", "quadratic", "ordinal", or a (K, K) matrix.
        **how: categories, clusters, patterns, se, confidence, draws, rng: see `How`.

    Returns:
        Kappa. Source: Cohen 1960, 1968; variance Fleiss, Cohen & Everitt 1969 ("gwet_table").

    Raises:
        UsageError: if there are not two raters, or an option cannot be used.
    """
    return _one("cohen_kappa", x, weights, **how)


def conger_kappa(
    x: npt.ArrayLike | None = None, *, weights: Weights = "identity", **how: Unpack[How]
) -> Estimate:
    """Conger's kappa: Cohen's kappa for several named raters, some ratings missing.

    p_e = sum over g != h of sum_kl w_kl p_gk p_hl / (r (r - 1)), p_gk the share of rater g's
    ratings that are k. Equals Cohen's kappa for two raters without gaps. For a fixed panel whose
    differences in strictness are not to count as chance; with many raters who rated little each,
    prefer `krippendorff_alpha` or `gwet_ac`.

    As irrCAC, but a rater without any rating leaves r instead of making the result NaN.

    Args:
        x: (units, raters) levels, NaN where missing.
        weights: "identity", "linear", "quadratic", "ordinal", or a (K, K) matrix.
        **how: categories, clusters, patterns, se, confidence, draws, rng: see `How`.

    Returns:
        Kappa. Source: Conger 1980; with gaps and weights Gwet 2014, chapters 2 and 3.

    Raises:
        UsageError: if `x` or an option cannot be used.
    """
    return _one("conger_kappa", x, weights, **how)


def fleiss_kappa(
    x: npt.ArrayLike | None = None, *, weights: Weights = "identity", **how: Unpack[How]
) -> Estimate:
    """Fleiss' kappa: agreement of exchangeable raters beyond how often levels occur.

    p_e = sum_kl w_kl pi_k pi_l with pi_k = 1/n sum_i r_ik / r_i over all units rated at least
    once (Gwet's form for unequal numbers of ratings; Fleiss 1971 where all are equal). For two
    raters it is Scott's pi. One category's kappa is this function of `x == category`.

    R irr and statsmodels take complete units only: leave out the others for their number. As
    irrCAC, but units without any rating are left out instead of making the result NaN.

    Args:
        x: (units, raters) levels, NaN where missing.
        weights: "identity", "linear", "quadratic", "ordinal", or a (K, K) matrix.
        **how: categories, clusters, patterns, se, confidence, draws, rng: see `How`.

    Returns:
        Kappa. Source: Fleiss 1971; with gaps and weights Gwet 2014, chapters 2 and 3.

    Raises:
        UsageError: if `x` or an option cannot be used.
    """
    return _one("fleiss_kappa", x, weights, **how)


def brennan_prediger(
    x: npt.ArrayLike | None = None, *, weights: Weights = "identity", **how: Unpack[How]
) -> Estimate:
    """Brennan and Prediger's coefficient: chance as if every level were as likely.

    p_e = T_w / q^2, T_w the sum of the weights, q the number of levels: so name all levels of the
    scale (`categories=`), used or not. With two levels it is 2 p_a - 1 (Bennett's S, PABAK).

    As irrCAC, but where only one level is known it is NaN with a reason, not 1.

    Args:
        x: (units, raters) levels, NaN where missing.
        weights: "identity", "linear", "quadratic", "ordinal", or a (K, K) matrix.
        **how: categories, clusters, patterns, se, confidence, draws, rng: see `How`.

    Returns:
        The coefficient. Source: Brennan & Prediger 1981; weights Gwet 2014, chapter 3.

    Raises:
        UsageError: if `x` or an option cannot be used.
    """
    return _one("brennan_prediger", x, weights, **how)


def gwet_ac(
    x: npt.ArrayLike | None = None, *, weights: Weights = "identity", **how: Unpack[How]
) -> Estimate:
    """Gwet's AC1 (identity weights) and AC2 (any other): steady where one level prevails.

    p_e = T_w / (q (q - 1)) sum_k pi_k (1 - pi_k), T_w the sum of the weights, pi_k as in
    `fleiss_kappa`: chance agreement is small where nearly all ratings are one level. It depends
    on q, so name all levels of the scale (`categories=`), used or not.

    As irrCAC, but where only one level is known it is NaN with a reason, not 1. The published
    variance (`se="gwet"`, irrCAC's) counts the number of units rated twice as fixed and so grows
    with units rated once; the jackknife does not.

    Args:
        x: (units, raters) levels, NaN where missing.
        weights: "identity", "linear", "quadratic", "ordinal", or a (K, K) matrix.
        **how: categories, clusters, patterns, se, confidence, draws, rng: see `How`.

    Returns:
        AC1 or AC2. Source: Gwet 2008; weights Gwet 2014, chapter 3.

    Raises:
        UsageError: if `x` or an option cannot be used.
    """
    return _one("gwet_ac", x, weights, **how)


def krippendorff_alpha(
    x: npt.ArrayLike | None = None, *, metric: Metric = "ordinal", **how: Unpack[How]
) -> Estimate:
    """Krippendorff's alpha: 1 - D_o / D_e, disagreement observed over that expected.

    Any number of raters, gaps allowed, chance corrected for few units. `metric` says how far apart
    two levels are: "nominal" (any two as far), "ordinal" (by how many ratings lie between them),
    "interval" (squared difference), "ratio". With "interval" the values may be measurements:
    nothing of size values by values is made. Customary minimum .80, .667 for tentative
    conclusions (Krippendorff 2004): conventions.

    >>> print(krippendorff_alpha([[1, 1], [2, 2], [1, 2], [3, 3], [2, 2], [3, 2], [1, 1]]))
    0.763 (0.334 to 1), n = 7

    The ordinal metric is not Gwet's ordinal weights, which irrCAC puts into alpha: for its number
    with weights w give `metric=1 - w` (`weights.ordinal`). Where all ratings are alike it is NaN
    with a reason; the krippendorff package raises an error or gives NaN.

    Args:
        x: (units, raters) levels, NaN where missing.
        metric: "nominal", "ordinal", "interval", "ratio", or a (K, K) matrix of squared
            differences.
        **how: categories, clusters, patterns, se, confidence, draws, rng: see `How`.

    Returns:
        Alpha. Source: Krippendorff 2011, sections C and D; variance Gwet 2014, chapter 5.

    Raises:
        UsageError: if `x` or an option cannot be used, or if there are more than 256 levels
            and the metric is not "interval".
    """
    return _one("krippendorff_alpha", x, metric, **how)


def batch(
    coefficient: str,
    x: npt.ArrayLike | None = None,
    *,
    weights: Weights | Metric | None = None,
    **how: Unpack[How],
) -> list[Estimate]:
    """One coefficient for many items of the same scale, all in one pass.

    Args:
        coefficient: the name of one of the functions above.
        x: (items, units, raters) levels, NaN where missing.
        weights: as in that function; for "krippendorff_alpha" the metric; None for its default.
        **how: as in that function. Levels not named are those observed in any item; clusters
            are the same for every item; each item has its own random stream.

    Returns:
        One estimate an item, in order: what its own call would give with all `categories` named
        (but for the random stream).

    Raises:
        UsageError: if the coefficient is not known, or `x` or an option cannot be used.
    """
    if coefficient not in COEFFICIENTS:
        raise UsageError(f"{coefficient!r} is not known. Allowed: {', '.join(COEFFICIENTS)}.")
    if weights is None:
        weights = "ordinal" if coefficient == "krippendorff_alpha" else "identity"
    return _many(coefficient, x, weights, **how)


def _one(
    name: str, x: npt.ArrayLike | None, weights: Weights | Metric, **how: Unpack[How]
) -> Estimate:
    found = _many(name, x, weights, **how)
    if len(found) != 1:
        raise UsageError(
            f"There are {len(found)} items; {name} takes one. Use batch({name!r}, ...)."
        )
    return found[0]


def _many(
    name: str,
    x: npt.ArrayLike | None,
    weights: Weights | Metric,
    *,
    categories: npt.ArrayLike | None = None,
    clusters: npt.ArrayLike | None = None,
    patterns: Patterns | None = None,
    se: StandardError = "jackknife",
    confidence: float = 0.95,
    draws: int = 2000,
    rng: int | np.random.Generator = 0,
) -> list[Estimate]:
    asked = Asked(se, confidence, draws, rng)
    return answer(name, weights, x, categories, clusters, patterns, asked)
