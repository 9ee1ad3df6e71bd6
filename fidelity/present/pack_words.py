"""What a pack says about itself: README.txt, and a notebook that runs all of it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fidelity.present.pack_results import Run
from fidelity.results import PURPOSE

_README = """Evaluator's pack
================

{purpose}

Made by {software}. {synthetic}Tables of ratings: {n}. Results: {results}, each with its method.

What is here
------------
data/ratings_<rubric>.csv   one row an answer. References are pseudonyms made for this pack, and
                            rows are sorted by them: the order tells nothing. No notes, no concerns.
data/frame.csv              the sampling frame, where one was given
codebook.csv                every column: meaning, allowed words, how many are missing
items_<rubric>.csv          every item with its level descriptions
rubrics/, rubrics.json      the rubrics as files, with their fingerprints
protocol.yaml               the protocol that was stamped before, where one was given
methods.json                each result: its options and software, or why it was not run
sentences.txt               what each result says in words; planned or exploratory by the protocol
missingness.csv             each answer, counted by item, role, quarter and reason
flow.csv                    frame, scored, in each analysis: pieces, and why others are left out
results/                    every table of every result, unrounded
figures/                    every picture as PNG, its numbers as CSV of the same name, its text
reproduce.ipynb             runs each analysis again on data/ and compares every number
manifest.json               SHA-256 of every file, and the versions of the software

Pseudonyms are personal data still: whoever knows a case can tell who it is by its dates. Keep the
pack as you would keep the ratings. Teams and dates stand in it as they were.
{left}
In R
----
Files are UTF-8, commas, a point in decimals. An empty cell is "not known". R takes an unquoted NA
for missing, and NA is a code here (does not apply): so read with na.strings = "".

    ratings <- read.csv("data/ratings_{first}.csv", na.strings = "", encoding = "UTF-8")
    table(ratings$answer)                        # level, does_not_apply, no_evidence, ...
    mean(ratings$level, na.rm = TRUE)            # levels alone; codes have no level
    table(ratings$code, useNA = "ifany")         # NA, NE, DK as text; <NA> is a level or a blank
    codebook <- read.csv("codebook.csv", na.strings = "", encoding = "UTF-8")
    flow <- read.csv("flow.csv", na.strings = "", encoding = "UTF-8")

The column answer is a word in every row. So even where na.strings is forgotten no "does not apply"
becomes "not known" in it. Scores follow the rubric's rules (weights, what no evidence means, what
is withheld) and are in results/<rubric>/score/assessments.csv.

Again, and unchanged
--------------------
    fidelity pack check .            every file against the manifest
    jupyter lab reproduce.ipynb      Run, Run All Cells: stops at the first number that differs

Jupyter keeps outputs in the notebook: after a run the check names reproduce.ipynb, and it alone.
The last digit of a number can depend on the versions in manifest.json and on the processor.
"""


def readme(
    ratings: Sequence[str], runs: int, software: str, synthetic: bool, left: Mapping[str, list[str]]
) -> str:
    """README.txt."""
    gone = sorted({column for columns in left.values() for column in columns})
    return _README.format(
        purpose=PURPOSE, software=software, n=len(ratings), results=runs, first=ratings[0],
        synthetic="The data are synthetic: no person in them is real. " if synthetic else "",
        left=f"Columns of your own are not in it: {', '.join(gone)}.\n" if gone else "",
    )  # fmt: skip


def notebook(runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    """A notebook that runs every analysis again, one cell each."""
    cells = [
        _text("# The same numbers again\nEvery analysis of this pack is run on the pack's own "
              "ratings, and each number is compared with the file in `results/`, to the last "
              "digit. A number that differs stops the run."),
        _code('import fidelity as fd\n\npack = fd.open_pack(".")'),
    ]  # fmt: skip
    for name, done in runs.items():
        cells.append(_text(f"## {name}"))
        cells.append(_code(f'ratings = pack.ratings("{name}")'))
        for run in done:
            if run.result is None:
                continue
            given = "".join(
                f", {key}=pack.frame()" if key == "frame" else f", {key}={value!r}"
                for key, value in run.options.items()
            )
            cells.append(_code(
                f"result = fd.{run.name}(ratings{given})\n"
                f'print(pack.compare("{name}/{run.name}", result))'
            ))  # fmt: skip
    cells.append(_code("print(pack.finish())"))
    for number, cell in enumerate(cells):
        cell["id"] = f"pack-{number:03d}"
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _code(source: str) -> dict[str, Any]:
    return {
        "cell_type": "code", "metadata": {}, "source": source, "execution_count": None,
        "outputs": [],
    }  # fmt: skip
