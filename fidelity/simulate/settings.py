"""What may be set in a simulated authority, with the values that are used if nothing is said.

One unit of everything below is one level of a five-level scale. Months are numbered from 1.
Defaults of spreads follow the design study behind `fidelity.drift`: pieces of one practitioner
differ by about .8, two raters of one piece by .5 each, an agreed score by .3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from fidelity.collect.columns import VOCABULARIES
from fidelity.errors import UsageError
from fidelity.rubric import Rubric, read_rubric

SYNTHETIC = "Made-up Borough (synthetic)"
#: The source of a piece, by what its rubric looks at.
SOURCES = {
    "case_file": "case_file", "direct_practice": "observation", "supervision": "supervision",
    "family": "family", "staff": "staff", "organisation": "interview",
}  # fmt: skip


@dataclass(frozen=True)
class Team:
    """A team with a number of posts; a leaver's post is filled in the month after."""

    name: str
    posts: int = 8


@dataclass(frozen=True)
class PlanType:
    """A kind of plan: its share of cases in the first and last half-year, and its effect."""

    name: str
    share: float
    share_at_end: float
    shift: float = 0.0


@dataclass(frozen=True)
class Training:
    """A training on the first Tuesday of a month.

    Its gain is that of somebody who attends all days and learns as much as the average; it fades
    by half every `Settings.half_life` months. `attended` is the share of those in post who come.
    """

    month: int
    programme: str
    kind: str = "course"
    days: int = 3
    gain: float = 1.0
    attended: float = 0.9
    test_max: int = 20


@dataclass(frozen=True)
class Event:
    """Something that happened to the authority. It has no effect on what is simulated."""

    month: int
    what: str


@dataclass(frozen=True)
class PlantedConcern:
    """A concern on the first routine assessment of a team in a month."""

    team: str
    month: int
    escalated: bool = True
    closed: bool = True


@dataclass(frozen=True)
class Strand:
    """One rubric and how the authority uses it.

    Attributes:
        rubric: a rubric or its id.
        prefix: first letters of the references of its pieces.
        pieces: pieces of each team in each round.
        every: months between rounds.
        role: role of those who score; "" for peer, else the first that the rubric names.
        scored_by: who scores, by id; empty for all raters.
        second_role: role of those who score a second time.
        second_by: who scores a second time; empty for the same.
        double_share: share of pieces scored a second time, drawn at random.
        agreed_share: share of those for which an agreed score is recorded.
        benchmark_pieces: fixed pieces that every rater scores again and again.
        benchmark_every: months between those scorings.
        selection: how pieces are chosen, with shares that add up to 1.
        stratified: draw the same number from each plan type; `selection` is then not used.
        respondents: for a survey of an organisation or its staff, how many of each role reply in
            each team and round, one piece each; practitioners and cases then play no part.
        sources: what respondents of a role go by, one after another ("document", "observation");
            otherwise what goes with the rubric.
        source_shift: how much better practice looks in a source.
        families_of: another strand by its rubric's id; the families of its pieces are asked, and
            those chosen at random answer. `pieces`, `every` and `selection` are then not used.
        replies: of the families that are asked, the share from whom somebody of a role answers.
        follows: how far a month's practice here moves with the practitioner's skill.
        shift: how much higher practice stands here than the skill, for instance on paper.
        difficulty: difficulty of items for which it is not drawn at random.
        staged: whether pieces have a stage, with items not due before the assessment ends.
        collaborative: share of first scorings made together with the practitioner.
        ne: share of answers without evidence among those that apply, first and last month.
        dk: share of don't know among the remaining answers, where the scale has it.
        blank: share left blank among the remaining answers.
        minutes: median time that a scoring takes.
        concerns: concerns to plant.
    """

    rubric: Rubric | str
    prefix: str = "SF"
    pieces: int = 2
    every: int = 1
    role: str = ""
    scored_by: tuple[str, ...] = ()
    second_role: str = ""
    second_by: tuple[str, ...] = ()
    double_share: float = 0.2
    agreed_share: float = 0.5
    benchmark_pieces: int = 0
    benchmark_every: int = 3
    selection: Mapping[str, float] = field(default_factory=lambda: {"random": 1.0})
    stratified: bool = False
    respondents: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source_shift: Mapping[str, float] = field(default_factory=dict)
    families_of: str = ""
    replies: Mapping[str, float] = field(default_factory=lambda: {"parent": 0.3, "child": 0.2})
    follows: float = 1.0
    shift: float = 0.0
    difficulty: Mapping[str, float] = field(default_factory=dict)
    staged: bool = False
    collaborative: float = 0.0
    ne: tuple[float, float] = (0.05, 0.05)
    dk: float = 0.01
    blank: float = 0.01
    minutes: int = 60
    concerns: tuple[PlantedConcern, ...] = ()

    @cached_property
    def instrument(self) -> Rubric:
        """The rubric itself."""
        return self.rubric if isinstance(self.rubric, Rubric) else read_rubric(self.rubric)

    @property
    def routine_role(self) -> str:
        """Role of those who score."""
        raters = self.instrument.raters
        return self.role or ("peer" if "peer" in raters else raters[0])


def _strands() -> tuple[Strand, ...]:
    return (
        Strand("sos_case_file", "SF", pieces=4, staged=True, benchmark_pieces=5, ne=(0.14, 0.05)),
        Strand("cfsw_skills", "OB", pieces=2, ne=(0.02, 0.02)),
    )


@dataclass(frozen=True)
class Settings:
    """A made-up authority. Spreads are standard deviations; slopes are a month.

    Attributes:
        authority: its name, which says that it is synthetic.
        start: first day of month 1, the first of a calendar month.
        months: how long it is looked at.
        teams: its teams; further ones change nothing in the others.
        raters: how many auditors; R01, R02 and so on.
        rater_leaves: the last month of raters who leave.
        strands: the rubrics in use; further ones change nothing in the others.
        training: trainings, with what they give.
        half_life: months until half of a training's gain is gone; infinity for no decay.
        turnover: chance that a practitioner leaves after any month.
        newcomer_gap: how much lower the skill of newcomers starts.
        mean_skill: mean in month 1, from the middle of the scale.
        team_sd: spread of teams. practitioner_sd: of practitioners in a team. case_sd: of
            families. piece_sd: of pieces of one family. piece_item_sd: of items in a piece.
        practice_slope: common change in skill. practice_slope_sd: its spread.
        strictness_sd: spread of raters. strictness_slope: their common change (below 0: more
            generous). strictness_slope_sd: its spread. rater_item_sd: a rater's own view of an
            item.
        role_shift: strictness that goes with a role.
        noise_sd: spread of one rater's scoring of one piece as a whole. item_noise_sd: of one
            rating. agreed_noise_sd: both, for an agreed score.
        difficulty_sd: spread of item difficulty.
        selection_shift: how pieces chosen for a reason differ from the others.
        plan_types: kinds of plan; shares add up to 1.
        caseload: families of a practitioner in a half-year.
        na_rates: share of pieces for which a reason not to answer holds, by reason.
        outcome_link: how far the questions beside the rubric move with the practice.
        events: what happened meanwhile.
    """

    authority: str = SYNTHETIC
    start: date = date(2024, 1, 1)
    months: int = 24
    teams: tuple[Team, ...] = (Team("North"), Team("South"), Team("East"), Team("West"))
    raters: int = 10
    rater_leaves: Mapping[str, int] = field(default_factory=dict)
    strands: tuple[Strand, ...] = field(default_factory=_strands)
    training: tuple[Training, ...] = (Training(4, "Practice model course"),)
    half_life: float = 9.0
    turnover: float = 0.012
    newcomer_gap: float = 0.3
    mean_skill: float = -0.1
    team_sd: float = 0.15
    practitioner_sd: float = 0.4
    case_sd: float = 0.5
    piece_sd: float = 0.6
    piece_item_sd: float = 0.5
    practice_slope: float = 0.0
    practice_slope_sd: float = 0.01
    strictness_sd: float = 0.3
    strictness_slope: float = -0.015
    strictness_slope_sd: float = 0.008
    rater_item_sd: float = 0.2
    role_shift: Mapping[str, float] = field(
        default_factory=lambda: {"leader": -0.6, "manager": -0.3, "line_manager": -0.3}
    )
    noise_sd: float = 0.5
    item_noise_sd: float = 0.6
    agreed_noise_sd: float = 0.3
    difficulty_sd: float = 0.4
    selection_shift: Mapping[str, float] = field(
        default_factory=lambda: {"concern": -0.6, "thematic": -0.1, "chosen_by_team": 0.5}
    )
    plan_types: tuple[PlanType, ...] = (
        PlanType("child_in_need", 0.5, 0.5, 0.1),
        PlanType("child_protection", 0.2, 0.2, 0.0),
        PlanType("looked_after", 0.3, 0.3, -0.15),
    )
    caseload: int = 10
    na_rates: Mapping[str, float] = field(
        default_factory=lambda: {"first_discussion": 0.2, "no_past_harm": 0.1, "unsafe": 0.03}
    )
    outcome_link: float = 0.3
    events: tuple[Event, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated, all at once."""
        faults = [*self._faults(), *(f for s in self.strands for f in self._strand_faults(s))]
        if faults:
            raise UsageError("These settings cannot be simulated: " + "; ".join(faults) + ".")

    @property
    def rater_ids(self) -> tuple[str, ...]:
        """R01, R02 and so on."""
        return tuple(f"R{number:02d}" for number in range(1, self.raters + 1))

    def _faults(self) -> Iterator[str]:
        if self.months < 1 or self.raters < 1 or self.caseload < 1 or not self.teams:
            yield "months, raters, caseload and teams must each be at least 1"
        if self.start.day != 1:
            yield f"start {self.start} must be the first day of a month"
        if not self.half_life > 0:
            yield f"half_life {self.half_life} must be above 0 (infinity for no decay)"
        names = [team.name for team in self.teams]
        if len(set(names)) < len(names):
            yield "a team name stands twice"
        if any(team.posts < 1 for team in self.teams):
            yield "each team needs at least 1 post"
        for key in ("share", "share_at_end"):
            total = sum(getattr(plan, key) for plan in self.plan_types)
            if abs(total - 1) > 1e-9:
                yield f"{key} of the plan types adds up to {total:g}, not to 1"
        spreads = {name: value for name, value in vars(self).items() if name.endswith("_sd")}
        below = [name for name, value in spreads.items() if value < 0]
        if below:
            yield f"{', '.join(below)} below 0"
        unknown = sorted(set(self.rater_leaves) - set(self.rater_ids))
        if unknown:
            yield f"rater_leaves names {', '.join(unknown)}, who are not among the raters"

    def _with_families(self) -> tuple[str, ...]:
        """Ids of the strands whose pieces are of families."""
        return tuple(
            strand.instrument.id for strand in self.strands
            if not strand.respondents and not strand.families_of
        )  # fmt: skip

    def _strand_faults(self, strand: Strand) -> Iterator[str]:
        name = strand.instrument.id
        if [other.instrument.id for other in self.strands].count(name) > 1:
            yield f"two strands use {name}"
        unknown = sorted({*strand.scored_by, *strand.second_by} - set(self.rater_ids))
        if unknown:
            yield f"{name} is scored by {', '.join(unknown)}, who are not among the raters"
        scorers = strand.scored_by or self.rater_ids
        if all(self.rater_leaves.get(rater, self.months) < self.months for rater in scorers):
            yield f"everybody who scores {name} leaves before the end"
        wrong = sorted(set(strand.selection) - set(VOCABULARIES["selection"]))
        if wrong or abs(sum(strand.selection.values()) - 1) > 1e-9:
            allowed = ", ".join(VOCABULARIES["selection"])
            yield f"selection of {name}: shares of {allowed} that add up to 1"
        no_items = sorted(set(strand.difficulty) - set(strand.instrument.items))
        if no_items:
            yield f"{name} has no item {', '.join(no_items)} to be difficult"
        shares = ("double_share", "agreed_share", "collaborative", "dk", "blank")
        given = {key: getattr(strand, key) for key in shares} | {
            f"ne {n}": value for n, value in enumerate(strand.ne, 1)
        }
        given |= {f"replies of {role}": share for role, share in strand.replies.items()}
        outside = [key for key, value in given.items() if not 0 <= value <= 1]
        if outside:
            yield f"{', '.join(outside)} of {name}: shares from 0 to 1"
        if strand.families_of and strand.families_of not in self._with_families():
            allowed = ", ".join(self._with_families()) or "there is none"
            yield f"{name} asks the families of {strand.families_of}; allowed: {allowed}"
        if strand.families_of and sum(strand.replies.values()) <= 0:
            yield f"replies of {name}: at least one role with a share above 0"
        named = {*strand.respondents, *(strand.replies if strand.families_of else ())}
        strangers = sorted(named - set(strand.instrument.raters))
        if strangers:
            yield f"{name} is not rated by {', '.join(strangers)}"
        kinds = {*strand.source_shift, *(kind for some in strand.sources.values() for kind in some)}
        unheard = sorted(kinds - set(VOCABULARIES["source"]))
        if unheard:
            yield f"{name} has no source {', '.join(unheard)}"
        if strand.pieces < 1 or strand.every < 1 or strand.benchmark_every < 1:
            yield f"pieces, every and benchmark_every of {name}: at least 1"
        for concern in strand.concerns:
            if concern.team not in {team.name for team in self.teams}:
                yield f'{name} plants a concern in "{concern.team}", which is no team'
