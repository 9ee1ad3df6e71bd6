"""An evaluator's path: pack, run again to the last digit, notice a changed number, read it in R."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import fidelity as fd
from fidelity.analyses import drift_parts
from fidelity.collect.guards.pseudonyms import Key
from fidelity.errors import FidelityError, UsageError
from fidelity.present import pack_data
from fidelity.rubric.places import sample_data_folder

RUBRICS = ("sos_case_file", "cfsw_skills")


def some(size: str, *rubrics: str) -> dict[str, fd.Ratings]:
    folder = sample_data_folder() / size
    return {r: fd.read_ratings(folder / f"ratings_{r}.csv", r) for r in rubrics}


def contents(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def run_again(folder: Path) -> str:
    """The notebook of a pack, run in its folder as somebody else would; what it printed."""
    os.environ.setdefault("PYTHONUTF8", "1")
    text = (folder / "reproduce.ipynb").read_text(encoding="utf-8")
    notebook: Any = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=300, resources=resources).execute()
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    return "".join(o.get("text", "") for o in outputs)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "small"
    fd.pack(some("small", *RUBRICS), folder=folder)
    return folder


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small, tmp_path / "copy"))


def test_everything_is_there(small: Path) -> None:
    there = contents(small)
    for name in (
        "README.txt", "codebook.csv", "flow.csv", "items_sos_case_file.csv", "manifest.json",
        "methods.json", "missingness.csv", "reproduce.ipynb", "rubrics.json", "sentences.txt",
        "data/ratings_sos_case_file.csv", "rubrics/sos_case_file.yaml",
        "results/sos_case_file/score/assessments.csv", "figures/sos_case_file/drift_parts.csv",
    ):  # fmt: skip
        assert there[name]
    pictures = [name for name in there if name.endswith(".png")]
    assert len(pictures) >= 12
    assert all(name.removesuffix(".png") + ".csv" in there for name in pictures)
    rubric = fd.read_rubric(small / "rubrics" / "sos_case_file.yaml")
    about = json.loads(there["rubrics.json"])
    assert about["sos_case_file"]["fingerprint"] == rubric.fingerprint
    for entry in json.loads(there["methods.json"]):
        assert (entry["method"] is None) == bool(entry["not_run"])


def test_no_reference_note_or_concern_comes_out(small: Path) -> None:
    text = b"\n".join(v for k, v in contents(small).items() if not k.endswith(".png"))
    held = some("small", *RUBRICS)
    concerns = 0
    for ratings in held.values():
        table = ratings.assessments
        concerns += len(ratings.concerns)
        for column in ("piece", "case", "practitioner"):
            for reference in set(table[column].dropna()):
                assert f",{reference},".encode() not in text
                assert f"\n{reference},".encode() not in text
    assert concerns
    assert b"escalated" not in text
    data = pd.read_csv(small / "data" / "ratings_sos_case_file.csv")
    assert not {"note", "concern", "escalated_to", "closed_on"} & set(data.columns)


def test_the_order_of_rows_tells_nothing(small: Path) -> None:
    data = pd.read_csv(small / "data" / "ratings_sos_case_file.csv", dtype=str)
    assert data["piece"].is_monotonic_increasing
    ratings = some("small", "sos_case_file")["sos_case_file"]
    long = pack_data.long_table(ratings, Key(b"k" * 32))
    dates = pd.to_datetime(long.drop_duplicates("piece")["date"])
    months = (dates - dates.min()).dt.days.to_numpy()
    assert abs(np.corrcoef(np.arange(len(months)), months)[0, 1]) < 0.4


def test_the_same_ratings_give_the_same_bytes_in_whatever_order(tmp_path: Path) -> None:
    path = sample_data_folder() / "small" / "ratings_cfsw_skills.csv"
    first, *rows = path.read_text(encoding="utf-8").splitlines()
    np.random.default_rng(3).shuffle(rows)
    other = tmp_path / "ratings_cfsw_skills.csv"
    other.write_text("\n".join([first, *rows]) + "\n", encoding="utf-8")
    made = [
        fd.pack(fd.read_ratings(source, "cfsw_skills"), folder=tmp_path / name,
                analyses=("score", "chart"))
        for name, source in (("one", path), ("two", other))
    ]  # fmt: skip
    assert made[0].fingerprint == made[1].fingerprint
    one, two = (contents(pack.folder) for pack in made)
    assert any(name.endswith(".png") for name in one)
    assert one == two
    assert made[0].files == len(one)
    keyed = fd.pack(some("small", "cfsw_skills"), folder=tmp_path / "keyed", analyses=("score",),
                    key=Key(b"another key of thirty-two bytes!"), pictures=False)  # fmt: skip
    name = "data/ratings_cfsw_skills.csv"
    assert contents(keyed.folder)[name] != one[name]


def test_somebody_else_gets_the_same_numbers_to_the_last_digit(copy: Path) -> None:
    told = run_again(copy)
    assert told.count("the same to the last digit.") == 16
    assert "All 16 results are the same to the last digit" in told
    numbers = [int(part.split()[-1].replace(",", "")) for part in told.split(" numbers,")[:-1]]
    assert sum(numbers) > 1000


@pytest.mark.slow
def test_so_do_they_of_the_large_sample(tmp_path: Path) -> None:
    ratings = some("large", "core_case_audit", "sos_case_file")
    frame = fd.read_frame("large")
    made = fd.pack(ratings, folder=tmp_path / "large", frame=frame, record="line_manager",
                   analyses=("score", "calibration", "change", "drift"),
                   pictures=False)  # fmt: skip
    told = run_again(made.folder)
    assert made.results >= 7
    assert f"All {made.results} results are the same to the last digit" in told
    flow = pd.read_csv(made.folder / "flow.csv")
    frames = flow[flow["step"] == "in the frame"]
    assert frames["n_pieces"].sum() == frame["N"].sum()
    routine = flow[(flow["rubric"] == "sos_case_file") & (flow["step"] == "scored, routine")]
    chosen = routine[routine["selection"] == "concern"]
    assert "chosen for a reason" in chosen["left_out_because"].iloc[0]


@pytest.mark.parametrize(
    "name",
    ["results/sos_case_file/score/assessments.csv", "data/ratings_sos_case_file.csv",
     "figures/sos_case_file/drift_plot.csv"],
)  # fmt: skip
def test_one_changed_number_is_noticed(copy: Path, name: str) -> None:
    assert fd.check_pack(copy).sound
    path = copy / name
    text = path.read_bytes()
    place = max(text.rfind(digit) for digit in (b"1", b"2", b"3"))
    path.write_bytes(text[:place] + b"4" + text[place + 1 :])
    found = fd.check_pack(copy)
    assert not found.sound
    assert found.changed == (name,)
    assert "is not as it was" in found.sentences[0]


def test_the_last_digit_of_a_result_stops_the_notebook(copy: Path) -> None:
    path = copy / "results" / "cfsw_skills" / "chart" / "table.csv"
    text = path.read_text(encoding="utf-8")
    start = next(n for n in range(len(text) - 3) if text[n - 9 : n].isdigit() and text[n] in ",\n")
    digit = "1" if text[start - 1] != "1" else "2"
    path.write_text(text[: start - 1] + digit + text[start:], encoding="utf-8", newline="\n")
    with pytest.raises(CellExecutionError, match=r"chart/table\.csv, row"):
        run_again(copy)


def test_a_notebook_that_keeps_its_outputs_is_no_fault_of_the_numbers(copy: Path) -> None:
    """Jupyter saves outputs into the notebook while it runs."""
    path = copy / "reproduce.ipynb"
    path.write_bytes(path.read_bytes() + b"\n")
    opened = fd.open_pack(copy)
    with pytest.raises(FidelityError, match="was not compared") as told:
        opened.finish()
    assert "reproduce.ipynb" not in str(told.value)
    assert fd.check_pack(copy).changed == ("reproduce.ipynb",)


def test_files_that_went_and_came_are_told(copy: Path) -> None:
    (copy / "flow.csv").unlink()
    (copy / "more.csv").write_text("a\n1\n", encoding="utf-8")
    found = fd.check_pack(copy)
    assert found.missing == ("flow.csv",)
    assert found.added == ("more.csv",)
    (copy / "manifest.json").unlink()
    with pytest.raises(UsageError, match="this is no pack"):
        fd.check_pack(copy)


def test_missing_answers_and_the_flow_add_up(small: Path) -> None:
    missing = pd.read_csv(small / "missingness.csv", keep_default_na=False)
    for name, ratings in some("small", *RUBRICS).items():
        data = pd.read_csv(small / "data" / f"ratings_{name}.csv", keep_default_na=False)
        mine = missing[missing["rubric"] == name]
        assert mine["n"].sum() == len(data)
        for answer, n in data["answer"].value_counts().items():
            assert mine.loc[mine["answer"] == answer, "n"].sum() == n
        flow = pd.read_csv(small / "flow.csv").query("rubric == @name").set_index("step")
        scored = flow[flow.index.str.startswith("scored")]
        assert scored["n_assessments"].sum() == len(ratings)
        assert flow.loc["in chart", "n_pieces"] == fd.chart(ratings).table["n_pieces"].sum()
        told = flow[flow.index.str.startswith("in ")]
        fewer = told["n_pieces"] < flow.loc["counted in totals", "n_pieces"]
        assert fewer.any()
        assert told.loc[fewer, "left_out_because"].notna().all()
        result = fd.score(ratings)
        assert flow.loc["in score", "n_pieces"] == result.table["n_pieces"].max()
        assert flow.loc["counted in totals", "n_pieces"] == result.assessments["counted"].sum()


def test_every_column_stands_in_the_codebook(small: Path) -> None:
    book = pd.read_csv(small / "codebook.csv")
    for name in RUBRICS:
        data = pd.read_csv(small / "data" / f"ratings_{name}.csv", na_values=[""],
                           keep_default_na=False)  # fmt: skip
        rows = book[book["file"] == f"data/ratings_{name}.csv"].set_index("column")
        assert list(rows.index) == list(data.columns)
        assert (rows["n_missing"] == data.isna().sum()).all()
        assert (rows["meaning"] != "context").all()
        items = pd.read_csv(small / f"items_{name}.csv")
        assert set(items["item"]) == set(fd.read_rubric(name).items)


def test_a_protocol_marks_what_was_not_planned(tmp_path: Path) -> None:
    path = tmp_path / "protocol.yaml"
    fd.write_protocol(
        path, id="visits", question="Do visits change?", rubric="cfsw_skills",
        comparison="first with latest", first="2027-01-01", last="2027-12-31", pieces=20,
        analysis="change",
    )  # fmt: skip
    made = fd.pack(some("small", "cfsw_skills"), folder=tmp_path / "p", protocol=path,
                   analyses=("score", "change"), pictures=False)  # fmt: skip
    there = contents(made.folder)
    assert there["protocol.yaml"] == path.read_bytes()
    methods = json.loads(there["methods.json"])
    assert {entry["method"]["planned"] for entry in methods if entry["method"]} == {"exploratory"}
    assert b"xploratory" in there["sentences.txt"]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        fd.pack(some("small", "cfsw_skills"), folder=tmp_path)
    with pytest.raises(UsageError, match="No analysis dance"):
        fd.pack(some("small", "cfsw_skills"), folder=tmp_path / "new", analyses=("dance",))
    with pytest.raises(UsageError, match="takes checked ratings"):
        fd.pack([], folder=tmp_path / "new")  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


R = shutil.which("Rscript")
_SCRIPT = r"""
files <- list.files(".", pattern = "[.]csv$", recursive = TRUE)
rows <- sapply(files, function(f) nrow(read.csv(f, na.strings = "", encoding = "UTF-8")))
x <- read.csv("data/ratings_sos_case_file.csv", na.strings = "", encoding = "UTF-8")
forgot <- read.csv("data/ratings_sos_case_file.csv")
a <- read.csv("results/sos_case_file/score/assessments.csv", na.strings = "")
cat(length(files), "\n")
cat(sprintf("%.17g\n", mean(x$level, na.rm = TRUE)))
cat(sum(x$code == "NA", na.rm = TRUE), "\n")
cat(sum(forgot$answer == "does_not_apply"), "\n")
cat(sprintf("%.17g\n", mean(a$overall, na.rm = TRUE)))
cat(paste(files, rows, sep = "\t", collapse = "\n"), "\n")
"""


@pytest.mark.skipif(R is None, reason="Rscript is not installed")
def test_r_reads_every_table_and_gets_the_same_numbers(small: Path) -> None:
    assert R is not None
    done = subprocess.run(
        [R, "--vanilla", "-e", _SCRIPT], cwd=small, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    n, mean, codes, forgot, overall, *rows = done.stdout.strip().splitlines()
    data = pd.read_csv(small / "data" / "ratings_sos_case_file.csv", keep_default_na=False,
                       na_values=[""])  # fmt: skip
    assert int(n) == len(list(small.rglob("*.csv")))
    assert float(mean) == pytest.approx(data["level"].mean(), rel=1e-14)
    assert int(codes) == int(forgot) == (data["code"] == "NA").sum() > 0
    held = pd.read_csv(small / "results" / "sos_case_file" / "score" / "assessments.csv")
    assert float(overall) == pytest.approx(held["overall"].mean(), rel=1e-14)
    for line in rows:
        name, count = line.strip().split("\t")
        table = pd.read_csv(small / name, keep_default_na=False)
        assert int(count) == len(table), name


def test_the_intervals_of_parts_are_drawn_the_same_way() -> None:
    """The pack leaves the number of draws alone: with others, no digit would be the same."""
    assert drift_parts.DRAWS == 400
