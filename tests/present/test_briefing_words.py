"""Every sentence of the first page says what was planted, with n and interval, and no more."""

import re
from typing import Any

import pytest

import fidelity as fd
from fidelity.present.briefing import briefing
from fidelity.present.briefing_words import MOST
from fidelity.present.evidence import Evidence, drawn, left_out, no_evidence, scored_twice
from fidelity.present.profile import short
from fidelity.present.scope import day, period
from tests.present.planted import Made

#: Of each ten files: 7 close to the model, 2 partly, 1 not yet (14, 4 and 2 of 20).
PLANTED = (4, 4, 4, 4, 4, 4, 4, 3, 3, 2)


def planted(piece: int, item: str) -> object:
    if item in {"o1", "o2"}:
        return (2, 2, 1, 0)[piece % 4]
    return PLANTED[piece % 10]


def sentences(ratings: Any, **options: Any) -> dict[str, str]:
    made = briefing(ratings, **options)
    return {statement.kind: statement.text for statement in made.statements}


def test_the_first_sentence_says_what_we_know_and_what_we_do_not(make: Made) -> None:
    ratings = make("sos_case_file", 20, planted, date=["2025-03-03", "2026-02-28"])
    told = briefing(ratings, period="all").headline
    assert told == (
        "From 20 files drawn at random (practice of 3 March 2025 to 28 February 2026), we know "
        "that 14 of 20 (70%, 47% to 86%) were “close to the model”; we cannot yet say whether that "
        "is so for most files or whether a second rater would have said the same."
    )
    row = fd.score(ratings).table.iloc[0]
    assert [round(100 * row[x]) for x in ("estimate", "lower", "upper")] == [70, 47, 86]
    assert row["lower"] < 0.5 < row["upper"], "hence the doubt about most files"


def test_the_other_bands_are_counted(make: Made) -> None:
    told = sentences(make("sos_case_file", 20, planted))
    assert told["bands"] == (
        "Of 20 files, 4 were “partly” and 2 “not yet”; for none it cannot be said."
    )
    assert "14 of 20" in told["headline"]


def test_how_the_files_were_chosen_limits_what_is_said(make: Made) -> None:
    unknown = make("sos_case_file", 20, planted, selection=None)
    assert "(how they were chosen is not recorded)" in briefing(unknown).headline
    assert "how it is in other files" in briefing(unknown).headline
    mixed = make("sos_case_file", 20, planted, selection=["random", "concern"])
    told = sentences(mixed)
    assert told["headline"].startswith("From 10 files drawn at random")
    assert told["left out"] == "Chosen for a reason and so left out of the numbers: 10 concern."
    kept = sentences(mixed, selection="all")
    assert kept["headline"].startswith("From 20 files, some of them chosen for a reason,")
    assert "left out" not in kept


@pytest.mark.parametrize("n", [1, 4])
def test_under_five_nothing_is_said_of_practice(make: Made, n: int) -> None:
    told = sentences(make("sos_case_file", n, planted))
    assert "too few, so we cannot yet say anything about practice as a whole" in told["headline"]
    assert not {"bands", "means", "must-haves", "no evidence"} & set(told)


def test_nothing_scored(make: Made) -> None:
    made = briefing(make("sos_case_file", 6, planted, selection="concern"))
    assert made.sentences == (
        "No files that count have been scored yet, so nothing can be said about practice.",
        "Chosen for a reason and so left out of the numbers: 6 concern.",
    )


def test_nothing_can_be_said_where_no_band_can(make: Made) -> None:
    told = sentences(make("sos_case_file", 12, lambda *_: "DK"))
    assert (
        "too few had enough answers, so we cannot yet say how practice stands" in told["headline"]
    )
    assert told["bands"] == "For none of 12 files can a band be said."
    assert "“Is this child being helped?” has too few answers to say" in told["impact"]


def test_impact_is_told_beside_and_never_as_effect(make: Made) -> None:
    told = sentences(make("sos_case_file", 20, planted))
    assert told["impact"] == (
        "Asked beside the rubric, “Is this child being helped?”: yes 10, partly 5, no 5 of 20; one "
        "person made both judgements, so this cannot show that the practice helps."
    )
    told = sentences(make("systemic_supervision", 10))
    assert "nobody was asked whether children are helped or safer" in told["impact"]


def test_must_haves_not_yet_seen(make: Made) -> None:
    def without_child(piece: int, item: str) -> object:
        return 1 if item == "c1" and piece < 6 else 1 if item[0] == "o" else 5

    told = sentences(make("sos_case_file", 20, without_child))["must-haves"]
    assert told == (
        "Must-have most often not yet seen: C1 The child's own view is in the file, in 6 of 20; a "
        "must-have lowers the band of 6 files, 6 of them not yet moderated."
    )
    fine = sentences(make("sos_case_file", 20, lambda _, item: 1 if item[0] == "o" else 5))
    assert fine["must-haves"] == "No must-have that was scored fell below its level."


def test_who_scored_and_who_scored_twice(make: Made) -> None:
    once = make("sos_case_file", 20, planted, practitioner=["w1", "w2", "w3"], rater=["a", "b"])
    told = sentences(once)
    assert told["who"].startswith(
        "20 files from the work of 3 practitioners were scored by 2 raters with “Case-file audit"
    )
    assert told["agreement"].startswith("No files were scored by a second person")
    assert (
        "1 file from the work of 1 practitioner was scored by 1 rater"
        in sentences(make("sos_case_file", 1, planted, practitioner="w"))["who"]
    )


def test_second_scorings_are_counted_by_piece(make: Made) -> None:
    import pandas as pd

    from tests.present.planted import frame

    rubric = fd.read_rubric("sos_case_file")
    first = frame(rubric, 10, planted, purpose="routine", rater_role="peer")
    second = frame(rubric, 3, planted, purpose="double", rater="other", rater_role="moderator")
    agreed = frame(rubric, 5, planted, purpose="routine", rater="both", rater_role="agreed")
    ratings = fd.Ratings(pd.concat([first, second, agreed]), rubric)
    evidence = Evidence(ratings, fd.score(ratings), "audit")
    assert scored_twice(evidence) == 3
    assert sentences(ratings)["agreement"] == (
        "3 of 10 files so far (30%) were scored by a second person: too few to say how far two "
        "agree."
    )


def test_missing_evidence_is_counted_over_what_was_due(make: Made) -> None:
    def gaps(piece: int, item: str) -> object:
        if item == "s1":
            return "NE" if piece < 4 else 3
        if item == "n2":
            return "NA"
        return 1 if item[0] == "o" else 3

    ratings = make("sos_case_file", 10, gaps)
    assert no_evidence(fd.score(ratings)) == (4, 180)
    assert sentences(ratings)["no evidence"].startswith(
        "In 2% of the item answers due (4 of 180) no evidence was found"
    )


def test_several_rubrics_share_the_page(make: Made) -> None:
    ids = ["sos_case_file", "core_case_audit", "cfsw_skills", "miti4", "systemic_supervision",
           "dfe_common_ingredients"]  # fmt: skip
    made = briefing([make(rubric, 12) for rubric in ids])
    assert len(made.sentences) <= MOST == 9
    others = [s.text for s in made.statements if s.kind == "other rubric"]
    assert others[0].startswith("General case audit with the four inspection grades: from 12 files")
    assert len(others) <= 3
    overleaf = next(s.text for s in made.statements if s.kind == "overleaf")
    for rubric in ids[1:]:
        title = short(fd.read_rubric(rubric).title)
        told = [text.startswith(title) for text in others]
        assert sum(told) + (title in overleaf) == 1, "each is told, or named as standing overleaf"
    assert [section.heading for section in made.sections] == [
        fd.read_rubric(rubric).title for rubric in ids
    ]


@pytest.mark.parametrize("rubric", fd.rubric_ids())
@pytest.mark.parametrize("n", [0, 2, 7, 40])
def test_no_sentence_claims_too_much(make: Made, rubric: str, n: int) -> None:
    ratings = make(rubric, n or 3, selection="random" if n else "thematic", team=["A", "B"])
    made = briefing(ratings)
    assert 1 <= len(made.sentences) <= MOST
    for sentence in made.sentences:
        assert sentence.endswith(".")
        assert not re.search(
            r"because of|validated|endorsed|is delivering|proves|significant|nan|None of 0|worst|"
            r"best |rank",
            sentence,
        ), sentence
    for statement in made.statements:
        if statement.kind in {"headline", "bands", "means", "other rubric"} and n >= 5:
            assert re.search(r"\d", statement.text) or "stands apart" in statement.text


def test_how_pieces_were_chosen(make: Made) -> None:
    for selection, expected in (
        ("random", "random"), ("stratified", "random"), (None, "unknown"),
        (["random", None], "unknown"), (["random", "thematic"], "chosen"),
    ):  # fmt: skip
        scores = fd.score(make("cfsw_skills", 6, selection=selection), selection="all")
        assert drawn(scores) == expected
        assert left_out(scores) == {}


def test_dates_are_written_as_people_write_them(make: Made) -> None:
    scores = fd.score(make("cfsw_skills", 4, date=["2025-12-31", "2026-01-02"]))
    assert period(scores) == "31 December 2025 to 2 January 2026"
    assert period(fd.score(make("cfsw_skills", 4, date="2026-03-01"))) == "1 March 2026"
    assert period(fd.score(make("cfsw_skills", 4))) == ""
    from datetime import date

    assert day(date(2026, 3, 1)) == "1 March 2026"
