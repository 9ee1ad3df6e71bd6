"""Rounds through tools in turn, written down one by one.

Every tool is called once a round, so that whatever else the machine does falls on all alike, and
ratios are taken within a round. With a log (CSV) each call is written down as soon as it is done;
a run that was ended goes on from there, and calls that stand in the log are not made again.
"""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

#: What a tool does; it returns what it found, as text, to stand beside its time.
Call = Callable[[], str]
#: By tool: seconds and what was found, a round each.
Taken = dict[str, list[tuple[float, str]]]


def rounds(case: str, tools: Mapping[str, Call], times: int, log: Path | None = None) -> Taken:
    """Call every tool once a round.

    Args:
        case: Name of the data, as the log has it.
        tools: By name, what to call.
        times: Rounds.
        log: A CSV to write to and to go on from.

    Returns:
        Seconds and what was found, by tool and round.
    """
    known = _known(log, case)
    taken: Taken = {name: [] for name in tools}
    for number in range(times):
        for name, call in tools.items():
            entry = known.get((number, name))
            if entry is None:
                start = time.perf_counter()
                found = call()
                entry = (time.perf_counter() - start, found)
                _write(log, (case, number, name, *entry))
            taken[name].append(entry)
    return taken


def ratios(taken: Taken, name: str, to: str) -> list[float]:
    """Seconds of a tool over those of another, round by round."""
    return [a / b for (a, _), (b, _) in zip(taken[name], taken[to], strict=True)]


def told(taken: Taken, ours: str) -> list[str]:
    """A line a tool: median seconds, range, and the ratio to ours round by round."""
    width = max(map(len, taken))
    lines = []
    for name, entries in taken.items():
        seconds = [taken_by for taken_by, _ in entries]
        spread = f"({min(seconds):.2f} to {max(seconds):.2f})"
        times = ", ".join(f"{ratio:.2f}" for ratio in ratios(taken, name, ours))
        middle = statistics.median(seconds)
        lines.append(f"{name:<{width}} {middle:>9.2f} s {spread:<20} x ours: {times}")
    return lines


def _known(log: Path | None, case: str) -> dict[tuple[int, str], tuple[float, str]]:
    if log is None or not log.is_file():
        return {}
    with log.open(encoding="utf-8", newline="") as lines:
        return {
            (int(number), name): (float(seconds), found)
            for at, number, name, seconds, found in csv.reader(lines)
            if at == case
        }


def _write(log: Path | None, entry: tuple[object, ...]) -> None:
    print(*entry, flush=True)
    if log is not None:
        with log.open("a", encoding="utf-8", newline="") as lines:
            csv.writer(lines).writerow(entry)
