"""What a QA officer waits for: a workbook of 800 audits, and 200 forms, read and checked.

    python benchmarks/intake.py

In one process after import, by turns; the time of the processor, since others may use the machine
(and the clock's beside it). As a ratio to openpyxl alone, reading the same cells and checking
nothing. The last line brings everything into a folder, as `fidelity ingest` does.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl

import fidelity as fd
from fidelity.collect.record import Rating, Record, Stamp, write_record
from fidelity.collect.workbook_reader import read_sheet
from fidelity.collect.xlsx_check import check_xlsx
from fidelity.rubric.model import Rubric

ROWS, FORMS, ROUNDS = 800, 200, 7


def main() -> None:
    """Print the table."""
    rubric = fd.read_rubric("sos_case_file")
    folder = Path(tempfile.mkdtemp())
    book = _filled(rubric, folder / "audits.xlsx")
    forms = folder / "forms"
    forms.mkdir()
    for n in range(FORMS):
        write_record(_form(rubric, n), forms / f"f{n:04}.json")
    content = book.read_bytes()

    def alone() -> None:
        opened = openpyxl.load_workbook(book, read_only=True, data_only=True)
        sheet = opened[rubric.id]
        sheet.reset_dimensions()
        for row in sheet.iter_rows():
            [cell.value for cell in row]

    steps: dict[str, Callable[[], object]] = {
        "openpyxl alone, every cell": alone,
        "the check of the stream": lambda: check_xlsx(content, book.name),
        "the workbook as text, with its places": lambda: read_sheet(book, rubric),
        "read and checked whole (`read_ratings`)": lambda: fd.read_ratings(book, rubric),
        "`ingest` of it into an empty folder": lambda: _ingest(book, folder / "a"),
        f"`ingest` of {FORMS} forms into an empty folder": lambda: _ingest(forms, folder / "b"),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    for _ in range(ROUNDS + 1):
        for name, step in steps.items():
            wall, cpu = time.perf_counter(), time.process_time()
            step()
            taken[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    shutil.rmtree(folder)
    base = statistics.median(cpu for cpu, _ in taken["openpyxl alone, every cell"][1:])
    print(f"{ROWS} rows, {len(rubric.items)} items; {ROUNDS} rounds")
    for name, times in taken.items():
        cpu = [one for one, _ in times[1:]]
        wall = statistics.median(one for _, one in times[1:])
        middle = statistics.median(cpu)
        print(f"{name}: {middle:.2f} s ({min(cpu):.2f} to {max(cpu):.2f}) of the processor, "
              f"{wall:.2f} s by the clock, ratio {middle / base:.1f}")  # fmt: skip


def _filled(rubric: Rubric, path: Path) -> Path:
    rows = [_answers(rubric, n) for n in range(ROWS)]
    return fd.write_workbook(rubric, path, rows=ROWS, filled={rubric.id: rows})


def _answers(rubric: Rubric, n: int) -> dict[str, str]:
    row = {"concern": "no", "piece": f"A-{n:04}", "rater": f"R{n % 7:02}", "rater_role": "peer",
           "date": f"2026-{1 + n % 12:02}-15", "team": ("North", "South")[n % 2],
           "case": f"C{n:04}"}  # fmt: skip
    for j, item in enumerate(rubric.items):
        scale = rubric.scale_of(item)
        row[item] = str(scale.minimum + (n + j) % (scale.maximum - scale.minimum + 1))
    return row


def _form(rubric: Rubric, n: int) -> Record:
    answers = _answers(rubric, n)
    about = {key: text for key, text in answers.items() if key not in {*rubric.items, "concern"}}
    ratings = tuple(Rating(rubric.id, item, answers[item]) for item in rubric.items)
    stamp = Stamp(rubric.id, rubric.version, rubric.fingerprint)
    return Record((stamp,), {**about, "piece": f"F-{n:04}"}, ratings, {"concern": "no"},
                  "2026-04-02T10:15:00")  # fmt: skip


def _ingest(path: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if not fd.ingest([path], folder).ok:
        raise RuntimeError("a file was refused")


if __name__ == "__main__":
    main()
