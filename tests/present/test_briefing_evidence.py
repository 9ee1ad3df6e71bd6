"""Overleaf: agreement, moderation, families beside files, actions, and what was planned."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import fidelity as fd
from fidelity.errors import UsageError
from fidelity.present.briefing import Briefing, briefing
from fidelity.present.statement import Statement
from tests.present.planted import Made, frame


def kinds(made: Briefing) -> dict[str, Statement]:
    return {s.kind: s for s in made.overleaf_statements}


def twice(n: int, shift: int) -> fd.Ratings:
    """So many visits scored by a line manager, and by a moderator who gives `shift` levels less."""
    rubric = fd.read_rubric("cfsw_skills")

    def level(piece: int, item: str) -> int:
        return 2 + (piece * 7 + len(item)) % 4

    many = frame(rubric, n, level, rater_role="line_manager", rater="m", purpose="routine",
                 practitioner=lambda p: f"w{p % 12}")  # fmt: skip
    few = frame(rubric, n, lambda p, i: max(1, level(p, i) - shift), rater_role="moderator",
                rater="x", purpose="double", practitioner=lambda p: f"w{p % 12}")  # fmt: skip
    return fd.Ratings(pd.concat([many, few]), rubric)


def test_agreement_says_how_many_were_scored_twice_and_how_often_alike() -> None:
    told = kinds(briefing(twice(20, 0)))["agreement"].text
    assert told.startswith("20 of 20 observations so far (100%) were scored by a second person")
    assert "gave an item the same level in 100%" in told


def test_the_gap_between_line_managers_and_moderators() -> None:
    told = kinds(briefing(twice(20, 1)))["gap"].text
    assert told.startswith("Line managers score 1.0 of a level higher than moderators on the 20")
    assert "too few to say" in kinds(briefing(twice(3, 1)))["gap"].text
    assert kinds(briefing(twice(20, 0)))["gap"].text.startswith("No gap between line managers")


def test_families_stand_beside_files_and_never_in_one_number(make: Made) -> None:
    files = make("sos_case_file", 20)
    replies = make("sos_family_feedback", 24, lambda _, i: 3 if i.startswith("cy") else 4)
    made = briefing([files, replies])
    table = next(t for t in made.tables if t.caption.startswith("What families say"))
    who = [row[0] for row in table.rows]
    assert who[0] == "Files: All items together"
    assert any("parent" in name for name in who)
    assert any("child" in name for name in who)
    assert len({row[1] for row in table.rows[1:]}) == 1
    assert not any("24" in row[1] for row in table.rows[1:]), "parents and children apart"
    ceiling = [s.text for s in made.overleaf_statements if s.kind == "ceiling"]
    assert len(ceiling) == 1, "the voice with every answer at the top, and no other"
    assert ceiling[0].startswith("100% of the answers by ")


def test_who_was_asked_is_told_where_it_was_counted(make: Made) -> None:
    measures = pd.DataFrame({
        "measure": ["families_asked", "families_reached", "families_answered"],
        "numerator": [60, 40, 24],
    })  # fmt: skip
    made = briefing(make("sos_family_feedback", 24), measures=measures)
    assert kinds(made)["who answered"].text.startswith("Families 60 asked, 40 reached, 24 answered")
    assert "who answered" not in kinds(briefing(make("sos_family_feedback", 24)))


LOG = {
    "item": ["d1", None, "c1", "g1"], "measure": [None, "caseload", None, None],
    "team": ["North", None, None, None], "owner": ["Team manager", None, "QA lead", "Nobody"],
    "date": ["2026-04-02", "2026-05-02", "2026-06-02", "2026-01-01"],
    "expected": ["half a level by autumn", None, None, None],
    "review_on": [None, None, "2026-09-01", None], "done": ["no", None, None, "yes"],
}  # fmt: skip


def test_actions_come_from_a_learning_log(make: Made) -> None:
    log = pd.DataFrame(LOG)
    made = briefing(make("sos_case_file", 12), log=log)
    assert made.plans.rows == (
        ("D1 Each worry has a danger statement (North)", "Team manager", "agreed on 2 April 2026"),
        ("caseload", "–", "agreed on 2 May 2026"),
        ("C1 The child's own view is in the file", "QA lead", "look again on 1 September 2026"),
    )
    full = next(t for t in made.tables if t.caption == "All actions agreed")
    assert full.rows[0][3] == "half a level by autumn"
    assert briefing(make("sos_case_file", 12)).plans.empty
    public = briefing(make("sos_case_file", 40), log=log, audience="public", checked_by="A. B.")
    assert public.plans.empty
    assert "Team manager" not in public.html()
    with pytest.raises(UsageError, match="no column owner"):
        briefing(make("sos_case_file", 12), log=log.drop(columns="owner"))


def provenance(made: Briefing) -> str:
    return dict(made.provenance[0].rows)["Planned or exploratory"]


def test_planned_or_exploratory(make: Made, tmp_path: Path) -> None:
    said: dict[str, Any] = {
        "id": "visits_2026", "question": "How do visits look?", "rubric": "cfsw_skills",
        "comparison": "none", "first": "2026-01-01", "last": "2026-12-31", "pieces": 20,
        "measure": "overall", "options": {"selection": "random"},
    }  # fmt: skip
    stamped = date(2026, 1, 1)
    held = make("cfsw_skills", 20, date="2026-02-03", rated_on="2026-02-04")
    assert provenance(briefing(held)).startswith("exploratory: no protocol")
    drift = fd.write_protocol(tmp_path / "a.yaml", analysis="moderated", on=stamped, **said)
    assert "which stands on a page of its own" in provenance(briefing(held, protocol=drift))
    other = fd.write_protocol(tmp_path / "b.yaml", analysis="score", on=stamped,
                              **{**said, "rubric": "sos_direct_practice"})  # fmt: skip
    assert "is about sos_direct_practice" in provenance(briefing(held, protocol=other))
    score = fd.write_protocol(tmp_path / "c.yaml", analysis="score", on=stamped, **said)
    told = provenance(briefing(held, protocol=score))
    assert told.startswith(("Planned", "Exploratory"))
    assert "visits_2026" in told


def test_the_card_is_named(make: Made) -> None:
    rows = dict(briefing(make("miti4", 12)).provenance[0].rows)
    assert rows["What is known about it"].endswith("fidelity rubric card miti4")


def test_one_page_for_every_rubric_says_who_scored(make: Made) -> None:
    made = briefing([make(name, 12) for name in ("sos_case_file", "core_case_audit", "miti4")])
    who = next(s.text for s in made.statements if s.kind == "who")
    assert who == "12 files were scored by 1 rater; beside them stand 12 files and 12 observations."


def test_must_haves_stand_overleaf_too(make: Made) -> None:
    """A cap that rests on one assessment alone is not yet moderated."""
    answers = {"c1": 1}
    made = briefing(make("sos_case_file", 30, lambda _, i: answers.get(i, 1 if i[0] == "o" else 5)))
    assert "30 of them not yet moderated" in kinds(made)["must-haves"].text
