"""Versions: what differs is told, and only a crosswalk lets two be compared."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fidelity as fd
from fidelity.collect.across_versions import across_versions
from fidelity.errors import RatingsError, RubricError, UsageError
from fidelity.rubric import read_rubric, rubric_ids
from fidelity.rubric.crosswalk import Walk, read_crosswalk
from fidelity.rubric.derived import is_short, short_form
from fidelity.rubric.model import Rubric
from fidelity.rubric.places import rubrics_folder
from fidelity.rubric.reader import rubric_from_text
from fidelity.rubric.versions import differences

OLD = read_rubric("systemic_supervision")
TEXT = (rubrics_folder() / "systemic_supervision.yaml").read_text(encoding="utf-8")


def newer(*changes: tuple[str, str]) -> Rubric:
    text = TEXT.replace("version: 1.0.0", "version: 1.1.0", 1)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return rubric_from_text(text, "newer.yaml")


NEW = newer((OLD.items["ss4"].text, "Ideas are put to the test"))


def walk_text(new: Rubric, **changes: str) -> str:
    steps = "".join(
        f"  - {{old: {item}, new: {item}, why: the same question}}\n" for item in OLD.items
    )
    parts = {
        "rubric": OLD.id, "old_version": OLD.version, "old_fingerprint": OLD.fingerprint,
        "new_version": new.version, "new_fingerprint": new.fingerprint,
        "why": "one item was read in two ways", "carried": f"\n{steps}",
    } | changes  # fmt: skip
    quoted = {k: v if v.startswith("\n") else f'"{v}"' for k, v in parts.items()}
    lines = [f"{key}: {value}" for key, value in quoted.items()]
    return 'format: "1"\n' + "\n".join(lines).replace("\n\n", "\n") + "\n"


def walk(tmp_path: Path, new: Rubric = NEW, **changes: str) -> Walk:
    path = tmp_path / "crosswalk.yaml"
    path.write_text(walk_text(new, **changes), encoding="utf-8")
    return read_crosswalk(path, OLD, new)


def ratings(rubric: Rubric, n: int, level: str, first: int = 0) -> fd.Ratings:
    form = "short" if is_short(rubric) else "full"
    rows = [
        {"piece": f"p{k}", "rater": "R1", "item": item, "value": level, "date": "2026-01-05",
         "form": form}
        for k in range(first, first + n) for item in rubric.items
    ]  # fmt: skip
    return fd.Ratings(pd.DataFrame(rows), rubric)


def test_a_change_of_wording_is_told_as_touching_the_score() -> None:
    found = differences(OLD, NEW)
    assert [(d.where, d.scored) for d in found] == [("item ss4, text", True)]
    assert "Ideas are put to the test" in str(found[0])


def test_a_rubric_does_not_differ_from_itself() -> None:
    assert differences(OLD, OLD) == []


def test_what_stands_beside_a_score_is_told_as_words() -> None:
    other = newer((f"title: {OLD.title}", "title: Another title"))
    assert [(d.where, d.scored) for d in differences(OLD, other)] == [("title", False)]


def test_a_new_fingerprint_and_a_difference_in_the_score_go_together() -> None:
    assert NEW.fingerprint != OLD.fingerprint
    assert any(d.scored for d in differences(OLD, NEW))


@pytest.mark.parametrize("name", rubric_ids())
def test_the_short_form_asks_the_must_haves_alone(name: str) -> None:
    rubric = read_rubric(name)
    if not rubric.must_haves:
        with pytest.raises(UsageError, match="no must-haves"):
            short_form(rubric)
        return
    short = short_form(rubric)
    assert list(short.items) == list(rubric.must_haves)
    assert is_short(short)
    assert not is_short(rubric)
    assert short.fingerprint != rubric.fingerprint
    assert "short form" in short.title
    assert short.bands is None
    assert not any(component.mean for component in short.components)
    scored = fd.score(ratings(short, 6, str(short.scale_of(next(iter(short.items))).maximum)))
    assert scored.sentences


def test_the_full_form_is_not_read_with_the_short_one() -> None:
    short = short_form(OLD)
    rows = [{"piece": "p", "rater": "R1", "item": "ss1", "value": "1", "form": "short"}]
    with pytest.raises(RatingsError, match="ss1"):
        fd.Ratings(pd.DataFrame(rows), short)


def test_two_versions_are_scored_together_through_a_crosswalk(tmp_path: Path) -> None:
    made = walk(tmp_path)
    old, new = ratings(OLD, 6, "1"), ratings(NEW, 6, "2", first=6)
    both = across_versions(old, new, made)
    assert both.rubric.version == "1.1.0-with-1.0.0"
    assert both.rubric.fingerprint not in {OLD.fingerprint, NEW.fingerprint}
    assert both.assessments["scored_with"].value_counts().to_dict() == {"1.0.0": 6, "1.1.0": 6}
    scores = fd.score(both, by="scored_with")
    mean = scores.table[scores.table["kind"] == "mean"].drop_duplicates("scored_with")
    assert dict(zip(mean["scored_with"], mean["estimate"], strict=True)) == {
        "(all)": 1.5, "1.0.0": 1.0, "1.1.0": 2.0
    }  # fmt: skip
    assert both.rubric.bands is not None, "all items are shared, so that the bands stand"


def test_levels_are_carried_over(tmp_path: Path) -> None:
    steps = walk_text(NEW).replace(
        "{old: ss2, new: ss2,", '{old: ss2, new: ss2, levels: {"0": 0, "1": 2, "2": 2},'
    )
    path = tmp_path / "c.yaml"
    path.write_text(steps, encoding="utf-8")
    both = across_versions(
        ratings(OLD, 5, "1"), ratings(NEW, 5, "1", first=5), read_crosswalk(path, OLD, NEW)
    )
    items = fd.score(both, by="scored_with").items.set_index(["scored_with", "item"])
    assert items.loc[("1.0.0", "ss2"), "estimate"] == 2.0
    assert items.loc[("1.1.0", "ss2"), "estimate"] == 1.0
    assert items.loc[("1.0.0", "ss3"), "estimate"] == 1.0


def test_codes_and_blanks_stay_what_they_are(tmp_path: Path) -> None:
    rows = [
        {"piece": "a", "rater": "R1", "item": item, "value": value}
        for item, value in zip(OLD.items, ["NA", "NE", None, *["2"] * 9], strict=True)
    ]
    old = fd.Ratings(pd.DataFrame(rows), OLD)
    both = across_versions(old, ratings(NEW, 1, "2", first=9), walk(tmp_path))
    for name, item in (("NA", "ss1"), ("NE", "ss2"), ("blank", "ss3")):
        levels = fd.score(both).levels
        row = levels[(levels["item"] == item) & (levels["answer"] == name)]
        assert row["count"].sum() == 1


def test_an_item_that_is_not_shared_leaves_and_takes_the_bands_along(tmp_path: Path) -> None:
    steps = "".join(
        f"  - {{old: {i}, new: {i}, why: same}}\n" for i in OLD.items if i not in {"ss12"}
    )
    made = walk(tmp_path, carried=f"\n{steps}", dropped="\n  - ss12\n", added="\n  - ss12\n")
    assert "ss12" not in made.common.items
    assert made.common.bands is None
    both = across_versions(ratings(OLD, 5, "1"), ratings(NEW, 5, "2", first=5), made)
    assert np.isfinite(fd.score(both).table["estimate"]).any()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"new_fingerprint": "0000"}, "which the rubric at hand says"),
        ({"old_version": "0.9.0"}, "which the rubric at hand says"),
        ({"dropped": "\n  - ss99\n"}, "ss99"),
        ({"dropped": "\n  - ss1\n"}, "also under carried"),
        ({"carried": "\n  - {old: ss1, new: ss1, why: same}\n"}, "stand nowhere"),
    ],
)
def test_a_crosswalk_that_does_not_fit_is_refused(
    tmp_path: Path, changes: dict[str, str], told: str
) -> None:
    with pytest.raises(RubricError, match=told) as error:
        walk(tmp_path, **changes)
    assert "crosswalk.yaml" in str(error.value)


def test_levels_that_a_scale_has_not_are_refused(tmp_path: Path) -> None:
    text = walk_text(NEW).replace(
        "{old: ss2, new: ss2,", '{old: ss2, new: ss2, levels: {"0": 0, "1": 7},'
    )
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RubricError) as error:
        read_crosswalk(path, OLD, NEW)
    assert "1: 7" in str(error.value)
    assert "nothing for 2" in str(error.value)


def test_other_ratings_than_those_of_the_crosswalk_are_refused(tmp_path: Path) -> None:
    made = walk(tmp_path)
    with pytest.raises(UsageError, match="Give the ratings of these two"):
        across_versions(ratings(OLD, 3, "1"), ratings(OLD, 3, "1", first=3), made)


def test_two_rubrics_are_no_versions_of_one(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(walk_text(NEW), encoding="utf-8")
    with pytest.raises(UsageError, match="not sos_case_file and systemic_supervision"):
        read_crosswalk(path, read_rubric("sos_case_file"), NEW)
