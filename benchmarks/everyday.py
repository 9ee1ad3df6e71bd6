"""What a user waits for: 500 ratings scored, and the help page shown.

    python benchmarks/everyday.py

The first in one process, after import, median of 30 with the range; the second as whole processes
in turn, as a ratio to `import numpy, pandas`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import pandas as pd

import fidelity as fd
from fidelity.simulate import many_ratings

ROUNDS = 30


def main() -> None:
    """Print both."""
    rubric = fd.read_rubric("sos_case_file")
    columns = many_ratings(rubric, 500)
    frame = pd.DataFrame(
        {name: pd.Series(c.labels)[c.codes].to_numpy() for name, c in columns.items()}
    )
    gate, score = [], []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        ratings = fd.Ratings(frame, rubric)
        checked = time.perf_counter()
        fd.score(ratings)
        gate.append(1000 * (checked - start))
        score.append(1000 * (time.perf_counter() - checked))
    for name, times in (("checked", gate[1:]), ("scored", score[1:])):
        print(f"{len(frame)} ratings {name}: {_told(times)} ms")
    commands = {
        "fidelity --help": [sys.executable, "-m", "fidelity", "--help"],
        "import numpy, pandas": [sys.executable, "-c", "import numpy, pandas"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS // 3 + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            taken[name].append(1000 * (time.perf_counter() - start))
    for name, times in taken.items():
        print(f"{name}: {_told(times[1:])} ms")
    ratios = [a / b for a, b in zip(*(times[1:] for times in taken.values()), strict=True)]
    print(f"ratio, pair by pair: {_told(ratios, 2)}")


def _told(times: list[float], digits: int = 0) -> str:
    middle = statistics.median(times)
    return f"{middle:.{digits}f} ({min(times):.{digits}f} to {max(times):.{digits}f})"


if __name__ == "__main__":
    main()
