"""How fast ratings are checked and scored, beside the tools an analyst would use.

    python benchmarks/scoring.py [ROWS]

Ten million ratings of `sos_case_file` in a Parquet file. Everything is measured in one run, each
step in a process of its own, in turn, three times; the median is printed with its range, as a ratio
to DuckDB summing the same columns by assessment. The peers do the same arithmetic as `score` does
for the overall mean and band: share answered, weights, must-haves, thresholds.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROUNDS = 3
RUBRIC = "sos_case_file"


def main() -> None:
    """Make the file, run every step in turn, print the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ratings.parquet"
        _write(path, rows)
        found: dict[str, list[dict[str, float]]] = {name: [] for name in STEPS}
        for _ in range(ROUNDS):
            for name in STEPS:
                told = subprocess.run(
                    [sys.executable, __file__, "--step", name, str(path)],
                    check=True, capture_output=True, text=True,
                ).stdout  # fmt: skip
                for key, value in json.loads(told.splitlines()[-1]).items():
                    found.setdefault(key, []).append(value)
    print(f"{rows:,} ratings, {ROUNDS} rounds, each step in its own process\n")
    base = statistics.median(r["seconds"] for r in found["duckdb: sum by assessment"])
    print(f"{'step':<46} {'seconds':>8} {'range':>15} {'ratio':>6}")
    for name, runs in found.items():
        if not runs:
            continue
        seconds = [r["seconds"] for r in runs]
        middle = statistics.median(seconds)
        spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
        print(f"{name:<46} {middle:>8.2f} {spread:>15} {middle / base:>6.1f}")


def _write(path: Path, rows: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from fidelity.simulate import many_ratings

    columns = {
        name: pa.DictionaryArray.from_arrays(pa.array(c.codes), pa.array(list(c.labels)))
        for name, c in many_ratings(RUBRIC, rows).items()
    }
    table = pa.table({name: column.dictionary_decode() for name, column in columns.items()})
    pq.write_table(table, path)


def _timed(step: Callable[[], Any]) -> dict[str, float]:
    start = time.perf_counter()
    step()
    return {"seconds": time.perf_counter() - start}


def duckdb_sum(path: str) -> dict[str, Any]:
    """The floor: the same columns read, and their numbers summed by assessment."""
    import duckdb

    query = f"""select piece, rater, sum(try_cast(value as integer)), count(*),
        sum(length(item)), min(team), min(practitioner) from '{path}' group by piece, rater"""
    return {"duckdb: sum by assessment": _timed(lambda: duckdb.sql(query).fetchnumpy())}


def ours(path: str, engine: str) -> dict[str, Any]:
    """The gate, then scores without and with groups."""
    import scipy.special  # noqa: F401 - imports are not what is measured

    import fidelity as fd
    from fidelity.analyses.scores import score
    from fidelity.tables import answers

    rubric = fd.read_rubric(RUBRIC)
    kept: list[Any] = []
    told = {
        f"fidelity ({engine}): gate": _timed(
            lambda: kept.append(fd.read_ratings(path, rubric, engine=engine))
        )
    }
    told[f"fidelity ({engine}): one row an assessment"] = _timed(lambda: answers(kept[0]))
    told[f"fidelity ({engine}): score, then whole"] = _timed(lambda: score(kept[0]))
    told[f"fidelity ({engine}): score by team, again"] = _timed(lambda: score(kept[0], by="team"))
    first, second = (told[f"fidelity ({engine}): {n}"] for n in
                     ("one row an assessment", "score, then whole"))  # fmt: skip
    told[f"fidelity ({engine}): score of validated Ratings"] = {
        "seconds": first["seconds"] + second["seconds"],
    }
    return told


def pandas_idiomatic(path: str) -> dict[str, Any]:
    """What a good analyst writes: pivot by assessment, means, share, must-haves, bands."""
    import numpy as np
    import pandas as pd

    absent, must, scored = _rules()

    def run() -> pd.Series[Any]:
        table = pd.read_parquet(path, columns=["piece", "rater", "item", "value"])
        table = table[table["item"].isin(scored)]
        level = pd.to_numeric(table["value"], errors="coerce")
        level = level.mask((table["value"] == "NE") & table["item"].isin(absent), 1)
        table = table.assign(
            level=level, applies=table["value"] != "NA",
            capped=table["item"].isin(must) & (level <= 2),
            open=table["item"].isin(must) & level.isna() & (table["value"] != "NA"),
        )  # fmt: skip
        by = table.groupby(["piece", "rater"], sort=False).agg(
            total=("level", "sum"), n=("level", "count"), applies=("applies", "sum"),
            capped=("capped", "sum"), open=("open", "sum"),
        )  # fmt: skip
        mean = (by["total"] / by["n"]).where(by["n"] >= 0.8 * by["applies"])
        band = np.select([mean >= 4, mean >= 3, mean >= 0], [0, 1, 2], -1)
        band = np.where((band == 0) & (by["capped"] > 0), 1, band)
        return pd.Series(np.where(by["open"] > 0, -1, band)).value_counts()

    return {"pandas, idiomatic (overall and band only)": _timed(run)}


def polars_lazy(path: str) -> dict[str, Any]:
    """The same in Polars, lazily."""
    import polars as pl

    absent, must, scored = _rules()

    def run() -> pl.DataFrame:
        value, item = pl.col("value"), pl.col("item")
        level = (
            pl.when((value == "NE") & item.is_in(absent)).then(1)
            .otherwise(value.cast(pl.Int32, strict=False))
        )  # fmt: skip
        must_have = item.is_in(must)
        mean = pl.col("total") / pl.col("n")
        return (
            pl.scan_parquet(path).filter(item.is_in(scored)).with_columns(level=level)
            .group_by("piece", "rater")
            .agg(
                total=pl.col("level").sum(), n=pl.col("level").count(),
                applies=(value.fill_null("") != "NA").sum(),
                capped=(must_have & (pl.col("level") <= 2)).sum(),
                open=(must_have & pl.col("level").is_null() & (value.fill_null("") != "NA")).sum(),
            )
            .select(
                band=pl.when((pl.col("open") > 0) | (pl.col("n") < 0.8 * pl.col("applies")))
                .then(-1)
                .when((mean >= 4) & (pl.col("capped") == 0)).then(0)
                .when(mean >= 3).then(1).otherwise(2)
            )
            .group_by("band").len().collect()
        )  # fmt: skip

    return {"polars, lazy (overall and band only)": _timed(run)}


def _rules() -> tuple[list[str], list[str], list[str]]:
    import fidelity as fd

    rubric = fd.read_rubric(RUBRIC)
    absent = [key for key, item in rubric.scored_items.items() if item.ne == "absent"]
    return absent, list(rubric.must_haves), list(rubric.scored_items)


STEPS: dict[str, Callable[[str], dict[str, Any]]] = {
    "duckdb: sum by assessment": duckdb_sum,
    "duckdb": lambda path: ours(path, "duckdb"),
    "polars": lambda path: ours(path, "polars"),
    "pandas, idiomatic (overall and band only)": pandas_idiomatic,
    "polars, lazy (overall and band only)": polars_lazy,
}

if __name__ == "__main__":
    if "--step" in sys.argv:
        print(json.dumps(STEPS[sys.argv[2]](sys.argv[3])))
    else:
        main()
