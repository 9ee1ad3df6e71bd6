"""The organisation's brief: what it says, what it hides, and the same in every form."""

import re
import subprocess
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pytest

import fidelity as fd
from fidelity.present.diagnostic import ORGANISATION, SURVEY, Diagnostic
from fidelity.present.figure import Picture
from fidelity.rubric.places import sample_data_folder

#: Words that no page of ours uses of a service.
FORBIDDEN = re.compile(r"is delivering|delivers the model|because of|league|best team|worst|"
                       r"validated|endorsed by the|proves", re.IGNORECASE)  # fmt: skip


@pytest.fixture(scope="module")
def large() -> dict[str, fd.Ratings]:
    return organisation()


@pytest.fixture(scope="module")
def brief(large: dict[str, fd.Ratings]) -> Diagnostic:
    return fd.diagnostic(large)


@lru_cache(maxsize=1)
def organisation() -> dict[str, fd.Ratings]:
    """What the large sample holds of the organisation, and its files with their concerns."""
    folder = sample_data_folder() / "large"
    names = (*ORGANISATION, SURVEY, "sos_case_file")
    return {name: fd.read_ratings(folder / f"ratings_{name}.csv", name) for name in names}


def cut_down(large: dict[str, fd.Ratings]) -> dict[str, fd.Ratings]:
    """A small organisation: one team's people in the last round, five replies to the survey."""
    found = {}
    for name in (*ORGANISATION, SURVEY):
        table = large[name].assessments
        mine = table[(table["team"] == "North") & (table["date"].astype(str) > "2025-11")]
        found[name] = large[name].of_pieces(mine["piece"].tolist())
    return found


def test_it_has_the_four_parts_and_the_rule(brief: Diagnostic) -> None:
    told = brief.sentences
    for heading in ("Where we stand", "Where sources and roles disagree", "What to do first",
                    "What this cannot show"):  # fmt: skip
        assert heading in told
    assert any(sentence.startswith("Rule (local):") for sentence in told)
    assert brief.title == "Where does the organisation stand: Made-up Borough (synthetic)"


def test_first_things_are_those_agreed_low_and_never_more_than_three(brief: Diagnostic) -> None:
    items = pd.concat([s.items for s in brief.standings])
    low = items[items["finding"] == "agreed low"]
    first = brief.sentences.index("What to do first")
    named = [s for s in brief.sentences[first + 1 : first + 4] if s.startswith("“")]
    assert 0 < len(named) <= 3
    assert {s.split("”")[0][1:] for s in named} <= set(low["text"])
    assert (low["n_sources"] >= 2).all()


def test_a_role_with_fewer_than_ten_replies_is_not_shown(
    large: dict[str, fd.Ratings], brief: Diagnostic
) -> None:
    """The large sample has eight leaders a round, planted so that they must be hidden."""
    assert set(brief.survey["role"]) == {"manager", "practitioner"}
    assert (brief.survey["n_pieces"] >= 10).all()
    assert any("Fewer than 10 replies, so not shown: leader." in s for s in brief.sentences)
    survey = next(t for t in brief.document.tables if "replies that agree" in t.caption)
    assert [row[0] for row in survey.rows] == ["manager", "practitioner"]
    gaps = next(t for t in brief.document.tables if t.caption.startswith("Gaps"))
    assert gaps.rows[-1][1] == gaps.rows[-1][3] == "too few to say"  # those with leaders


def test_open_concerns_stand_before_all_else_and_tell_of_nobody(brief: Diagnostic) -> None:
    told = next(s for s in brief.sentences if s.startswith("Before anything else"))
    assert re.search(r"hold \d+ open concerns? that a child may be at risk", told)
    assert not any("SF-" in sentence for sentence in brief.sentences)


MAKE: dict[str, Callable[[dict[str, fd.Ratings]], Diagnostic]] = {
    "large": lambda large: fd.diagnostic(large),
    "small": lambda _: fd.diagnostic(fd.read_folder("small")),
    "cut down": lambda large: fd.diagnostic(cut_down(large), place="A small place"),
    "one rubric": lambda large: fd.diagnostic([large["sos_org_alignment"]]),
}


@pytest.mark.parametrize("case", MAKE)
def test_no_sentence_says_more_than_is_known(
    large: dict[str, fd.Ratings], case: str, look: Callable[[Picture], None]
) -> None:  # fmt: skip
    made = MAKE[case](large)
    text = made.document.html()
    assert not FORBIDDEN.search(" ".join(made.sentences))
    assert "NaN" not in text
    assert "nan%" not in text
    for picture in made.document.figures:
        look(picture)


def test_a_small_organisation_mostly_hears_too_few_to_say(large: dict[str, fd.Ratings]) -> None:
    made = fd.diagnostic(cut_down(large))
    told = " ".join(made.sentences)
    assert made.survey.empty
    assert "so not shown: leader, manager and practitioner" in told
    assert all(set(s.items["finding"]) <= {"one source", "not agreed low", "too few to say"}
               for s in made.standings)  # fmt: skip


def test_nothing_scored_says_what_to_gather() -> None:
    made = fd.diagnostic(fd.read_folder("small"))
    assert made.sentences[2].startswith("Before anything else")
    assert made.sentences[3].startswith("Too few to say: nobody has scored the organisation yet.")
    assert "What to gather" in made.sentences
    assert not made.document.figures


def test_the_same_sentences_in_every_form(brief: Diagnostic, tmp_path: Path, soffice: str) -> None:
    html, docx, md = (brief.save(tmp_path / f"brief{end}") for end in (".html", ".docx", ".md"))
    from docx import Document

    in_word = "\n".join(p.text for p in Document(str(docx)).paragraphs)
    page = html.read_text(encoding="utf-8")
    text = md.read_text(encoding="utf-8")
    for sentence in brief.sentences:
        assert sentence in in_word
        assert sentence[:40].replace("&", "&amp;").replace("'", "&#39;") in page
        assert sentence.split("(")[0].split("_")[0].rstrip("* ") in text.replace("\\", "")
    run = [soffice, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(docx),
           f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"]  # fmt: skip
    subprocess.run(run, check=True, capture_output=True, timeout=120)
    pages = re.findall(rb"/Type\s*/Page\b(?!s)", (tmp_path / "brief.pdf").read_bytes())
    assert (
        0 < len(pages) <= 3
    )  # Word sets its own lines; the two pages are those of the printed page


def test_wrong_calls_say_what_to_do(tmp_path: Path, brief: Diagnostic) -> None:
    with pytest.raises(fd.FidelityError, match="takes checked ratings, by name or as a list"):
        fd.diagnostic("large")  # type: ignore[arg-type]
    with pytest.raises(fd.FidelityError, match="no kind of document"):
        brief.save(tmp_path / "brief.odt")
