"""Measures as files: what ships can be read, and what does not fit is told with its line."""

from pathlib import Path

import pytest

from fidelity.errors import RubricError, UsageError
from fidelity.rubric.measures import CHARTS, measure_ids, read_measure
from fidelity.rubric.places import rubrics_folder

FOLDER = rubrics_folder() / "measures"
#: What the design asks for, by the name that it has here.
ASKED = {
    "contacts_per_episode", "contacts_eight_or_more", "visits_a_month", "workers_per_episode",
    "time_use", "observations_per_worker", "supervision_held", "training_completed",
    "training_days", "training_test_score", "penetration", "caseload", "transition_phase",
    "auditor_minutes", "family_reached", "family_answered",
}  # fmt: skip


def changed(tmp_path: Path, name: str, *pairs: tuple[str, str]) -> Path:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_measure_that_is_asked_for_ships() -> None:
    assert set(measure_ids()) >= ASKED


@pytest.mark.parametrize("name", measure_ids())
def test_each_says_what_it_is_where_it_comes_from_and_what_it_does_not_show(name: str) -> None:
    measure = read_measure(name)
    assert measure.id == name
    assert measure.chart == CHARTS[measure.kind]
    assert measure.provenance.kind == "local" or measure.provenance.source
    assert not {"validated", "endorsed"} & set(str(measure.model_dump()).lower().split())


def test_eight_contacts_is_told_as_published_opinion() -> None:
    held = read_measure("contacts_eight_or_more").threshold
    assert held is not None
    assert held.value == 8
    assert held.provenance.source is not None
    assert "Published opinion" in held.provenance.source


@pytest.mark.parametrize(
    ("name", "pair", "told"),
    [
        ("caseload", ("kind: rate", "kind: ratio"), '"ratio"'),
        ("caseload", ("unit: families a post", "units: families"), "unknown key"),
        ("caseload", ("{interval}", "{intervall}"), 'no place "intervall"'),
        ("caseload", ("{interval}", ""), "no {interval}"),
        ("caseload", ("unit: families a post\n", ""), "no unit of a rate"),
        ("time_use", ("rest: other", "rest: others"), 'no part "others"'),
        ("time_use", ("part: recording", "part: recordings"), 'no part "recordings"'),
        ("time_use", ("kind: composition", "kind: share"), "parts of a share"),
        ("penetration", ("kind: adapted", "kind: adaptedd"), "adaptedd"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_line(
    tmp_path: Path, name: str, pair: tuple[str, str], told: str
) -> None:
    with pytest.raises(RubricError, match=f"{name}.yaml:[0-9]+") as error:
        read_measure(changed(tmp_path, name, pair))
    assert told in str(error.value)


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    path = changed(tmp_path, "caseload", ("kind: rate", "kind: ratio"), ("stock: true", "stok: 1"),
                   ("{interval}", "{x}"))  # fmt: skip
    with pytest.raises(RubricError) as error:
        read_measure(path)
    assert all(word in str(error.value) for word in ("ratio", "stok", '"x"'))


def test_an_unknown_measure_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError, match='did you mean "caseload"'):
        read_measure("case_load")
