"""What coverage studies share: how a count of intervals is judged, and the table they write.

The rule: a 95% interval passes if the 99% Monte Carlo interval of its coverage overlaps
[.93, .97]. Hard cases are printed beside the standard design, neither passed nor failed.
"""

import argparse
import csv
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.special import ndtri

LEAST, MOST = 0.93, 0.97


def monte_carlo_interval(covered: int, runs: int, confidence: float = 0.99) -> tuple[float, float]:
    """The Wilson interval of a share of runs."""
    if runs == 0:
        return math.nan, math.nan
    z = float(ndtri(0.5 + confidence / 2))
    share = covered / runs
    centre = (share + z**2 / (2 * runs)) / (1 + z**2 / runs)
    reach = z / (1 + z**2 / runs) * math.sqrt(share * (1 - share) / runs + z**2 / (4 * runs**2))
    return centre - reach, centre + reach


def verdict(covered: int, runs: int, standard: bool) -> str:
    """Whether the standard design passes; a hard case is only shown."""
    if not standard:
        return "hard case"
    lower, upper = monte_carlo_interval(covered, runs)
    return "passes" if upper >= LEAST and lower <= MOST else "fails"


def carry_out(
    told: str | None,
    table: Path,
    rows: Callable[[float], Iterable[Mapping[str, object]]],
    shown: Sequence[str],
) -> None:
    """Run a study from the command line: print its rows, and write the table if all was run.

    Args:
        told: the docstring of the study, for --help.
        table: the CSV to write.
        rows: by share of the runs, the rows of the table.
        shown: the columns to print.
    """
    parser = argparse.ArgumentParser(description=told)
    parser.add_argument("--share", type=float, default=1.0, help="share of the runs; under 1 "
                        "it is a look, and nothing is written")  # fmt: skip
    share = parser.parse_args().share
    found = []
    for row in rows(share):
        print(" | ".join(str(row[column]) for column in shown), flush=True)
        found.append(row)
    if share == 1.0:
        write_table(table, found)


def origin(seed: int) -> dict[str, object]:
    """The last columns of every table: what it takes to make it again."""
    return {"seed": seed, "version": version(), "numpy": np.__version__}


def write_table(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows of equal columns as CSV."""
    held = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(held[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(held)


def read_table(path: Path) -> list[dict[str, str]]:
    """Read what `write_table` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def version() -> str:
    """The version of the library that a table was made with."""
    project = Path(__file__).parents[2] / "pyproject.toml"
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
