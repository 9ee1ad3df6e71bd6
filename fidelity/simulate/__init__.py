"""A made-up authority with known truth: for samples, for tests, and for asking what would be seen.

    from fidelity.simulate import Settings, simulate
    authority = simulate(Settings(months=12), rng=1)
    authority.ratings["sos_case_file"]      # long, as text, as it would stand in a file
    authority.truth.strictness              # what an analysis ought to find

Nothing in it is of a real person, family or authority.
"""

from fidelity.simulate.authority import Authority, Truth, simulate
from fidelity.simulate.many import Coded, many_ratings
from fidelity.simulate.planted import Planted, planted_on_thresholds
from fidelity.simulate.settings import (
    Event,
    PlantedConcern,
    PlanType,
    Settings,
    Strand,
    Team,
    Training,
)

__all__ = [
    "Authority",
    "Coded",
    "Event",
    "PlanType",
    "Planted",
    "PlantedConcern",
    "Settings",
    "Strand",
    "Team",
    "Training",
    "Truth",
    "many_ratings",
    "planted_on_thresholds",
    "simulate",
]
