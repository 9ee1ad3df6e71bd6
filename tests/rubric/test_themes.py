"""Themes: what ships fits its rubrics, and every fault of a file is told with its line."""

from pathlib import Path

import pytest

import fidelity as fd
from fidelity.footing import comparable
from fidelity.rubric.places import sample_data_folder


def test_what_ships_is_local_and_can_be_compared() -> None:
    themes = fd.read_themes()
    assert themes.provenance.kind == "local"
    for theme in themes.themes:
        assert len(theme.items) > 1, f"{theme.id} is known to one rubric alone"
        for rubric, items in theme.items.items():
            assert set(items) <= set(comparable(fd.read_rubric(rubric)))


def test_the_named_matters_are_there() -> None:
    """Those that the domain names: the child's voice, danger, network, purpose, listening."""
    named = {"child_voice", "danger_named", "network", "purpose", "listening"}
    known = fd.read_themes().of("sos_case_file")
    assert named <= set(known)
    assert fd.read_themes().of("no_such") == {}


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "themes.yaml"
    path.write_text(
        'format: "1"\nid: ours\nversion: 1.0.0\nnotice: Ours.\nprovenance: {kind: local}\n'
        "themes:\n"
        "  - id: one\n    title: One\n    asks: What?\n"
        "    items:\n      sos_case_file: [d1, d9, o1]\n      sos_case_fiel: [d1]\n"
        "  - id: one\n    title: Again\n    asks: What?\n"
        "    items:\n      sos_case_file: [d1]\n",
        encoding="utf-8",
    )
    with pytest.raises(fd.FidelityError) as told:
        fd.read_themes(path)
    text = str(told.value)
    for said in ('no item "d9"', '"o1" is not scored on levels', 'no rubric "sos_case_fiel"',
                 'did you mean "sos_case_file"?', '"one" stands twice',
                 '"d1" of sos_case_file stands in a theme before', "themes.yaml:11:"):  # fmt: skip
        assert said in text


def test_a_theme_of_ones_own_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "themes.yaml"
    path.write_text(
        'format: "1"\nid: ours\nversion: 1.0.0\nnotice: Ours.\nprovenance: {kind: local}\n'
        "themes:\n  - id: maps\n    title: Maps\n    asks: What?\n"
        "    items:\n      sos_case_file: [m1]\n      sos_direct_practice: [dp6]\n",
        encoding="utf-8",
    )
    names = {"file": "sos_case_file", "visit": "sos_direct_practice"}
    given = {
        name: fd.read_ratings(sample_data_folder() / "large" / f"ratings_{rubric}.csv", rubric)
        for name, rubric in names.items()
    }
    found = fd.triangulate(given, themes=fd.read_themes(path))
    assert set(found.table["theme"]) == {"maps"}
    assert found.method["themes"] == "ours 1.0.0"
