"""Would I score this extract as others did?

For learning to use a rubric: a reader scores an invented extract and sees where the agreed score
differs and why. One extract says nothing about how well anybody scores; that takes at least 30
item scores spread over all levels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from fidelity.errors import Fault, RatingsError, UsageError
from fidelity.results import Result, method_of
from fidelity.rubric import Rubric, read_rubric
from fidelity.rubric.benchmark import BenchmarkPiece, read_benchmark
from fidelity.rubric.checks import answerable, nearest

#: Item scores below which nothing is said about how well somebody scores.
ENOUGH = 30


@dataclass(frozen=True, eq=False, repr=False)
class Practice(Result):
    """One reader's scores beside the agreed ones.

    `to_frame()` has one row an item scored: `item`, `text`, `yours`, `agreed`, `difference` (in
    levels, empty where either is a code), `why` (the reason of the agreed score).
    """


def practise(rubric: str, extract: str, scores: Mapping[str, int | str]) -> Practice:
    """Compare your scores of an invented extract with the agreed ones.

    Args:
        rubric: id of a rubric with benchmark pieces, such as "sos_case_file".
        extract: id of the extract; `fidelity.read_benchmark(rubric)` lists them.
        scores: your levels or codes by item id; items left out are not compared.

    Raises:
        UsageError: no such extract.
        RatingsError: items or answers that the rubric does not have, all at once.
    """
    model = read_rubric(rubric)
    piece = _piece(rubric, extract)
    _check(model, scores)
    rows = [_row(model, piece, item, str(scores[item])) for item in model.items if item in scores]
    columns = ["item", "text", "yours", "agreed", "difference", "why"]
    table = pd.DataFrame(rows, columns=columns)
    return Practice(
        table,
        tuple(_sentences(piece, table)),
        method_of("practise", model.label, extract=extract),
    )


def _piece(rubric: str, extract: str) -> BenchmarkPiece:
    pieces = {piece.id: piece for piece in read_benchmark(rubric)}
    if extract not in pieces:
        raise UsageError(f'No extract "{extract}": {nearest(extract, pieces)}')
    return pieces[extract]


def _check(rubric: Rubric, scores: Mapping[str, int | str]) -> None:
    faults = []
    for item, value in scores.items():
        if item not in rubric.items:
            faults.append(
                Fault(f"item {item}", "not in the rubric", "", nearest(item, rubric.items))
            )
        elif not answerable(str(value), rubric.scale_of(item)):
            faults.append(Fault(f"item {item}", f'"{value}"', rubric.scale_of(item).allowed))
    if faults:
        raise RatingsError("your scores", faults)


def _row(rubric: Rubric, piece: BenchmarkPiece, item: str, yours: str) -> dict[str, object]:
    agreed = piece.agreed.get(item)
    both = agreed is not None and agreed.value.isdigit() and yours.isdigit()
    return {
        "item": item,
        "text": rubric.items[item].text,
        "yours": yours,
        "agreed": agreed.value if agreed else "not asked",
        "difference": int(yours) - int(agreed.value) if agreed and both else None,
        "why": agreed.why if agreed else "",
    }


def _sentences(piece: BenchmarkPiece, table: pd.DataFrame) -> list[str]:
    asked = table[table["agreed"] != "not asked"]
    n = len(asked)
    if n == 0:
        return [f'Nothing scored yet for "{piece.title}".']
    exact = int((asked["yours"] == asked["agreed"]).sum())
    near = int((asked["difference"].abs() <= 1).sum())
    near += int(((asked["yours"] == asked["agreed"]) & asked["difference"].isna()).sum())
    told = [
        (
            f'"{piece.title}" (invented): {exact} of {n} item scores are the agreed ones; '
            f"{near} are the same or one level away."
        )
    ]
    above, below = int((asked["difference"] > 0).sum()), int((asked["difference"] < 0).sum())
    if above + below:
        told.append(f"You were more generous on {above} and stricter on {below}.")
    if n < ENOUGH:
        told.append(
            f"{n} item scores are too few to say how you score; at least {ENOUGH}, spread over all "
            "levels, are needed. Use the reasons below to talk about the level descriptions."
        )
    return told
