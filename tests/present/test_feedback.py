"""The learning page and the sheet: what stands on them, in which order, and what never does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import docx
import pytest

import fidelity as fd
from fidelity.errors import UsageError
from fidelity.present.document import Bullets, Heading, Text
from fidelity.present.feedback import Feedback
from fidelity.present.feedback_team import NEXT, SHOWN, WELL, WORRIED, strengths, to_try, worries
from fidelity.results import PURPOSE
from fidelity.rubric.places import sample_data_folder
from tests.present.planted import frame

RUBRIC = fd.read_rubric("sos_case_file")
#: What no page for those who practise may say.
NEVER = ("worst", "best team", "rank", "close to the model", "below average", "than other teams",
         "the whole service scored", "OPEN CONCERN", "because of", "deliver")  # fmt: skip


def forbidden(text: str) -> list[str]:
    """What is said in a text that may not be; what the page is not for is left aside."""
    rest = text.replace(PURPOSE, "").lower()
    return [word for word in NEVER if word.lower() in rest]


def planted(n: int = 24, people: int = 8, **columns: Any) -> fd.Ratings:
    """D1, a must-have, is there in few; M1 in most; others in half; every fourth has a concern."""

    def answer(piece: int, item: str) -> int:
        if item.startswith("o"):
            return 1
        if item == "d1":
            return 4 if piece % 12 == 0 else 2
        if item == "m1":
            return 2 if piece % 12 == 0 else 5
        return 4 if piece % 2 else 3

    held = {"team": "North", "practitioner": [f"P{k:02}" for k in range(people)],
            "date": "2025-05-01", "concern": ["yes", "no", "no", "no"],
            "rater": "Rita Reader"}  # fmt: skip
    return fd.Ratings(frame(RUBRIC, n, answer, **(held | columns)), RUBRIC)


def sample(size: str, rubric: str = "sos_case_file") -> fd.Ratings:
    return fd.read_ratings(sample_data_folder() / size / f"ratings_{rubric}.csv", rubric)


def under(page: Feedback, heading: str) -> list[str]:
    """The texts under a heading, those under its smaller headings too."""
    parts, found, inside = page.document.leaves[0].parts, [], False
    for part in parts:
        if isinstance(part, Heading):
            inside = part.text == heading or (inside and part.level > 2)
        if inside and isinstance(part, Heading | Text):
            found.append(part.text)
        elif inside and isinstance(part, Bullets):
            found += part.texts
    return found


def test_strengths_stand_first_with_their_descriptions() -> None:
    page = fd.feedback(planted(), team="North")
    headings = [p.text for p in page.document.leaves[0].parts
                if isinstance(p, Heading) and p.level == 2]  # fmt: skip
    assert headings == [WELL, WORRIED, NEXT]
    well = " ".join(under(page, WELL))
    assert RUBRIC.items["m1"].text in well
    assert "There in 22 of 24 files, and most likely in most" in well
    assert RUBRIC.items["m1"].levels["4"].rstrip(".") in well, "5 builds on 4"
    worried = " ".join(under(page, WORRIED))
    assert "There in 2 of 24 files, and most likely not yet in most" in worried
    assert RUBRIC.items["d1"].levels["2"].rstrip(".") in worried
    assert RUBRIC.items["d1"].levels["3"].rstrip(".") in worried


def test_a_must_have_not_yet_seen_is_tried_first_in_the_rubrics_own_words() -> None:
    page = fd.feedback(planted(), team="North")
    needed = " ".join(under(page, NEXT))
    assert "It is a must-have, and was not yet seen in 22 of 24 files" in needed
    seen_from = RUBRIC.items["d1"].must_have
    assert RUBRIC.items["d1"].levels[str(seen_from)].rstrip(".") in needed
    assert to_try(page.to_frame())["item"] == "d1"


@pytest.mark.parametrize("size", ["large", "small"])
@pytest.mark.parametrize("rubric", ["sos_case_file", "cfsw_skills", "sos_family_feedback"])
def test_pages_of_the_samples_hold_what_the_rule_says(size: str, rubric: str) -> None:
    ratings = sample(size, rubric)
    teams = sorted(set(ratings.assessments["team"].dropna()) - {""})
    people = sorted(set(ratings.assessments["practitioner"].dropna()) - {""})
    for team in teams:
        page = fd.feedback(ratings, team=team)
        told = " ".join(page.document.texts)
        assert not forbidden(told), team
        assert not [other for other in teams if other != team and other in told]
        assert not [name for name in people if re.search(rf"\b{name}\b", told)]
        table = page.to_frame()
        for some in (strengths(table), worries(table)):
            assert len(some) <= SHOWN
            assert (some["n_pieces"] >= 5).all()
        assert (2 * strengths(table)["n_there"] > strengths(table)["n_pieces"]).all()
        assert (2 * worries(table)["n_there"] < worries(table)["n_pieces"]).all()


def test_told_as_usual_only_where_the_flags_say_so() -> None:
    for team in ("North", "South", "East", "West"):
        page = fd.feedback(sample("large"), team=team)
        usual = sum("most likely" in text and text.startswith("There in")
                    for text in page.sentences)  # fmt: skip
        shown = (strengths(page.to_frame()), worries(page.to_frame()))
        assert usual == sum(int(some["finding"].str.contains("in most").sum()) for some in shown)


def test_nobody_is_named_and_no_concern_is_on_the_page() -> None:
    page = fd.feedback(planted(), team="North")
    told = page.document.html() + repr(page)
    assert not re.search(r"\bP0[0-9]\b", told)
    assert "Rita" not in told
    assert "OPEN CONCERN" not in told
    assert not forbidden(" ".join(page.sentences))


def test_other_teams_change_nothing() -> None:
    """The page of a team is made of its own pieces alone."""
    both = planted(48, team=["North"] * 24 + ["South"] * 24)
    alone = planted(24)
    assert fd.feedback(both, team="North").document.markdown() == (
        fd.feedback(alone, team="North").document.markdown()
    )


def test_too_few_pieces_says_so_and_is_still_of_use() -> None:
    dates = ["2025-01-10", "2025-02-10", "2025-03-10", "2025-05-10"]
    page = fd.feedback(planted(4, people=4, date=dates), team="North")
    told = " ".join(page.document.texts)
    assert "4 files: too few to say what is working well or what to worry about." in told
    assert "1 file more; at the pace so far, that is about June 2025" in told
    assert "most likely" not in told
    assert "There in" not in told
    for item in ("d1", "g1", "p1", "c1"):
        assert RUBRIC.items[item].text in told
    assert RUBRIC.items["d1"].levels["4"].rstrip(".") in told
    assert "What was seen in 3 of 4 files" in told


def test_where_nothing_is_there_in_most_the_page_still_begins_with_what_went_well() -> None:
    def answer(piece: int, item: str) -> int:
        return 1 if item[0] == "o" else 4 if item == "t1" and piece % 3 == 0 else 2

    made = frame(RUBRIC, 12, answer, team="North", practitioner=list("abcd"))
    well = " ".join(under(fd.feedback(fd.Ratings(made, RUBRIC), team="North"), WELL))
    assert "No item was there in most of these files yet." in well
    assert f"“{RUBRIC.items['t1'].text}” (4 of 12 files)" in well


def test_the_questions_fit_what_was_looked_at() -> None:
    page = fd.feedback(sample("large", "sos_family_feedback"), team="West")
    told = " ".join(page.document.texts)
    assert "what families told us" in told
    assert "Bring one reply" not in told
    visits = fd.feedback(sample("large", "cfsw_skills"), team="East").sentences
    assert [text for text in visits if "What does an observation not show?" in text]


def test_without_dates_it_cannot_be_told_when() -> None:
    page = fd.feedback(planted(3, people=3, date=None), team="North")
    assert "depends on how many are looked at each month" in " ".join(page.sentences)


def test_two_people_could_be_recognised() -> None:
    page = fd.feedback(planted(12, people=2), team="North")
    told = " ".join(page.document.texts)
    assert "the work of 2 people, who could be recognised" in told
    assert "What was seen in" not in told
    assert "There in" not in told


def test_a_sheet_says_for_whom_it_is_and_calls_nothing_a_level() -> None:
    ratings = sample("large", "cfsw_skills")
    page = fd.feedback(ratings, practitioner="P07", for_supervision=True)
    first = page.document.texts[1]
    assert first.startswith("Only for P07 and their supervisor.")
    told = " ".join(page.document.texts)
    assert "One observation of" in told
    assert "It is not a level of how you work" in told
    assert not re.search(r"\blevel [0-9]", told)
    assert not re.search(r"\bP(?!07)[0-9]{2}\b", told), "nobody else"
    assert not forbidden(told)
    assert not page.document.figures, "no line over time"
    captions = [table.caption for table in page.document.tables]
    assert "Your own view (for you to fill in)" in captions


def test_one_piece_alone_is_no_change() -> None:
    ratings = planted(8)
    page = fd.feedback(ratings, practitioner="P03", for_supervision=True)
    told = " ".join(page.document.texts)
    assert "1 file" in page.document.texts[2]
    assert "cannot be told from so few files" in told
    assert "In the latest" not in told


def test_refusals_say_what_to_do() -> None:
    ratings = planted()
    with pytest.raises(UsageError, match="for_supervision=True"):
        fd.feedback(ratings, practitioner="P03")
    with pytest.raises(UsageError, match="Whose page"):
        fd.feedback(ratings)
    with pytest.raises(UsageError, match="Whose page"):
        fd.feedback(ratings, team="North", practitioner="P03")
    with pytest.raises(UsageError, match='team "Nord"; the ratings hold: North'):
        fd.feedback(ratings, team="Nord")
    with pytest.raises(UsageError, match="takes checked ratings"):
        fd.feedback(frame(RUBRIC, 3, lambda *_: 1), team="North")  # type: ignore[arg-type]


def test_all_kinds_of_file_hold_the_same_sentences(tmp_path: Path) -> None:
    page = fd.feedback(planted(), team="North")
    html, word, text = (page.save(tmp_path / f"page.{e}") for e in ("html", "docx", "md"))
    paragraphs = " ".join(p.text for p in docx.Document(str(word)).paragraphs)
    markdown = text.read_text(encoding="utf-8")
    for sentence in page.sentences:
        assert sentence in paragraphs
    for heading in (WELL, WORRIED, NEXT):
        assert heading in paragraphs
        assert heading in markdown
    assert html.stat().st_size < 40_000
    with pytest.raises(UsageError, match=r"\.html"):
        page.save(tmp_path / "page.txt")
