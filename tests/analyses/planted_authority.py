"""A made-up authority in which nothing moves but what is planted: for tests of raters."""

from functools import cache

from fidelity.collect.ratings import Ratings
from fidelity.simulate import Authority, Settings, Strand, Team, simulate

RUBRIC = "cfsw_skills"
#: 240 observations by 24 practitioners, 8 raters, four in ten scored twice.
SETTINGS = Settings(
    months=12, teams=(Team("North", 12), Team("South", 12)), raters=8,
    strands=(Strand(RUBRIC, "OB", pieces=10, double_share=0.4, agreed_share=0),),
    strictness_sd=0.35, practitioner_sd=0.3, piece_sd=0.5, piece_item_sd=0.3, noise_sd=0.3,
    item_noise_sd=0.4, rater_item_sd=0.1, difficulty_sd=0.2, mean_skill=0, case_sd=0, team_sd=0,
    training=(), turnover=0, newcomer_gap=0, practice_slope_sd=0, strictness_slope=0,
    strictness_slope_sd=0,
)  # fmt: skip


@cache
def authority(seed: int) -> Authority:
    """What was simulated, with its truth."""
    return simulate(SETTINGS, rng=seed)


@cache
def ratings(seed: int) -> Ratings:
    """Its ratings, checked."""
    return Ratings(authority(seed).ratings[RUBRIC], RUBRIC)
