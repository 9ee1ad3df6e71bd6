"""The two sample authorities, and how they are written, byte for byte the same each time.

`large` has a story to find: a course in month 4 whose gain fades, raters who grow a little more
generous, and records that grow more complete, so that scores hold up while practice does not.
`small` has too few pieces to find it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from fidelity.simulate.authority import Authority, simulate
from fidelity.simulate.settings import (
    Event,
    PlantedConcern,
    Settings,
    Strand,
    Team,
    Training,
)

SEED = 2024
_MOSTLY_RANDOM = {"random": 0.86, "thematic": 0.05, "concern": 0.05, "chosen_by_team": 0.04}
_MANAGERS = tuple(f"R{number:02d}" for number in range(1, 9))
_OTHERS = ("R09", "R10")
#: In the room too; and what can be copied (a purpose, a next step) is easier than what cannot.
_VISITS = {
    "dp1": -0.5, "dp12": -0.3, "dp2": -0.1, "dp3": 0.0, "dp5": 0.1, "dp7": 0.1, "dp4": 0.2,
    "dp8": 0.2, "dp10": 0.2, "dp6": 0.3, "dp11": 0.3, "dp13": 0.4, "dp9": 0.6,
}  # fmt: skip
#: Families say the same of their own people, of whose plan it is, and of what children are told.
_FAMILIES = {
    "pc1": -0.3, "pc2": 0.0, "pc3": -0.2, "pc4": -0.1, "pc5": 0.1, "pc6": 0.4, "pc7": 0.6,
    "pc8": 0.4, "pc9": -0.2, "pc10": 0.2,
    "cy1": -0.2, "cy2": -0.3, "cy3": 0.0, "cy4": -0.2, "cy5": 0.5, "cy6": 0.2,
}  # fmt: skip
#: Who is asked about the organisation, in each team.
_STAFF = {"leader": 2, "manager": 3, "practitioner": 5}
#: Networks and plans are harder than maps and danger statements.
_FILES = {"m1": -0.4, "d1": -0.3, "c1": -0.2, "g1": 0.0, "p1": 0.3, "n2": 0.5, "p3": 0.6, "s2": 0.6}
#: Questions are common in a conversation, complex reflections rare.
_HEARD = {
    "gi": -0.2, "p": 0.4, "pwp": 0.8, "q": -0.5, "sr": 0.0, "cr": 0.4, "af": 0.6, "seek": 0.6,
    "emph": 0.8, "con": -0.3,
}  # fmt: skip


def large() -> Settings:
    """A comfortable authority: 24 months, 4 teams, 10 raters, eleven rubrics."""
    return Settings(
        strands=(
            Strand(
                "sos_case_file", "SF", pieces=4, staged=True, benchmark_pieces=5, follows=0.8,
                shift=0.2, difficulty=_FILES, ne=(0.14, 0.05), minutes=75,
                selection=_MOSTLY_RANDOM,
                concerns=(
                    PlantedConcern("North", 5),
                    PlantedConcern("East", 15, closed=False),
                    PlantedConcern("South", 23, escalated=False),
                ),
            ),
            Strand("cfsw_skills", "OB", pieces=3, ne=(0.02, 0.02)),
            Strand("systemic_supervision", "GS", pieces=1, double_share=0.3, ne=(0.02, 0.02)),
            Strand(
                "miti4", "MI", pieces=1, every=2, role="independent", scored_by=_OTHERS,
                double_share=0.3, agreed_share=0.0, ne=(0.01, 0.01), minutes=90,
                difficulty=_HEARD,
            ),
            Strand(
                "core_case_audit", "CA", pieces=3, role="line_manager", scored_by=_MANAGERS,
                second_role="moderator", second_by=_OTHERS, agreed_share=0.0, stratified=True,
                staged=True, collaborative=0.4, follows=0.8, shift=-0.5, ne=(0.08, 0.04),
            ),
            Strand(
                "dfe_common_ingredients", "OA", every=6, ne=(0.02, 0.02), dk=0.02,
                respondents=_STAFF, minutes=40,
            ),
            Strand(
                "sos_direct_practice", "DP", pieces=2, difficulty=_VISITS, ne=(0.02, 0.02),
                minutes=45,
            ),
            Strand(
                "sos_family_feedback", "FF", families_of="sos_case_file", staged=True, shift=0.5,
                difficulty=_FAMILIES, dk=0.05, blank=0.03, minutes=10,
            ),
            Strand(
                "staff_model_survey", "SV", every=6, dk=0.04, blank=0.02, minutes=5,
                respondents={"leader": 2, "manager": 3, "practitioner": 6},
            ),
            Strand(
                "sos_org_alignment", "AL", every=6, ne=(0.03, 0.03), dk=0.06, minutes=30,
                respondents=_STAFF,
            ),
            Strand(
                "evidence_minded_org", "EM", every=12, ne=(0.04, 0.04), dk=0.05, minutes=40,
                respondents={**_STAFF, "independent": 4}, shift=-0.3,
                sources={"independent": ("document", "observation", "data", "observation")},
                source_shift={"document": 0.5, "observation": -0.4},
            ),
        ),
        training=(
            Training(4, "Practice model course", gain=1.0),
            Training(10, "Masterclass", "masterclass", days=1, gain=0.0, attended=0.4),
            Training(18, "Masterclass", "masterclass", days=1, gain=0.0, attended=0.4),
        ),
        events=(
            Event(9, "inspection"), Event(14, "leader leaving"), Event(17, "IT change"),
            Event(20, "recruitment"),
        ),
    )  # fmt: skip


def small() -> Settings:
    """A small one: 12 audits and 6 observations a quarter, five quarters, 3 raters, one leaving."""
    return Settings(
        months=15, teams=(Team("North", 6), Team("South", 6)), raters=3,
        rater_leaves={"R03": 9},
        strands=(
            Strand(
                "sos_case_file", "SF", pieces=2, staged=True, follows=0.8, shift=0.2,
                difficulty=_FILES, double_share=0.1, ne=(0.14, 0.05), minutes=75,
                concerns=(PlantedConcern("South", 14, closed=False),),
            ),
            Strand("cfsw_skills", "OB", pieces=1, double_share=0.1, ne=(0.02, 0.02)),
            Strand(
                "sos_family_feedback", "FF", families_of="sos_case_file", staged=True, shift=0.5,
                difficulty=_FAMILIES, replies={"parent": 0.25, "child": 0.15}, dk=0.05, blank=0.03,
                minutes=10,
            ),
        ),
        training=(Training(7, "Practice model course", gain=1.0),),
        events=(Event(9, "inspection"),),
    )  # fmt: skip


#: The samples by the name of their folder.
SAMPLES = MappingProxyType({"large": large, "small": small})


def write_samples(folder: Path) -> list[Path]:
    """Write both samples.

    Args:
        folder: where the folders `large` and `small` go.

    Returns:
        The files that were written.
    """
    return [
        path
        for name, settings in SAMPLES.items()
        for path in write_authority(simulate(settings(), SEED), folder / name, SEED)
    ]


def write_authority(authority: Authority, folder: Path, seed: int) -> list[Path]:
    """Write an authority: a wide CSV a rubric, one for each table beside it, and the truth.

    Args:
        authority: from `simulate`.
        folder: made if it is not there.
        seed: stands in `truth.json`.

    Returns:
        The files that were written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = authority.truth.settings.authority
    beside = ("training", "measures", "events", "frame")
    tables = {f"ratings_{rubric}": wide(long) for rubric, long in authority.ratings.items()}
    tables |= {table: getattr(authority, table).assign(authority=name) for table in beside}
    written = []
    for stem, table in tables.items():
        written.append(folder / f"{stem}.csv")
        table.to_csv(written[-1], index=False, encoding="utf-8", lineterminator="\n")
    written.append(folder / "truth.json")
    text = _json({"seed": seed, **_told(authority)})
    written[-1].write_text(text, encoding="utf-8", newline="\n")
    return written


def wide(long: pd.DataFrame) -> pd.DataFrame:
    """One row an assessment and one column an item, from ratings as `simulate` gives them.

    The reason of an NA has no place in such a table and is left out.
    """
    items = list(dict.fromkeys(long["item"]))
    about = long.iloc[:: len(items)].drop(columns=["item", "value", "reason"])
    answers = long["value"].to_numpy(dtype=object).reshape(-1, len(items))
    return about.reset_index(drop=True).join(pd.DataFrame(answers, columns=items))


def _told(authority: Authority) -> dict[str, Any]:
    """What was planted, for people: rounded, by name."""
    truth, settings = authority.truth, authority.truth.settings
    skill = truth.skill.pivot(index="practitioner", columns="month", values="skill")
    strictness = truth.strictness.pivot(index="rater", columns="month", values="strictness")
    difficulty = truth.items.groupby("rubric", sort=False)
    numbers = {
        name: value for name, value in vars(settings).items() if isinstance(value, int | float)
    }
    return {
        "note": "Synthetic. One unit is one level of a five-level scale; months count from 1.",
        "settings": numbers,
        "start": str(settings.start),
        "training": [vars(training) for training in settings.training],
        "role_shift": dict(settings.role_shift),
        "selection_shift": dict(settings.selection_shift),
        "plan_types": [vars(plan) for plan in settings.plan_types],
        "strands": {
            strand.instrument.id: {
                "version": strand.instrument.version, "follows": strand.follows,
                "shift": strand.shift, "ne_first_and_last_month": list(strand.ne),
                **({"families_of": strand.families_of} if strand.families_of else {}),
                **({"source_shift": strand.source_shift} if strand.source_shift else {}),
            }
            for strand in settings.strands
        },
        "strictness_first_and_last_month": {
            rater: [months.iloc[0], months.iloc[-1]] for rater, months in strictness.iterrows()
        },
        "mean_skill_by_month": _in_post(authority),
        "skill_by_month": {person: list(months) for person, months in skill.iterrows()},
        "item_difficulty": {
            rubric: dict(zip(rows["item"], rows["difficulty"], strict=True))
            for rubric, rows in difficulty
        },
    }  # fmt: skip


def _in_post(authority: Authority) -> list[float]:
    """Mean true skill of those in post in each month."""
    skill = authority.truth.skill
    return list(skill[skill["in_post"]].groupby("month")["skill"].mean())


def _json(told: Mapping[str, Any]) -> str:
    """JSON with one line an entry of the first two levels, numbers to three decimals."""
    lines = []
    for key, value in told.items():
        if isinstance(value, Mapping):
            inner = ",\n".join(f'    "{name}": {_value(part)}' for name, part in value.items())
            lines.append(f'  "{key}": {{\n{inner}\n  }}')
        else:
            lines.append(f'  "{key}": {_value(value)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _value(value: Any) -> str:
    return json.dumps(_rounded(value), ensure_ascii=False)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3) + 0.0 if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return value
