"""Designs of generalizability studies: "p x (r:t)" as a list of effects.

Notation of Brennan (2001), Generalizability Theory, chapters 3 and 7: `x` reads "crossed with",
`:` reads "nested within". Effects are named as there: "p", "t", "r:t", "pt", "p(r:t)".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fidelity.errors import UsageError
from fidelity.statistics.crossproducts import IntArray, level_codes, renumbered

_TOKEN = re.compile(r"\s*(?:([A-Za-z_][A-Za-z0-9_]*)|([:()×]))")
_CROSSED = ("x", "×")


@dataclass(frozen=True, slots=True)
class Effect:
    """One source of variance.

    Attributes:
        name: as Brennan writes it, for instance "p(r:t)".
        main: the facets before the colon.
        facets: all facets, those it is nested in included.
    """

    name: str
    main: tuple[str, ...]
    facets: frozenset[str]


@dataclass(frozen=True, slots=True)
class Design:
    """A design, read from its formula.

    Attributes:
        formula: as given.
        facets: the facets, in the order of the formula.
        effects: every effect, from few facets to many; the last holds all.
    """

    formula: str
    facets: tuple[str, ...]
    effects: tuple[Effect, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the effects."""
        return tuple(e.name for e in self.effects)

    def closed(self, facets: frozenset[str]) -> frozenset[str]:
        """The facets together with those they are nested in."""
        smallest = [e.facets for e in self.effects if facets <= e.facets]
        return min(smallest, key=len) if facets else facets


def parse_design(formula: str) -> Design:
    """Read a formula such as "p x i", "p x (r:t)", "(a:p) x r" or "i:(p x h)".

    `:` binds before `x`, and a chain "i:o:h" reads "i within o within h".

    Raises:
        UsageError: the formula cannot be read, or names a facet twice.
    """
    reader = _Reader(formula)
    effects = reader.crossed()
    if reader.tokens:
        raise reader.fault(f"{reader.tokens[0]!r} was not expected")
    facets = tuple(reader.facets)
    return Design(formula, facets, tuple(sorted(effects, key=lambda e: len(e.facets))))


class _Reader:
    """Reads a formula from left to right, by recursive descent."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        self.facets: list[str] = []
        self.tokens: list[str] = []
        text = formula.strip()
        while text:
            found = _TOKEN.match(text)
            if not found:
                raise self.fault(f"{text[0]!r} is not a facet, 'x', ':' or a bracket")
            self.tokens.append(found.group(1) or found.group(2))
            text = text[found.end() :].strip()
        names = [t for t in self.tokens if t not in _CROSSED and t not in ":()"]
        self.glue = "" if all(len(n) == 1 for n in names) else " x "

    def fault(self, what: str) -> UsageError:
        return UsageError(
            f"The design {self.formula!r} cannot be read: {what}. Allowed: facets joined by 'x' "
            "(crossed with) and ':' (nested within), with brackets, for instance 'p x r' or "
            "'p x (r:t)'."
        )

    def crossed(self) -> list[Effect]:
        effects = self.nested()
        while self.tokens and self.tokens[0] in _CROSSED:
            self.tokens.pop(0)
            right = self.nested()
            effects = effects + right + [self._joined(a, b) for a in effects for b in right]
        return effects

    def nested(self) -> list[Effect]:
        inner = self.atom()
        if not self.tokens or self.tokens[0] != ":":
            return inner
        self.tokens.pop(0)
        outer = self.nested()
        whole = outer[-1]
        return outer + [
            Effect(f"{e.name}:{whole.name}", e.main, e.facets | whole.facets) for e in inner
        ]

    def atom(self) -> list[Effect]:
        if not self.tokens:
            raise self.fault("it ends too early")
        token = self.tokens.pop(0)
        if token == "(":
            effects = self.crossed()
            if not self.tokens or self.tokens.pop(0) != ")":
                raise self.fault("a bracket is not closed")
            return effects
        if token in _CROSSED or token in ":)":
            raise self.fault(f"a facet was expected, not {token!r}")
        if token in self.facets:
            raise self.fault(f"the facet {token!r} stands twice")
        self.facets.append(token)
        return [Effect(token, (token,), frozenset([token]))]

    def _joined(self, a: Effect, b: Effect) -> Effect:
        names = [f"({e.name})" if ":" in e.name else e.name for e in (a, b)]
        return Effect(self.glue.join(names), a.main + b.main, a.facets | b.facets)


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """The scores of a study, each with its level of every effect.

    Attributes:
        design: the design.
        y: (n,) scores.
        codes: for each effect (n,) its level in each row, 0, 1, ...
        counts: for each effect the number of its levels.
        n_missing: rows left out because score or level is missing.
    """

    design: Design
    y: NDArray[np.float64]
    codes: Mapping[str, IntArray]
    counts: Mapping[str, int]
    n_missing: int

    @property
    def balanced(self) -> bool:
        """Whether every cell of the design holds one score."""
        n = len(self.y)
        full = float(np.prod(list(facet_sizes(self.design, self.counts).values())))
        return full == n and all(
            bool((np.bincount(c) * self.counts[name] == n).all()) for name, c in self.codes.items()
        )


def facet_sizes(design: Design, counts: Mapping[str, float]) -> dict[str, float]:
    """For each facet its number of levels within each level it is nested in (mean).

    Args:
        design: the design.
        counts: for each effect the number of its levels.
    """
    by_facets = {e.facets: float(counts[e.name]) for e in design.effects}
    out: dict[str, float] = {}
    for facet in design.facets:
        whole = design.closed(frozenset([facet]))
        out[facet] = by_facets[whole] / by_facets.get(whole - {facet}, 1.0)
    return out


def levels(design: Design, factors: Mapping[str, ArrayLike], y: ArrayLike) -> Levels:
    """Number the levels of every effect, leaving out rows with anything missing.

    Args:
        design: the design.
        factors: for each facet (n,) its level in each row. A nested facet's labels may be used
            again within the next level of what it is nested in.
        y: (n,) scores; NaN is missing.

    Raises:
        UsageError: facets missing or unknown, lengths differ, a facet with one level, two scores
            in one cell, or effects that these scores cannot tell apart.
    """
    absent = [f for f in design.facets if f not in factors]
    unknown = sorted(set(factors) - set(design.facets))
    if absent or unknown:
        raise UsageError(
            f"The design {design.formula!r} needs a column for each of {', '.join(design.facets)}; "
            f"missing: {', '.join(absent) or 'none'}; not in the design: "
            f"{', '.join(unknown) or 'none'}."
        )
    scores = np.asarray(y, dtype=np.float64)
    if scores.ndim != 1:
        raise UsageError(f"y has shape {scores.shape}; give one score a row.")
    kept = np.isfinite(scores)
    given = {name: np.asarray(factors[name]) for name in design.facets}
    for name, values in given.items():
        if values.shape != scores.shape:
            raise UsageError(f"{name} has shape {values.shape}; allowed: {scores.shape}, as y.")
        if values.dtype.kind == "f":
            kept &= ~np.isnan(values)
        elif values.dtype.kind == "O":
            kept &= np.array([v is not None and v == v for v in values])
    scores = scores[kept]
    if len(scores) < 2:
        raise UsageError(f"{len(scores)} complete scores; two at least are needed.")
    single = {name: level_codes(name, v[kept], len(scores))[0] for name, v in given.items()}
    codes = {e.name: _combined([single[f] for f in sorted(e.facets)]) for e in design.effects}
    found = Levels(
        design=design,
        y=scores,
        codes=codes,
        counts={name: int(c.max()) + 1 for name, c in codes.items()},
        n_missing=int((~kept).sum()),
    )
    _check(found)
    return found


def _combined(parts: Sequence[IntArray]) -> IntArray:
    """One code for each combination of levels that occurs."""
    code = parts[0]
    for part in parts[1:]:
        code = renumbered(code * (int(part.max()) + 1) + part)[0]
    return code


def _check(found: Levels) -> None:
    """Refuse what cannot be estimated, saying which facet and what to do."""
    design, counts, n = found.design, found.counts, len(found.y)
    last = design.effects[-1].name
    faults = []
    for effect in design.effects[:-1]:
        finer = [
            e.name
            for e in design.effects
            if effect.facets < e.facets and counts[e.name] == counts[effect.name]
        ]
        if counts[effect.name] < 2:
            faults.append(
                f"{effect.name} has one level: leave that facet out of the design, or score "
                "at least two of it"
            )
        elif finer:
            faults.append(
                f"{effect.name} cannot be told from {' and '.join(finer)}: no level of "
                f"{effect.name} was scored twice under different conditions. Nest the facet in "
                "the design (for instance 'r:p' for 'p x r'), or score some of it again"
            )
    if counts[last] < n:
        faults.append(
            f"{n - counts[last]} scores share their cell of {last} with another: name what "
            "differs between them as a further facet (for instance 'a' in 'a:(p x r)'), or take "
            "their mean"
        )
    if faults:
        raise UsageError(
            f"The design {design.formula!r} cannot be analysed with these {n} scores. "
            + ". ".join(faults)
            + "."
        )
