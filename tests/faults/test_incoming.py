"""Hostile and messy files come in: refused or told by row, quickly, in little memory, whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fidelity.collect.workbook import write_workbook
from tests.faults.incoming import CSV, JSON, MESSY, SOS, XLSX

SECONDS, MEGABYTES = 2.0, 300.0


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """Every file of the corpora, brought in by a process of its own with limits."""
    if not hasattr(os, "fork"):
        pytest.skip("no fork on this system: the limits cannot be set for a process of its own")
    folder = tmp_path_factory.mktemp("incoming") / "files"
    folder.mkdir()
    empty = write_workbook(SOS, folder.parent / "empty.xlsx", rows=30).read_bytes()
    names = {}
    for kind, made in (("csv", CSV), ("json", JSON), ("xlsx", XLSX)):
        for n, (name, (make, _)) in enumerate(made.items()):
            path = folder / f"{kind}{n:03}.{kind}"
            path.write_bytes(make())
            names[path.name] = f"{kind}: {name}"
    for n, (name, (change, _)) in enumerate(MESSY.items()):
        path = folder / f"messy{n:03}.xlsx"
        path.write_bytes(change(empty))
        names[path.name] = f"messy: {name}"
    script = Path(__file__).with_name("run_incoming.py")
    run = subprocess.run(
        [sys.executable, str(script), str(folder)], capture_output=True, text=True, check=True,
        cwd=folder.parent, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    told = [json.loads(line) for line in run.stdout.splitlines()]
    return {names[one["file"]]: one for one in told}


def expected() -> dict[str, str]:
    given = {"csv": CSV, "json": JSON, "xlsx": XLSX, "messy": MESSY}
    return {
        f"{kind}: {name}": words
        for kind, made in given.items()
        for name, (_, words) in made.items()
    }


def test_there_are_enough_files() -> None:
    assert len(XLSX) + len(MESSY) >= 25
    assert len(CSV) >= 25
    assert len(JSON) >= 15


def test_each_is_refused_or_read_as_it_should_be(outcomes: dict[str, dict[str, object]]) -> None:
    wrong = []
    for name, words in expected().items():
        found = outcomes[name]
        told, is_read = str(found["told"]), words.startswith("read:")
        if found["uncaught"] or found["status"]:
            wrong.append(f"{name}: {found['uncaught']} (status {found['status']})")
        elif words and (
            found["ok"] is not is_read or words.removeprefix("read:").strip() not in told
        ):
            wrong.append(f"{name}: expected {words!r}, told {told[:300]!r}")
    assert not wrong, "\n".join(wrong)


def test_nothing_is_half_imported(outcomes: dict[str, dict[str, object]]) -> None:
    for name, found in outcomes.items():
        if not found["ok"]:
            assert found["left"] == [], name
        assert not any(str(left).endswith((".part", "-list", "-lock")) for left in found["left"])  # type: ignore[union-attr, attr-defined]


def test_none_takes_long_or_much(
    outcomes: dict[str, dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Time is that of the processor: other work on the machine is not the file's doing."""
    told = []
    for kind in ("xlsx", "messy", "csv", "json"):
        mine = {name: one for name, one in outcomes.items() if name.startswith(f"{kind}:")}
        slow = max(mine, key=lambda name: float(str(mine[name]["cpu"])))
        large = max(mine, key=lambda name: float(str(mine[name]["megabytes"])))
        refused = sum(not one["ok"] for one in mine.values())
        told.append(
            f"  {kind:5} {len(mine):3} files, {refused} refused; slowest {mine[slow]['cpu']:.2f} s "
            f"({slow}), most memory {mine[large]['megabytes']:.0f} MB ({large})"
        )
    total = sum(float(str(one["cpu"])) for one in outcomes.values())
    told.append(f"  {len(outcomes)} files in {total:.0f} s of one processor")
    with capsys.disabled():
        print("\nhostile and messy files, each in a process of its own:\n" + "\n".join(told))
    for name, one in outcomes.items():
        assert float(str(one["cpu"])) < SECONDS, name
        assert float(str(one["megabytes"])) < MEGABYTES, name


def test_a_far_cell_reaches_no_parser(outcomes: dict[str, dict[str, object]]) -> None:
    """The 5 kB file whose one cell at XFD1048576 makes a parser take all memory and abort."""
    found = outcomes["messy: a far cell"]
    assert "reaches down to row 1,048,576" in str(found["told"])
    assert float(str(found["megabytes"])) < MEGABYTES


def test_a_dimension_that_lies_loses_no_row(outcomes: dict[str, dict[str, object]]) -> None:
    """A sheet that says A1:B2 and holds 20 assessments: a parser that believes it drops them."""
    assert "20 new assessments" in str(outcomes["messy: a dimension that lies"]["told"])


def test_a_child_at_risk_is_told_first(outcomes: dict[str, dict[str, object]]) -> None:
    told = str(outcomes["csv: a child at risk in a broken file"]["told"])
    assert told.startswith('OPEN CONCERN, NOT ESCALATED: piece "A1"')
