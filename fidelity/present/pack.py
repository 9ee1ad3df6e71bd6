"""The evaluator's pack: the ratings under pseudonyms, every number, and how it was made.

One folder, from which somebody else can run every analysis again and get each number to the last
digit (`reproduce.ipynb`), in which a changed file is noticed (`manifest.json`), and which R reads.
The same ratings and options give the same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fidelity.collect.guards.pseudonyms import Key
from fidelity.collect.ratings import Ratings
from fidelity.counted import counted
from fidelity.errors import FileError, UsageError
from fidelity.present import pack_data, pack_words
from fidelity.present.pack_files import (
    MANIFEST,
    NOTEBOOK,
    json_text,
    software,
    table_text,
    write,
    write_manifest,
)
from fidelity.present.pack_reader import OpenPack
from fidelity.present.pack_results import (
    ANALYSES,
    Run,
    pictures_of,
    record_of,
    run_all,
    tables_of,
    used,
)
from fidelity.protocol.files import read_protocol
from fidelity.rubric.derived import is_short

_FRAME = "data/frame.csv"


@dataclass(frozen=True)
class Pack:
    """A pack that was written.

    Attributes:
        folder: where.
        fingerprint: SHA-256 of the manifest; note it elsewhere.
        files: how many files.
        results: how many results; not_run: why others could not be run.
        sentences: what was written, in words.
    """

    folder: Path
    fingerprint: str
    files: int
    results: int
    not_run: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was written."""
        told = [f"{self.folder}: {self.files} files with {self.results} results."]
        told += [f"Not run: {reason}" for reason in self.not_run]
        told.append(f"Fingerprint of the manifest, to note elsewhere: {self.fingerprint}")
        return tuple(told)


def pack(
    ratings: Ratings | Mapping[str, Ratings],
    *,
    folder: str | Path,
    protocol: str | Path | None = None,
    frame: pd.DataFrame | None = None,
    record: str | None = None,
    key: Key | None = None,
    rubrics: tuple[Path, ...] = (),
    analyses: Collection[str] = tuple(ANALYSES),
    pictures: bool = True,
) -> Pack:
    """Write the evaluator's pack.

    Args:
        ratings: checked ratings, or several by name, as `fidelity.read_folder` gives them.
        folder: a new folder.
        protocol: the file of a stamped protocol; results of its rubric are marked by it.
        frame: the sampling frame (`fidelity.read_frame`), for stratified draws.
        record: the role whose assessment counts, where a piece has several; tables in which
            nobody scored as that are taken as they are.
        key: for the pseudonyms; made of the ratings themselves if not given, so that the same
            ratings give the same pack.
        rubrics: files of rubrics that do not ship.
        analyses: which are run, of those in `fidelity.present.pack_results.ANALYSES`.
        pictures: whether figures are drawn; without them it is quicker.

    Raises:
        UsageError: the folder is there and not empty, or the file of a rubric is not known.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: is there already. Name a new folder, or empty this one.")
    if unknown := [name for name in analyses if name not in ANALYSES]:
        raise UsageError(f"No analysis {', '.join(unknown)}; there are: {', '.join(ANALYSES)}.")
    held = _named(ratings)
    half = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(half, ignore_errors=True)
    try:
        written = _Writing(half, held, key or pack_data.key_of(held), record, frame)
        written.data(rubrics)
        written.results(Path(protocol) if protocol else None, analyses, pictures)
        fingerprint = written.finish()
        if folder.exists():
            folder.rmdir()
        half.rename(folder)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    done = [run for runs in written.runs.values() for run in runs]
    away = tuple(
        f"{run.name} of {name}: {run.reason}"
        for name, runs in written.runs.items() for run in runs if run.result is None
    )  # fmt: skip
    return Pack(folder, fingerprint, written.files, len(done) - len(away), away)


def _named(ratings: Ratings | Mapping[str, Ratings]) -> dict[str, Ratings]:
    if isinstance(ratings, Ratings):
        ratings = {ratings.rubric.id: ratings}
    given: Any = ratings
    if not isinstance(given, Mapping) or not all(isinstance(r, Ratings) for r in given.values()):
        raise UsageError(
            "pack() takes checked ratings: fd.read_ratings(...) or fd.read_folder(...)."
        )
    if not ratings:
        raise UsageError("pack() was given no ratings.")
    named = {r.rubric.id + ("_short" if is_short(r.rubric) else ""): r for r in ratings.values()}
    if len(named) < len(ratings):
        raise UsageError("Two of the tables were scored with the same rubric. Pack them apart.")
    return dict(sorted(named.items()))


class _Writing:
    """A pack on its way."""

    def __init__(
        self, folder: Path, held: dict[str, Ratings], key: Key, record: str | None,
        frame: pd.DataFrame | None,
    ) -> None:  # fmt: skip
        self.folder, self.held, self.record, self.frame = folder, held, record, frame
        self.tables = {name: pack_data.long_table(r, key) for name, r in held.items()}
        self.runs: dict[str, list[Run]] = {}
        self.flow: list[dict[str, Any]] = []
        self.files = 0

    def put(self, name: str, content: str | bytes | pd.DataFrame) -> None:
        """One file."""
        write(
            self.folder / name,
            table_text(content) if isinstance(content, pd.DataFrame) else content,
        )
        self.files += 1

    def data(self, files: tuple[Path, ...]) -> None:
        """Ratings, codebook, rubrics, missingness."""
        about = {}
        for name, ratings in self.held.items():
            found = [pack_data.rubric_file(ratings, path) for path in (*files, None)]
            text = next((one for one in found if one is not None), None)
            if text is None:
                raise UsageError(
                    f"The file of the rubric {ratings.rubric.id} is not known. Give its path: "
                    "rubrics=(path,), or -r PATH."
                )
            home = f"rubrics/{name.removesuffix('_short')}.yaml"
            write(self.folder / home, text)
            about[name] = {
                "rubric_file": home, "version": ratings.rubric.version,
                "fingerprint": ratings.rubric.fingerprint, "title": ratings.rubric.title,
                "short_form": is_short(ratings.rubric), "notice": ratings.rubric.notice,
            }  # fmt: skip
            self.put(f"data/ratings_{name}.csv", self.tables[name])
            self.put(f"items_{name}.csv", pack_data.items_of(ratings.rubric))
        self.files += len({row["rubric_file"] for row in about.values()})
        if self.frame is not None:
            self.put(_FRAME, self.frame)
        self.put("rubrics.json", json_text(about))
        self.put("codebook.csv", pack_data.codebook(self.tables))
        self.put("missingness.csv", pack_data.missingness(self.tables))

    def results(self, protocol: Path | None, analyses: Collection[str], pictures: bool) -> None:
        """Every analysis on the pack's own ratings; its tables, pictures, method and words."""
        plan = read_protocol(protocol) if protocol else None
        if protocol:
            self.put("protocol.yaml", protocol.read_bytes())
        methods: list[dict[str, Any]] = []
        told: list[str] = []
        opened = OpenPack(self.folder)
        for name in self.held:
            ratings = opened.ratings(name)
            self.flow += pack_data.scored_flow(name, self.tables[name], self.frame)
            record = record_of(ratings, self.record)
            n = self._counted(ratings, name, record)
            frame = opened.frame() if self.frame is not None else None
            self.runs[name] = list(run_all(ratings, analyses, record, frame, _FRAME))
            for run in self.runs[name]:
                place = f"{name}/{run.name}"
                self.flow.append({"rubric": name, **used(run, n)})
                entry = {"result": place, "options": run.options, "not_run": run.reason or None}
                if run.result is None:
                    methods.append({**entry, "method": None})
                    continue
                marked = plan is not None and plan.rubric == ratings.rubric.id
                result = plan.mark(run.result, ratings) if plan and marked else run.result
                methods.append({**entry, "method": result.method})
                told += [f"\n{place}", *result.sentences]
                for one, table in tables_of(run.result):
                    self.put(f"results/{place}/{one}.csv", table)
                if pictures:
                    self._pictures(place, run)
        self.put("methods.json", json_text(methods))
        self.put("sentences.txt", "\n".join(told).strip() + "\n")
        self.put("flow.csv", pd.DataFrame(self.flow).astype(pack_data.WHOLE))

    def _counted(self, ratings: Ratings, name: str, record: str | None) -> int | None:
        try:
            rows = counted(ratings, record=record).rows
        except UsageError as error:
            reason = " ".join(str(error).split())[:400]
            self.flow.append(pack_data.flow_row(name, "counted in totals", "", None, None, reason))
            return None
        n = int(ratings.assessments["piece"].iloc[rows].nunique())
        self.flow.append(pack_data.flow_row(name, "counted in totals", "random and stratified", n,
                                         len(rows), ""))  # fmt: skip
        return n

    def _pictures(self, place: str, run: Run) -> None:
        import matplotlib.pyplot as plt

        assert run.result is not None  # noqa: S101 - the caller has seen to it
        for kind, picture in pictures_of(run.result):
            stem = f"figures/{place}_{kind}"
            self.put(f"{stem}.png", picture.png(dpi=100))
            self.put(f"{stem}.csv", picture.data)
            self.put(f"{stem}.txt", f"{picture.title}\n{picture.subtitle}\n\n{picture.alt}\n")
            plt.close(picture.fig)

    def finish(self) -> str:
        """README, notebook and manifest."""
        everywhere = [r.assessments.get("authority") for r in self.held.values()]
        synthetic = all(
            a is not None and a.astype(str).str.contains("synthetic", case=False).all()
            for a in everywhere
        )
        left = {name: pack_data.left_out(r) for name, r in self.held.items()}
        n = sum(run.result is not None for runs in self.runs.values() for run in runs)
        self.put("README.txt", pack_words.readme(
            list(self.held), n, f"fidelity {software()['fidelity']}", synthetic, left
        ))  # fmt: skip
        self.put(NOTEBOOK, json_text(pack_words.notebook(self.runs)))
        try:
            fingerprint = write_manifest(self.folder)
        except OSError as error:
            raise FileError(f"{MANIFEST}: cannot be written: {error.strerror or error}.") from None
        self.files += 1
        return fingerprint
