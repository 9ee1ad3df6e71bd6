"""The commands `plan` and `protocol` as a user runs them."""

import csv
import json
from pathlib import Path

from fidelity.rubric.places import sample_data_folder
from tests.cli.test_commands import run

SMALL = sample_data_folder() / "small"


def listed(folder: Path, rows: list[tuple[str, ...]], name: str = "cases.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def case_list(folder: Path) -> Path:
    head = ("case", "practitioner", "team", "plan_type", "name")
    rows = [(f"C{i:03d}", f"P{i % 5}", ("North", "South")[i % 2], "child_in_need", "Jane Smith")
            for i in range(40)]  # fmt: skip
    return listed(folder, [head, *rows])


def test_a_draw_is_written_with_its_frame_and_can_be_drawn_again(tmp_path: Path) -> None:
    words = ("plan", "draw", case_list(tmp_path), "-n", 8, "--by", "team", "--on", "2026-04-01",
             "--seed", 202604)  # fmt: skip
    told = run(*words, "-o", tmp_path / "out")
    assert told.returncode == 0, told.stderr
    assert "8 cases drawn at random from 40 families, with seed 202604" in told.stdout
    first = (tmp_path / "out" / "draw.csv").read_text(encoding="utf-8-sig")
    frame = (tmp_path / "out" / "frame.csv").read_text(encoding="utf-8-sig")
    assert frame == "stratum,N,eligible,drawn\nNorth,20,20,4\nSouth,20,20,4\n"
    assert "Jane Smith" not in first
    run(*words, "-o", tmp_path / "again")
    assert (tmp_path / "again" / "draw.csv").read_text(encoding="utf-8-sig") == first


def test_history_keeps_those_audited_lately_out(tmp_path: Path) -> None:
    cases = listed(tmp_path, [("case",), ("C0001",), *((f"C{i:04d}",) for i in range(2, 400))])
    words = ("plan", "draw", cases, "-n", 300, "--on", "2025-03-31", "--json")
    free = json.loads(run(*words).stdout)
    kept = json.loads(run(*words, "--history", SMALL / "ratings_sos_case_file.csv").stdout)
    assert len([r for r in free["draw"] if r["use"] == "audit"]) == 300
    assert kept["frame"][0]["eligible"] < 399
    assert "are not drawn again" in " ".join(kept["sentences"])


def test_names_stop_the_draw(tmp_path: Path) -> None:
    cases = listed(tmp_path, [("case", "practitioner"), ("C1", "Jane Smith"), ("C2", "P1")])
    told = run("plan", "draw", cases, "-n", 1)
    assert told.returncode == 1
    assert "looks like a person's name" in told.stderr
    assert "Jane" not in told.stderr + told.stdout


def test_the_size_of_a_sample_with_and_without_audits(tmp_path: Path) -> None:
    told = run("plan", "size", SMALL / "ratings_sos_case_file.csv", "-o", tmp_path)
    assert told.returncode == 0, told.stderr
    assert "Too few files were scored twice" in told.stdout
    assert {p.name for p in tmp_path.iterdir()} == {
        "plan_sos_case_file.csv", "plan_sos_case_file.png", "plan_later_sos_case_file.csv",
        "plan_basis_sos_case_file.csv",
    }  # fmt: skip
    none = json.loads(run("plan", "size", "--change", 0.5, "--json").stdout)["assumed"]
    assert {row["origin"] for row in none["plan_basis"]} == {"assumed"}
    wrong = run("plan", "size", "--change", -1)
    assert wrong.returncode == 2
    assert "allowed: above 0" in wrong.stderr


def test_who_was_not_observed(tmp_path: Path) -> None:
    people = listed(tmp_path, [("practitioner", "team"), *((f"P{i:02d}", "North")
                                                            for i in range(1, 9))])  # fmt: skip
    words = ("plan", "observed", people, SMALL / "ratings_cfsw_skills.csv", "-o", tmp_path / "o")
    told = run(*words)
    assert told.returncode == 0, told.stderr
    assert "Of 8 practitioners on the list" in told.stdout
    assert (tmp_path / "o" / "observed.png").stat().st_size > 1000


def test_the_next_benchmark_round(tmp_path: Path) -> None:
    told = run("plan", "benchmark", "systemic_supervision", "--rater", "R1", "-o", tmp_path)
    assert told.returncode == 0, told.stderr
    text = (tmp_path / "extracts_systemic_supervision.txt").read_text(encoding="utf-8")
    assert text.count("INVENTED EXTRACT") == 4
    assert "level" not in text
    nobody = run("plan", "benchmark", "sos_case_file")
    assert nobody.returncode == 2
    assert "Nobody to score" in nobody.stderr


def test_a_protocol_from_template_to_check(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    assert run("protocol", "new", "sos_case_file", "-o", path).returncode == 0
    assert run("protocol", "new", "sos_case_file", "-o", path).returncode == 1
    early = run("protocol", "stamp", path)
    assert early.returncode == 1
    assert "not filled in yet" in early.stderr
    path.write_text(path.read_text(encoding="utf-8").replace("fill in:", "as agreed:"),
                    encoding="utf-8")  # fmt: skip
    assert run("protocol", "stamp", path).returncode == 0
    assert "Unchanged since it was stamped" in run("protocol", "check", path).stdout
    path.write_text(path.read_text(encoding="utf-8").replace("agreed:", "hoped:"),
                    encoding="utf-8")  # fmt: skip
    late = run("protocol", "check", path)
    assert late.returncode == 1
    assert "something was changed after it was stamped" in late.stderr


def test_a_protocol_in_one_step(tmp_path: Path) -> None:
    words = (
        "protocol", "write", tmp_path / "p.yaml", "--id", "visits", "--question", "Do skills move?",
        "-r", "cfsw_skills", "--comparison", "after against before", "--first", "2026-01-01",
        "--last", "2030-12-31", "--pieces", 80, "--analysis", "change",
    )  # fmt: skip
    told = json.loads(run(*words, "--option", "around=2026-07-01", "--json").stdout)
    assert told["protocol"].startswith("visits, stamped on ")
    wrong = run(*words, "--option", "around")
    assert wrong.returncode == 2
    assert "write it as name=value" in wrong.stderr
