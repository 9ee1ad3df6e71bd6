"""Pieces scored twice: drawn blind, put side by side, settled, and brought in as agreed."""

import json
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

import fidelity as fd
from fidelity.analyses.side_by_side import side_by_side
from fidelity.cli import commands
from fidelity.collect.ingest import ingest
from fidelity.collect.moderation import check_agreed, draw_double, write_consensus, write_second
from fidelity.errors import RatingsError, UsageError
from tests.collect.sheets import columns_of, put

SOS = "sos_case_file"
ITEMS = ("m1", "m2", "d1")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def ratings_of(*rows: tuple[str, str, str, str, str, str], **more: list[str]) -> fd.Ratings:
    """Rows of piece, rater, role, m1, m2, d1."""
    table = pd.DataFrame(rows, columns=["piece", "rater", "rater_role", *ITEMS], dtype="string")
    return fd.Ratings(
        table.assign(**{k: pd.array(v, dtype="string") for k, v in more.items()}), SOS
    )


def many(n: int = 40) -> fd.Ratings:
    rows = [(f"A{i:03}", f"R{i % 4}", "peer", "3", "NA", "2") for i in range(n)]
    return ratings_of(*rows, date=["2026-03-31"] * n, team=["North"] * n, case=["C7"] * n)


def test_the_draw_can_be_repeated_and_leaves_out_what_it_must() -> None:
    ratings = many()
    drawn = draw_double(ratings, share=0.2, rater="R1", rng=3)
    assert (len(drawn.pieces), drawn.of) == (6, 30)
    assert drawn == draw_double(ratings, share=0.2, rater="R1", rng=3)
    assert drawn.pieces != draw_double(ratings, share=0.2, rater="R1", rng=4).pieces
    table = ratings.assessments.set_index("piece")["rater"]
    assert "R1" not in set(table[list(drawn.pieces)])
    assert drawn.sentences == (
        "6 of 30 pieces drawn at random (seed 3).", "Left out: 10 scored by R1 already.",
    )  # fmt: skip


def test_every_piece_is_as_likely_as_any_other() -> None:
    """400 draws of 2 from 10: each piece within four standard errors of 80."""
    ratings = many(10)
    counts = dict.fromkeys(ratings.assessments["piece"], 0)
    for seed in range(400):
        for piece in draw_double(ratings, n=2, rng=seed).pieces:
            counts[piece] += 1
    error = np.sqrt(400 * 0.2 * 0.8)
    assert max(abs(n - 80) for n in counts.values()) < 4 * error


def test_what_was_scored_twice_or_is_a_benchmark_is_not_drawn() -> None:
    ratings = ratings_of(
        ("A1", "R1", "peer", "3", "3", "3"), ("A1", "R2", "moderator", "3", "3", "3"),
        ("A2", "R1", "peer", "3", "3", "3"), ("A2", "x", "agreed", "3", "3", "3"),
        ("A3", "R1", "peer", "3", "3", "3"), ("A3", "P1", "self", "3", "3", "3"),
        ("B1", "R1", "peer", "3", "3", "3"), ("A4", "P1", "self", "3", "3", "3"),
        purpose=["", "double", "", "", "", "", "benchmark", ""],
    )  # fmt: skip
    drawn = draw_double(ratings, n=1)
    assert (drawn.pieces, drawn.of) == (("A3",), 1)
    with pytest.raises(UsageError, match="1 pieces can be drawn, and 2"):
        draw_double(ratings, n=2)
    with pytest.raises(UsageError, match="0 pieces can be drawn"):
        draw_double(ratings, n=1, rater="R1")
    with pytest.raises(UsageError, match="0 pieces can be drawn"):
        draw_double(ratings, n=1, since="2026-01-01")


def test_the_second_scorer_sees_nothing_of_the_first(tmp_path: Path) -> None:
    ratings = many()
    drawn = draw_double(ratings, n=5, rng=1)
    path = write_second(ratings, drawn, tmp_path / "second.xlsx", rater="R9")
    sheet = openpyxl.load_workbook(path)[SOS]
    columns = columns_of(sheet)
    rows = [{key: sheet.cell(row, n).value for key, n in columns.items()} for row in range(4, 9)]
    assert [row["piece"] for row in rows] == list(drawn.pieces)
    assert {row["purpose"] for row in rows} == {"double"}
    assert {row["rater"] for row in rows} == {"R9"}
    assert {row["rater_role"] for row in rows} == {"moderator"}
    assert {row["case"] for row in rows} == {"C7"}
    assert {row["date"].date().isoformat() for row in rows} == {"2026-03-31"}
    for row in rows:
        assert not any(row[item] for item in ratings.rubric.items)
        assert not any(row[key] for key in ("team", "practitioner", "rated_on"))
    words = {str(cell.value) for row in sheet for cell in row}
    assert not words & {"R0", "R1", "R2", "R3"}
    assert not any(draw in words for draw in set(ratings.assessments["piece"]) - set(drawn.pieces))


def twice() -> fd.Ratings:
    return ratings_of(
        ("A1", "R1", "peer", "3", "NA", "4"), ("A1", "R2", "moderator", "3", "3", "1"),
        ("A1", "P7", "self", "5", "3", "4"), ("A2", "R2", "peer", "2", "2", "2"),
        ("A2", "R1", "moderator", "2", "2", "2"), ("A2", "agreed", "agreed", "2", "2", "3"),
        ("A3", "R1", "peer", "1", "1", "1"),
    )  # fmt: skip


def test_scores_stand_side_by_side_differences_first() -> None:
    found = side_by_side(twice())
    table = found.to_frame()
    first = table[table["piece"] == "A1"]
    assert first["item"].tolist() == ["d1", "m1", "m2"]
    assert first["apart"].tolist() == [3, 2, 0]
    assert first["differs"].tolist() == [True, True, True]
    assert found.scorers == ("self", "a (peer)", "b (moderator)")
    row = first[first["item"] == "d1"].iloc[0]
    assert (row["self"], row["a (peer)"], row["b (moderator)"]) == ("4", "4", "1")
    assert bool(row["must_have"])
    second = table[table["piece"] == "A2"]
    assert not second["differs"].any()
    assert second["agreed"].tolist() == ["2", "2", "3"]
    assert "A3" not in set(table["piece"])
    told = " ".join(found.sentences)
    assert "2 pieces scored more than once" in told
    assert (
        "Of 6 item scores that two or more people gave a level, 4 are the same, 0 differ by up "
        in told
    )
    assert "1 must-have seen by one person and not by another" in told
    assert "3 items still to be settled" in told
    assert not {"R1", "R2", "P7"} & set(table.astype(str).to_numpy().ravel())


def test_only_pieces_that_were_scored_twice_can_be_shown() -> None:
    assert set(side_by_side(twice(), pieces=["A1"]).table["piece"]) == {"A1"}
    with pytest.raises(UsageError, match="Not scored more than once: A3"):
        side_by_side(twice(), pieces=["A1", "A3"])
    with pytest.raises(UsageError, match="moderate draw"):
        side_by_side(ratings_of(("A3", "R1", "peer", "1", "1", "1")))


def test_counts_are_shown_in_their_own_units() -> None:
    frame = pd.DataFrame({"piece": ["V1", "V1"], "rater": ["A", "B"], "cct": ["3", "4"],
                          "q": ["12", "9"]}, dtype="string")  # fmt: skip
    ratings = fd.Ratings(frame, "miti4")
    table = side_by_side(ratings).table.set_index("item")
    assert table.loc["q", "a (role not recorded)"] == "12"
    assert table.loc["q", "apart"] == 3


def test_what_is_settled_comes_in_as_agreed(tmp_path: Path) -> None:
    """From two workbooks to the agreed score, by the commands alone."""
    data = tmp_path / "data"
    first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    for path, rater, role, score in ((first, "R1", "peer", 3), (second, "R2", "moderator", 4)):
        fd.write_workbook(SOS, path, rows=3)
        book = openpyxl.load_workbook(path)
        for n, piece in enumerate(("A1", "A2"), start=4):
            purpose = "double" if role == "moderator" else None
            put(book[SOS], n, piece=piece, rater=rater, rater_role=role, m1=score, m2=2,
                purpose=purpose)  # fmt: skip
        book.save(path)
    run("ingest", first, second, "-o", data)
    meeting = tmp_path / "meeting.xlsx"
    told = json.loads(run("moderate", "compare", data, "-o", meeting, "--json"))
    assert len(told["table"]) == 4
    book = openpyxl.load_workbook(meeting)
    assert book.sheetnames[1] == "Side by side"
    sheet = book[SOS]
    columns = columns_of(sheet)
    assert sheet.cell(4, columns["m1"]).value is None  # they differ: to be settled
    assert sheet.cell(4, columns["m2"]).value == 2  # they do not
    assert sheet.cell(4, columns["rater_role"]).value == "agreed"
    put(sheet, 4, m1=4)
    put(book["Notes"], 4, piece="A1", rater="P7", note="My reply: the map was in the letter.")
    book.save(meeting)
    told = json.loads(run("moderate", "agree", meeting, "-o", data, "--json"))
    assert told["not_settled"][1].startswith('Piece "A2": not settled yet: m1')
    ratings = fd.read_folder(data)[SOS]
    table = ratings.assessments
    assert table["rater_role"].value_counts().to_dict() == {"peer": 2, "moderator": 2, "agreed": 2}
    agreed = side_by_side(ratings).table.set_index(["piece", "item"])["agreed"]
    assert agreed["A1", "m1"] == "4"
    assert agreed["A1", "m2"] == "2"
    assert "My reply" in (data / "notes.csv").read_text("utf-8-sig")
    assert "nothing" not in run("moderate", "agree", meeting, "-o", data)
    assert len(fd.read_folder(data)[SOS]) == 6  # brought in twice, kept once
    found = side_by_side(ratings)
    with pytest.raises(UsageError, match="every piece has its agreed score"):
        write_consensus(ratings, found.table, found.scorers, tmp_path / "m.xlsx")


def run(*words: object) -> str:
    found = CliRunner().invoke(commands, [str(word) for word in words])
    assert found.exit_code == 0, found.output
    return found.stdout


def test_only_agreed_scores_of_pieces_scored_twice_are_agreed(tmp_path: Path) -> None:
    path, data = tmp_path / "m.xlsx", tmp_path / "data"
    fd.write_workbook(SOS, path, rows=3)
    book = openpyxl.load_workbook(path)
    put(book[SOS], 4, piece="A1", rater="x", rater_role="agreed", m1=3)
    put(book[SOS], 5, piece="A2", rater="x", rater_role="peer", m1=3)
    book.save(path)
    ingest([path], data)
    with pytest.raises(RatingsError) as caught:
        check_agreed(path, data)
    told = str(caught.value)
    assert f'm.xlsx {SOS}!E4: piece "A1" was not scored by two people' in told
    assert f"m.xlsx {SOS}!G5: not an agreed score" in told
