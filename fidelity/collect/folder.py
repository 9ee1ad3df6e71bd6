"""A folder of ratings, one file a rubric: what a notebook and the commands are pointed at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from fidelity.collect.data_folder import kept_concerns, settle
from fidelity.collect.guards.checkout import keep_out_of_git
from fidelity.collect.ratings import Ratings, read_ratings
from fidelity.errors import UsageError
from fidelity.rubric import rubric_ids
from fidelity.rubric.derived import is_short, name_of, short_form
from fidelity.rubric.places import sample_data_folder

SAMPLES = ("large", "small")
_ENDINGS = {".csv", ".tsv", ".parquet", ".xlsx"}


def read_folder(data: str | Path) -> dict[str, Ratings]:
    """Read every file of ratings in a folder.

    Args:
        data: "large" or "small" for a made-up sample authority; or a folder of your own, with
            files named ratings_<rubric>.csv (or .parquet) and workbooks (.xlsx).

    Returns:
        `Ratings` by rubric id, those with the most assessments first. Short forms stand apart,
        as "<id> (short form)".

    Raises:
        UsageError: there is no such folder, nothing in it, or real data inside a git checkout.
    """
    folder = sample_data_folder() / data if str(data) in SAMPLES else Path(data)
    if not folder.is_dir():
        raise UsageError(
            f'No folder "{data}". Give "large" or "small" for the made-up samples, or the path '
            "of a folder that holds ratings_<rubric>.csv files or workbooks."
        )
    keep_out_of_git(folder)
    settle(folder)
    found = read_files(p for p in sorted(folder.iterdir()) if _is_ratings(p))
    if not found:
        raise UsageError(f"{folder}: no files named ratings_<rubric>.csv and no workbooks.")
    if concerns := kept_concerns(folder):
        found = {name: ratings.with_concerns(concerns) for name, ratings in found.items()}
    return dict(sorted(found.items(), key=lambda named: (-len(named[1]), named[0])))


def read_files(paths: Iterable[Path], rubrics: tuple[str, ...] = ()) -> dict[str, Ratings]:
    """Read files, each with every rubric that it was scored with; see `rubrics_of`.

    Raises:
        UsageError: two files of one rubric.
    """
    found: dict[str, Ratings] = {}
    for path in paths:
        for rubric in rubrics_of(path, rubrics):
            for ratings in _both_forms(path, rubric):
                name = name_of(ratings.rubric)
                if name in found:
                    raise UsageError(
                        f"{path.name} and {found[name].name} were both scored with {name}. Put "
                        "them into one table first: one file a rubric is read."
                    )
                found[name] = ratings
    return found


def _both_forms(path: Path, rubric: str) -> Iterator[Ratings]:
    """The ratings of a file; where it holds full and short forms, each by itself."""
    ratings = read_ratings(path, rubric)
    yield ratings
    if ratings.other_form and not is_short(ratings.rubric):
        yield read_ratings(path, short_form(ratings.rubric))


def rubrics_of(path: Path, given: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The rubrics that a file was scored with.

    Those given; else those that the stamp of its workbook names; else the one whose id stands in
    its name (ratings_sos_case_file.csv).
    """
    if given:
        return given
    if path.suffix.lower() == ".xlsx":
        from fidelity.collect.workbook_reader import rubrics_in

        stamped = tuple(rubrics_in(path))
        if stamped:
            return stamped
    named = [name for name in rubric_ids() if name in path.stem]
    if len(named) == 1:
        return tuple(named)
    raise UsageError(
        f"{path.name}: which rubric was it scored with? Say so with -r, one of: "
        f"{', '.join(rubric_ids())}; or the path of a rubric file."
    )


def _is_ratings(path: Path) -> bool:
    if path.name.startswith(("~$", ".")) or path.suffix.lower() not in _ENDINGS:
        return False
    return path.suffix.lower() == ".xlsx" or path.stem.startswith("ratings_")
