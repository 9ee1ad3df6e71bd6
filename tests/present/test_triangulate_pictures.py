"""Pictures of sources, and of form beside function: legible, with titles from their flags."""

from collections.abc import Callable

import pytest

import fidelity as fd
from fidelity.present.figure import Picture
from fidelity.present.form_function_pictures import title as form_title
from fidelity.present.triangulate_pictures import title
from fidelity.rubric.places import sample_data_folder

Look = Callable[[Picture], None]


def staff() -> fd.Ratings:
    path = sample_data_folder() / "large" / "ratings_staff_model_survey.csv"
    return fd.read_ratings(path, "staff_model_survey")


def given(size: str) -> dict[str, fd.Ratings]:
    held = fd.read_folder(size)
    family = held["sos_family_feedback"]
    found = {"file": held["sos_case_file"], "visit": held["cfsw_skills"], "parent": family,
             "child": family}  # fmt: skip
    if size == "large":
        found |= {"supervision": held["systemic_supervision"], "staff": held["staff_model_survey"]}
    return found


@pytest.mark.parametrize("size", ["small", "large"])
def test_sources_by_theme(size: str, look: Look) -> None:
    found = fd.triangulate(given(size))
    picture = found.plot()
    look(picture)
    themes = found.pairs[found.pairs["theme"] != "(all)"]
    differ = themes[themes["finding"] == "differ"]["theme"].nunique()
    expected = f"Sources differ on {differ} of " if differ else "On none of "
    assert picture.title.startswith(expected)
    assert picture.title == title(found)
    assert len(picture.data) == len(found.table)
    assert all(str(s.name) in picture.alt for s in found.sources)
    assert "own scale" in picture.subtitle


@pytest.mark.parametrize("size", ["small", "large"])
def test_form_beside_function(size: str, look: Look) -> None:
    held = fd.read_folder(size) if size == "small" else {"staff": staff()}
    found = fd.form_function(list(held.values()))
    picture = found.plot()
    look(picture)
    assert picture.title == form_title(found)
    known = found.table[found.table["finding"] != "no levels to average"]
    assert len(picture.data) == len(known)


def test_titles_say_when_it_is_too_few_to_say() -> None:
    small = fd.read_folder("small")
    few = small["sos_case_file"].of_pieces(["SF-0001", "SF-0002", "SF-0003"])
    assert form_title(fd.form_function(few)) == "Too few to say whether form runs ahead of function"
    visits = small["cfsw_skills"].of_pieces(["OB-0001", "OB-0002"])
    assert title(fd.triangulate({"file": few, "visit": visits})) == (
        "Too few to say whether sources agree"
    )
