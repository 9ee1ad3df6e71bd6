"""What good practice looks like, as data: the parts of a rubric.

Everything here is frozen. `fidelity.rubric.reader` makes a `Rubric` from a file and checks what
these types alone cannot see (`fidelity.rubric.checks`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from fidelity.rubric.values import Day, Id, Number, Short, Text, Truth, Version, Whole

Code = Literal["NA", "NE", "DK"]
#: The codes of an answer that is not a level, and what each says.
CODES: Mapping[str, str] = {
    "NA": "does not apply",
    "NE": "applies, but no evidence was found",
    "DK": "don't know, or rather not say",
}
Role = Literal[
    "self", "line_manager", "peer", "moderator", "independent", "conference_chair", "partner",
    "leader", "manager", "practitioner", "parent", "child", "agreed",
]  # fmt: skip
Look = Literal[
    "direct_practice", "case_file", "supervision", "family", "staff", "organisation"
]  # fmt: skip
#: Exactly one of each group stands among an item's tags.
TAG_GROUPS: Mapping[str, tuple[str, ...]] = {
    "aspect of fidelity": (
        "content", "dose", "quality", "responsiveness", "differentiation", "facilitation",
        "context",
    ),
    "what it shows": ("skill", "behaviour", "organisation"),
    "form or function": ("surface", "core"),
}  # fmt: skip
#: Names that results use beside the rubric's own ids.
RESERVED = frozenset({
    "piece", "item", "rater", "value", "level", "code", "reason", "date", "covers_from",
    "covers_to", "rated_on", "minutes", "rater_role", "purpose", "selection", "stratum", "case",
    "practitioner", "team", "authority", "source", "with_practitioner", "plan_type", "stage",
    "age_band", "years_in_role", "phase", "concern", "escalated_on", "escalated_to", "closed_on",
    "form", "note", "band", "band_before_caps", "cannot_say", "share_answered", "ne_rate",
    "must_haves_not_seen", "must_haves_unanswered", "all", "withheld", "undefined",
})  # fmt: skip


class Part(BaseModel):
    """Base of all parts: frozen, and no key that the format does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Level(Part):
    """A step of a scale."""

    value: Whole
    label: Short


class Scale(Part):
    """How an item is answered: levels from worst to best, or a number.

    A number has `lowest` and `highest`; with `decimals` it may be written with as many.
    """

    id: Id
    kind: Literal["levels", "count", "percent"] = "levels"
    levels: tuple[Level, ...] = ()
    lowest: Whole = 0
    highest: Whole = 999
    decimals: Whole = Field(default=0, ge=0, le=3)
    codes: tuple[Code, ...] = ("NA", "NE", "DK")

    @property
    def minimum(self) -> int:
        """The lowest answer."""
        return self.levels[0].value if self.levels else self.lowest

    @property
    def maximum(self) -> int:
        """The highest answer."""
        return self.levels[-1].value if self.levels else self.highest

    @property
    def unit(self) -> int:
        """Stored levels are whole: the answer times this."""
        return int(10**self.decimals)

    @property
    def allowed(self) -> str:
        """What may be answered, in words for a message."""
        if self.levels:
            numbers = ", ".join(str(level.value) for level in self.levels)
        else:
            numbers = f"{self.lowest} to {self.highest}"
            if self.decimals:
                numbers += f" with at most {self.decimals} decimals"
        return ", ".join([numbers, *self.codes]) + " or blank"


class Provenance(Part):
    """Where an item comes from: published, adapted from something published, or local."""

    kind: Literal["published", "adapted", "local"]
    source: Text | None = None


class Item(Part):
    """One thing that is scored.

    `levels` describes the levels of its scale by value. `must_have` is the level from which the
    item counts as seen; without it the item is no must-have. `ne` says what "no evidence found"
    means here: `absent` (the record is the practice: lowest level) or `unknown` (not scored).
    """

    id: Id
    text: Short
    observes: Text
    levels: Mapping[str, Text] = Field(default_factory=dict)
    scale: Id | None = None
    evidence: tuple[Short, ...] = Field(min_length=1)
    weight: Whole = Field(default=1, ge=1, le=100)
    must_have: Whole | None = None
    ne: Literal["absent", "unknown"] | None = None
    na_when: Text | None = None
    na_reasons: tuple[Id, ...] = ()
    tags: tuple[Id, ...]
    proscribed: Truth = False
    scored: Truth = True
    provenance: Provenance
    note: Text | None = None


class Component(Part):
    """A named part of the rubric; with `mean: false` its levels are never averaged.

    `roles` says of whom its items are asked; empty: of all who rate. For others they do not apply.
    """

    id: Id
    title: Short
    scale: Id
    mean: Truth = True
    roles: tuple[Role, ...] = ()
    items: tuple[Item, ...] = Field(min_length=1)


class Composite(Part):
    """A mean of component means, or with `pooled: items` of the items of `of` taken together."""

    id: Id
    title: Short
    of: tuple[Id, ...] = Field(min_length=1)
    pooled: Literal["components", "items"] = "components"
    source: Text


class Ratio(Part):
    """A sum of counts over a sum of counts; without a denominator, the sum alone."""

    id: Id
    title: Short
    numerator: tuple[Id, ...] = Field(min_length=1)
    denominator: tuple[Id, ...] = ()
    percent: Truth = False
    source: Text


class Band(Part):
    """A band: reached at `at_least`, and only with every must-have seen where it says so."""

    id: Id
    title: Short
    at_least: Number | None = None
    must_haves: Truth = False


class Bands(Part):
    """The bands from best to worst, and what they are read from: a composite or one item."""

    of: Id
    source: Text
    levels: tuple[Band, ...] = Field(min_length=2)


class ReferenceLine(Part):
    """A published number to show beside one measure and no other."""

    of: Id
    value: Number
    label: Short
    source: Text
    trained_coders_only: Truth = False


class EvidenceCard(Part):
    """What is known about the model, for a busy reader."""

    what_it_is: Text
    known: Text
    strength: Text
    helps: tuple[Text, ...]
    hinders: tuple[Text, ...]
    cost: Text
    context: Text
    does_not_show: Text
    sources: tuple[Text, ...]


class Deviation(Part):
    """Where the arithmetic departs from a published method, why, and how to restore it."""

    what: Text
    why: Text
    restore: Text


class Example(Part):
    """Ratings of one piece and what they must give; run as a test.

    `role` says who rated, where parts of the rubric are asked of some roles only.
    """

    title: Text
    role: Role | None = None
    ratings: Mapping[Id, Short]
    expect: Mapping[Id, Short]


class Rubric(Part):
    """A rubric at one version. Made by `fidelity.read_rubric`."""

    format: Literal["1"]
    id: Id
    version: Version
    title: Short
    practice_model: Short
    looks_at: Look
    purpose: Text
    raters: tuple[Role, ...] = Field(min_length=1)
    evidence: Text
    look_back_months: Whole = Field(ge=0, le=60)
    valid_from: Day
    valid_to: Day | None = None
    notice: Text
    scales: tuple[Scale, ...] = Field(min_length=1)
    components: tuple[Component, ...] = Field(min_length=1)
    least_share: Number = Field(gt=0, le=1)
    least_share_source: Text
    composites: tuple[Composite, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    bands: Bands | None = None
    reference_lines: tuple[ReferenceLine, ...] = ()
    evidence_card: EvidenceCard
    examples: tuple[Example, ...] = Field(min_length=4)
    deviations: tuple[Deviation, ...] = ()

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """All items by id, in rubric order, scored or not."""
        return {item.id: item for component in self.components for item in component.items}

    @cached_property
    def scored_items(self) -> Mapping[str, Item]:
        """The items that enter a score, by id, in rubric order."""
        return {key: item for key, item in self.items.items() if item.scored}

    @cached_property
    def must_haves(self) -> Mapping[str, Item]:
        """The must-haves by id, in rubric order."""
        return {key: item for key, item in self.items.items() if item.must_have is not None}

    @cached_property
    def _scales(self) -> Mapping[str, Scale]:
        by_id = {scale.id: scale for scale in self.scales}
        return {
            item.id: by_id[item.scale or component.scale]
            for component in self.components
            for item in component.items
        }

    def scale_of(self, item: str) -> Scale:
        """The scale on which an item is answered."""
        return self._scales[item]

    def component_of(self, item: str) -> Component:
        """The component that holds an item."""
        return next(c for c in self.components if any(i.id == item for i in c.items))

    @cached_property
    def asked_of(self) -> Mapping[str, tuple[Role, ...]]:
        """The items that are asked of some roles only, by id, with those roles."""
        return {
            item.id: component.roles
            for component in self.components if component.roles
            for item in component.items
        }  # fmt: skip

    def asks(self, name: str, roles: Collection[str]) -> bool:
        """Whether an item or a measure is asked of anybody with one of these roles.

        Where nobody has rated, nothing is left out.
        """
        parts = next((part.of for part in self.composites if part.id == name), (name,))
        parts = next((p.numerator + p.denominator for p in self.ratios if p.id == name), parts)
        asked = {component.id: component.roles for component in self.components}
        asked |= self.asked_of
        return not roles or any(
            not asked.get(part) or set(asked[part]) & set(roles) for part in parts
        )

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Heading of every measure: components, composites and ratios, by id."""
        measures: tuple[Component | Composite | Ratio, ...] = (
            *self.components, *self.composites, *self.ratios,
        )  # fmt: skip
        return {measure.id: measure.title for measure in measures}

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of all that affects a score; see `fingerprint_of`."""
        from fidelity.rubric.fingerprint import fingerprint_of

        return fingerprint_of(self)

    @property
    def label(self) -> str:
        """Id, version and fingerprint, as results and pages print them."""
        return f"{self.id} {self.version} ({self.fingerprint})"

    def _repr_html_(self) -> str:
        from fidelity.rubric.describe import to_html

        return to_html(self)

    def __repr__(self) -> str:
        items = f"{len(self.scored_items)} scored items, {len(self.components)} components"
        return f"Rubric({self.label}: {self.title}; {items})"

    __str__ = __repr__
