"""The briefing: concerns first inside, none outside; the same sentences; text as text."""

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import fidelity as fd
from fidelity.collect.concerns import QUESTION
from fidelity.errors import FileError, UsageError
from fidelity.present.bands import bands_by_group
from fidelity.present.briefing import Briefing, briefing
from fidelity.present.publication import HIDDEN, SMALL, protected, rounded
from fidelity.results import PURPOSE
from fidelity.rubric.derived import short_form
from tests.present.parsed import PAYLOADS, Page
from tests.present.planted import Made

MADE_ON = dt.date(2026, 1, 31)
#: References that could stand nowhere by chance.
SECRETS = ("piece-", "raterid", "workerid", "caseid", "teamname", "planname")


def about(n: int) -> dict[str, Any]:
    return {
        "rater": [f"raterid{k}" for k in range(4)],
        "practitioner": [f"workerid{k}" for k in range(7)],
        "case": [f"caseid{k}" for k in range(n)],
        "team": ["teamname1", "teamname2", "teamname3"],
        "plan_type": ["planname1", "planname2"],
        "date": ["2025-02-11", "2025-11-30"],
    }  # fmt: skip


def concern(piece: int) -> dict[str, object]:
    open_one = {2: ("yes", None, None), 5: ("yes", "2025-06-01", "rolename")}
    yes, on, to = open_one.get(piece, ("no", None, None))
    return {"concern": yes, "escalated_on": on, "escalated_to": to}


def with_concerns() -> dict[str, Any]:
    return {name: (lambda piece, name=name: concern(piece)[name])
            for name in ("concern", "escalated_on", "escalated_to")}  # fmt: skip


@pytest.fixture
def inside(make: Made) -> Briefing:
    ratings = make("sos_case_file", 40, **about(40), **with_concerns())
    return briefing(ratings, place="Somewhere", made_on=MADE_ON, period="all")


def test_open_concerns_stand_before_everything(inside: Briefing) -> None:
    assert [concern.piece for concern in inside.concerns] == ["piece-002", "piece-005"]
    page = Page(inside.html())
    body = page.text[len(page.title) :]
    first, second = (body.index(str(concern)) for concern in inside.concerns)
    assert first < second < body.index("Practice briefing: Somewhere")
    assert body.index("OPEN CONCERN, NOT ESCALATED") < 60
    assert "This tool alerts nobody" in page.text
    assert repr(inside).startswith("OPEN CONCERN, NOT ESCALATED")


def test_closed_concerns_are_not_told(make: Made) -> None:
    ratings = make("sos_case_file", 6, concern="yes", escalated_on="2025-01-02",
                   escalated_to="duty manager", closed_on="2025-01-03")  # fmt: skip
    assert briefing(ratings).concerns == ()


def test_one_concern_in_two_rubrics_is_told_once(make: Made) -> None:
    both = [make(rubric, 6, **with_concerns()) for rubric in ("sos_case_file", "core_case_audit")]
    assert len(briefing(both).concerns) == 2


def test_the_page_asks_the_inspectors_three_questions(inside: Briefing) -> None:
    page = Page(inside.html())
    page.assert_closed()
    questions = [h for h in page.headings["h2"] if h[:2] in {"1.", "2.", "3."}]
    assert questions == [
        "1. What do you know about the quality and impact of practice?",
        "2. How do you know?",
        "3. What are your plans for the next 12 months?",
    ]
    assert page.headings["h1"] == ["Practice briefing: Somewhere"]
    assert inside.plans.headings == ("Action", "Owner", "By when")
    assert inside.plans.empty
    assert "To fill in" in page.text
    assert page.text.count(PURPOSE) >= 2
    assert page.html.count(f'content: "{PURPOSE}"') == 1


def test_every_sentence_picture_and_table_is_on_the_page(inside: Briefing) -> None:
    page = Page(inside.html())
    for sentence in inside.sentences:
        assert sentence in page.text
    assert [image["alt"] for image in page.images] == [figure.alt for figure in inside.figures]
    for table in inside.tables:
        assert table.caption in page.text
    for caution in inside.cautions:
        assert " ".join(caution.split()) in page.text
    assert len(inside.figures) == 5
    assert len(inside.tables) == 3


def test_how_it_was_made_is_told(inside: Briefing, make: Made) -> None:
    cells = dict(inside.provenance[0].rows)
    rubric = fd.read_rubric("sos_case_file")
    assert cells["Rubric"] == rubric.label
    assert rubric.fingerprint in cells["Rubric"]
    assert cells["Files that count"] == "40; drawn at random"
    assert cells["Raters"] == "4"
    assert cells["Practice looked at"] == "11 February 2025 to 30 November 2025"
    assert "practitioner" in cells["Intervals"]
    assert cells["Software"].startswith("fidelity")
    assert cells["Made on"] == "31 January 2026"
    assert inside.sections[0].notice == rubric.notice
    assert rubric.notice in Page(inside.html()).text
    chosen = briefing(make("sos_case_file", 6, rater_role="moderator"), record="moderator")
    assert dict(chosen.provenance[0].rows)["Whose score counts"] == "that of role moderator"


def test_tables_hold_counts_of_the_scores(inside: Briefing, make: Made) -> None:
    bands = next(t for t in inside.tables if t.caption == "Number of files in each band")
    ratings = make("sos_case_file", 40, **about(40))
    planted = bands_by_group(fd.score(ratings, by="team"))
    for row, group in zip(bands.rows, planted, strict=False):
        assert row[0] == group.group.label
        assert [int(cell) for cell in row[1:6]] == [group.n, *group.counts]
    items = next(t for t in inside.tables if t.caption.startswith("Every item"))
    assert len(items.rows) == 19
    for row in items.rows:
        n, ne, na, missing = (int(row[k]) for k in (1, 3, 5, 6))
        assert n + na + missing == 40
        assert ne <= n + missing


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_comes_out_as_text(make: Made, payload: str) -> None:
    ratings = make(
        "cfsw_skills", 12, team=payload, rater=payload, practitioner=payload, case=payload,
        plan_type=payload, authority=payload, concern="yes", escalated_to=payload,
        escalated_on="2025-01-02",
    )  # fmt: skip
    rubric = ratings.rubric
    component = rubric.components[0]
    item = component.items[0].model_copy(update={"text": payload})
    part = component.model_copy(update={"title": payload, "items": (item, *component.items[1:])})
    card = rubric.evidence_card.model_copy(update={"does_not_show": payload})
    parts = (part, *rubric.components[1:])
    hostile = rubric.model_copy(
        update={"title": payload, "notice": payload, "components": parts, "evidence_card": card}
    )
    ratings.rubric = hostile
    page = Page(briefing({payload: ratings}).html())
    page.assert_closed()
    shown = " ".join(payload.split())
    assert page.headings["h1"] == [f"Practice briefing: {shown}"]
    assert page.text.count(shown) > 8
    for picture in page.pictures:
        assert "<script" not in picture
    public = briefing({payload: ratings}, audience="public", checked_by=payload, place=payload)
    page = Page(public.html())
    page.assert_closed()
    assert f"Checked for publication by {shown}" in page.text


def test_the_page_is_written_whole(inside: Briefing, tmp_path: Path) -> None:
    path = inside.to_html(tmp_path / "briefing.html")
    assert path == tmp_path / "briefing.html"
    assert path.read_text(encoding="utf-8") == inside.html()
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(FileError, match="could not be written"):
        inside.to_html(path / "briefing.html")  # a file is no folder


def test_the_same_ratings_give_the_same_page(make: Made) -> None:
    first, second = (
        briefing(make("sos_case_file", 12, **about(12)), made_on=MADE_ON).html() for _ in range(2)
    )
    assert first == second


def test_a_notebook_shows_the_sentences(inside: Briefing) -> None:
    shown = inside._repr_html_()
    assert inside.headline in shown
    assert "<script" not in briefing_with_hostile_place(inside)._repr_html_()


def briefing_with_hostile_place(inside: Briefing) -> Briefing:
    from dataclasses import replace

    return replace(inside, title="<script>alert(1)</script>")


def test_groups(make: Made) -> None:
    no_team = briefing(make("cfsw_skills", 8))
    assert no_team.audience == "internal"
    assert "team" not in no_team.figures[2].data
    by_plan = briefing(make("cfsw_skills", 12, plan_type=["CP", "LAC"]), by="plan_type")
    assert set(by_plan.figures[2].data["plan_type"]) == {"CP", "LAC", "(all)"}
    with pytest.raises(UsageError, match="No column district"):
        briefing(make("cfsw_skills", 8), by="district")


@pytest.mark.parametrize("given", [[], "audits.csv", {"a": 1}, [None], 3])
def test_what_is_no_ratings_is_told_the_next_step(given: Any) -> None:
    with pytest.raises(UsageError, match=r"checked ratings.*fidelity\.Ratings"):
        briefing(given)


def test_an_audience_is_one_of_two(make: Made) -> None:
    with pytest.raises(UsageError, match='"press"; allowed: "internal" or "public"'):
        briefing(make("cfsw_skills", 5), audience="press")


# --- for publication ---------------------------------------------------------------------------


@pytest.fixture
def outside(make: Made) -> Briefing:
    ratings = make("sos_case_file", 64, **about(64), **with_concerns())
    return briefing(
        ratings,
        audience="public",
        place="Somewhere",
        checked_by="A. Reader",
        made_on=MADE_ON,
        period="all",
    )


def everything(made: Briefing) -> str:
    """All that a briefing holds, whether it prints it or not."""
    page = Page(made.html())
    data = [figure.data.to_csv() + figure.alt + figure.title for figure in made.figures]
    tables = [str(table) for table in (*made.tables, *made.provenance)]
    return "\n".join([page.html, *page.pictures, *data, *tables, repr(made)])


@pytest.mark.parametrize("checked_by", ["", "  "])
def test_a_public_page_says_who_checked_it(make: Made, checked_by: str) -> None:
    with pytest.raises(UsageError, match="who checked it for publication"):
        briefing(make("sos_case_file", 30), audience="public", checked_by=checked_by)


def test_a_public_page_holds_no_concern_and_nobodys_reference(outside: Briefing) -> None:
    held = everything(outside)
    for secret in (*SECRETS, "OPEN CONCERN", "rolename", QUESTION, "sheet act", "escalat"):
        assert secret not in held
    assert outside.concerns == ()
    assert "Checked for publication by A. Reader" in Page(outside.html()).text
    assert "11 February" not in held
    assert "January 2025 to December 2025" in held, "whole quarters"


@pytest.mark.parametrize("n", range(20, 66, 5))
def test_a_public_page_holds_no_small_count(make: Made, n: int) -> None:
    ratings = make("sos_case_file", n, **about(n))
    made = briefing(ratings, audience="public", checked_by="A. Reader", period="all")
    small = {str(k) for k in range(1, SMALL + 1)}
    counts = [cell for table in made.tables for row in table.rows for cell in row[1:]]
    assert HIDDEN in counts
    assert not small & set(counts)
    for cell in counts:
        assert cell == HIDDEN or "%" in cell or int(cell) % 5 == 0
    whole = bands_by_group(fd.score(ratings))[-1]
    bands = next(table for table in made.tables if "by band" in table.caption)
    told = protected(whole.counts)
    assert [row[1] for row in bands.rows] == [told.shown(cell) for cell in range(len(told.cells))]
    for figure in made.figures:
        for n_pieces in figure.data["n_pieces"]:
            assert n_pieces % 5 == 0


def test_pictures_for_publication_are_drawn_from_rounded_numbers(outside: Briefing) -> None:
    for figure in outside.figures:
        decimals = 2 if (figure.data["kind"] == "share").any() else 1
        if decimals == 1:
            for name in ("estimate", "lower", "upper"):
                values = figure.data[name].dropna()
                assert (values.round(1) == values).all()
        else:
            shares = figure.data["estimate"].dropna() * rounded(64)
            assert (shares.round(9) % 5 == 0).all()


def test_too_few_to_publish_is_a_sentence_alone(make: Made) -> None:
    made = briefing(make("sos_case_file", 8, **about(8)), audience="public", checked_by="A. Reader")
    told = (
        f"{fd.read_rubric('sos_case_file').title}: nothing is published, because fewer than 10 "
        "files have been scored."
    )
    assert made.sentences == (told,)
    assert made.figures == ()
    assert made.tables == ()
    Page(made.html()).assert_closed()


def test_means_are_published_of_twenty_and_more(make: Made) -> None:
    few = briefing(make("cfsw_skills", 19), audience="public", checked_by="A. Reader")
    enough = briefing(make("cfsw_skills", 30), audience="public", checked_by="A. Reader")
    assert few.figures == ()
    assert len(enough.figures) == 1
    assert "too few had enough answers" in few.headline


def test_rubrics_that_may_not_be_published_say_so_beside_those_that_may(make: Made) -> None:
    made = briefing(
        [make("cfsw_skills", 6), make("sos_case_file", 40), make("miti4", 30)],
        audience="public", checked_by="A. Reader",
    )  # fmt: skip
    assert made.headline.startswith("From about 40 files drawn at random")
    assert any("nothing is published, because fewer than 10 observations" in s
               for s in made.sentences)  # fmt: skip
    assert any(s.startswith("Motivational interviewing") and "about 30 observations" in s
               for s in made.sentences)  # fmt: skip
    assert len(made.sentences) <= 9


def test_of_several_roles_the_first_alone_is_published(make: Made) -> None:
    ratings = make("sos_case_file", 44, rater_role=["moderator", "peer"])
    made = briefing(ratings, audience="public", checked_by="A. Reader")
    assert "about 20 files scored by role moderator" in made.headline
    assert "role peer" not in everything(made)


def test_no_briefing_is_made_of_short_forms() -> None:
    short = short_form(fd.read_rubric("sos_case_file"))
    rows = [{"piece": f"p{k}", "rater": "R1", "item": item, "value": "3", "form": "short"}
            for k in range(12) for item in short.items]  # fmt: skip
    with pytest.raises(UsageError, match="no briefing is made of short forms"):
        briefing(fd.Ratings(pd.DataFrame(rows), short))
