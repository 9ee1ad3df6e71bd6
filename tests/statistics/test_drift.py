"""Two trends in one model: by other routes, as planted, never told apart without a reference."""

from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.studies import drift_coverage as study
from benchmarks.studies.coverage import read_table
from fidelity.errors import UsageError
from fidelity.statistics import drift as model
from fidelity.statistics.drift import two_trends
from fidelity.statistics.drift_errors import _information
from fidelity.statistics.drift_likelihood import Components, Shape, at, maximise, solve
from fidelity.statistics.drift_power import Service, design_needed, power, standard_errors
from fidelity.statistics.drift_references import references
from fidelity.statistics.drift_sums import Rows, sums
from fidelity.statistics.reml import crossed_reml

Floats = npt.NDArray[np.float64]

SMALL = study.Design(
    "small", gold=0.3, extracts=2, double=0.2, months=8, audits=12, raters=4, practitioners=6
)
KNOWN = Components(
    0.3, 0.12, 0.5, np.array([[0.2, 0.02], [0.02, 0.05]]), np.array([[0.15, -0.03], [-0.03, 0.04]])
)


@cache
def service(seed: int, design: study.Design = SMALL) -> tuple[npt.NDArray[np.generic], ...]:
    return design.draw(np.random.default_rng(seed))


def rows_of(seed: int) -> Rows:
    """The rows that the model makes of a simulated service."""
    given = model._Given(*(np.asarray(part) for part in service(seed)), None, None)  # type: ignore[arg-type]
    return model._design(given, True).rows


def dense(rows: Rows, known: Components) -> tuple[Floats, list[Floats]]:
    """V written out, and its derivatives by the six variances of practitioners and raters."""
    n = len(rows.y)
    agreed = rows.rater < 0
    same = (rows.piece[:, None] == rows.piece) & ~rows.benchmark[:, None]
    V = np.diag(np.where(agreed, known.agreed, known.scoring)) + known.piece * same
    parts = []
    for code, when in ((rows.practitioner, rows.practised), (rows.rater, rows.rated)):
        shared = (code[:, None] == code) & (code >= 0)[:, None]
        one = np.ones(n)
        for a, b in ((one, one), (one, when), (when, when)):
            twice = np.outer(a, b) + np.outer(b, a) if a is not b else np.outer(a, b)
            parts.append(shared * twice)
    theta = [
        G[a, b] for G in (known.practitioner, known.rater) for a, b in ((0, 0), (1, 0), (1, 1))
    ]
    return V + sum(t * part for t, part in zip(theta, parts, strict=True)), parts


@pytest.mark.parametrize("seed", [1, 2])
def test_taking_pieces_and_practitioners_out_changes_nothing(seed: int) -> None:
    """Coefficients, covariance and likelihood as with V written out."""
    rows = rows_of(seed)
    V, parts = dense(rows, KNOWN)
    inverse = np.linalg.inv(V)
    X, y = rows.fixed, rows.y
    phi = np.linalg.inv(X.T @ inverse @ X)
    beta = phi @ X.T @ inverse @ y
    solved = at(sums(rows), KNOWN)
    np.testing.assert_allclose(solved.beta[0], beta, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(KNOWN.scoring * solved.phi[0], phi, rtol=1e-7, atol=1e-10)
    n, p = X.shape
    rest = y - X @ beta
    relative = V / KNOWN.scoring
    scale = rest @ np.linalg.solve(relative, rest) / (n - p)
    deviance = (
        np.linalg.slogdet(relative)[1]
        + np.linalg.slogdet(X.T @ np.linalg.solve(relative, X))[1]
        + (n - p) * np.log(scale)
    )
    assert solved.deviance[0] == pytest.approx(deviance, abs=1e-7)
    P = inverse - inverse @ X @ phi @ X.T @ inverse
    expected = np.array([[np.trace(P @ a @ P @ b) / 2 for b in parts] for a in parts])
    pieces = (part[0] for part in (solved.A, solved.S, solved.N, solved.B, solved.D))
    np.testing.assert_allclose(
        _information(*pieces) / KNOWN.scoring**2, expected, rtol=1e-7, atol=1e-6
    )


def test_predictions_of_raters_as_with_v_written_out() -> None:
    rows = rows_of(3)
    V, _ = dense(rows, KNOWN)
    inverse, X = np.linalg.inv(V), rows.fixed
    phi = np.linalg.inv(X.T @ inverse @ X)
    P = inverse - inverse @ X @ phi @ X.T @ inverse
    Z = np.zeros((len(rows.y), 2 * rows.raters))
    for row in np.flatnonzero(rows.rater >= 0):
        Z[row, 2 * rows.rater[row] : 2 * rows.rater[row] + 2] = 1.0, rows.rated[row]
    G = np.kron(np.eye(rows.raters), KNOWN.rater)
    solved = at(sums(rows), KNOWN)
    np.testing.assert_allclose(solved.effects()[0], G @ Z.T @ P @ rows.y, rtol=1e-7, atol=1e-9)
    R2 = 2 * rows.raters
    np.testing.assert_allclose(
        KNOWN.scoring * solved.N[0][:R2, :R2], G - G @ Z.T @ P @ Z @ G, rtol=1e-6, atol=1e-9
    )


def test_the_maximum_is_one() -> None:
    table = sums(rows_of(4))
    shape = Shape(agreed=True, piece=True, practitioner=True, rater=True)
    _, solved = maximise(table, shape)
    random = np.random.default_rng(1)
    for _ in range(30):
        beside = shape.read(shape.start()[None] + 0.4 * random.normal(size=(1, len(shape.start()))))
        value = float(solve(table, *beside).deviance[0])
        assert value >= float(solved.deviance[0]) - 1e-6


def test_without_references_it_is_the_crossed_model_of_the_library() -> None:
    """Raters' scores alone: the same variances, trend and error as `crossed_reml`."""
    design = study.Design("alone", months=12, audits=20, raters=6, practitioners=10)
    y, when, _, person, rater, *_ = service(5, design)
    found = two_trends(*service(5, design))
    centred = when - when.mean()
    other = crossed_reml(
        y, {"p": person, "r": rater}, np.column_stack([np.ones(len(y)), centred]),
        slopes={"p": centred, "r": centred},
    )  # fmt: skip
    assert not found.identified
    assert found.components.scoring == pytest.approx(other.residual, rel=1e-4)
    for mine, theirs in (("practitioner", "p"), ("rater", "r")):
        np.testing.assert_allclose(
            getattr(found.components, mine), other.variances[theirs], rtol=0.02, atol=2e-4
        )
    trends = other.effects["r"][:, 1]
    np.testing.assert_allclose(found.raters.relative, trends - trends.mean(), rtol=0.01, atol=1e-4)
    assert found.together.value == pytest.approx(
        other.coefficients[1] + trends @ np.bincount(rater) / len(y), rel=1e-3
    )


def test_what_the_two_hide_is_told_apart_and_only_with_a_reference() -> None:
    """A part of the committed study: masked as given, told apart, intervals that hold."""
    runs = 60
    for design in study.DESIGNS[:2]:
        practice, scoring, given = study.study(design, runs, seed=77)
        assert practice["told_apart"] == runs
        for row in (practice, scoring):
            # Of 60 intervals that cover at .93, fewer than 50 do with a chance of .004.
            assert int(str(row["covered"])) >= 50
            assert float(str(row["found"])) >= 0.9
        assert abs(float(str(practice["mean"])) + 0.02) < 0.0025
        assert abs(float(str(scoring["mean"])) - 0.02) < 0.0025
        assert float(str(given["found"])) <= 0.25
    for found in study.fits(study.NEITHER, runs, seed=77):
        assert not found.identified
        assert np.isnan([found.practice[0].value, found.scoring.value, found.these.value]).all()
        assert np.isfinite(found.together.lower)
        assert np.isfinite(found.raters.relative).all()
        assert np.isnan(found.raters.absolute).all()
        assert found.reason == "no agreed scores beside raters' own, and no benchmark pieces"


def test_the_committed_study_passes() -> None:
    rows = read_table(study.TABLE)
    judged = [row for row in rows if row["verdict"] != "shown"]
    assert len(judged) == 4
    assert {row["verdict"] for row in judged} == {"passes"}
    assert all(int(row["runs"]) == study.RUNS for row in judged)
    neither = [row for row in rows if row["design"] == study.NEITHER.name]
    assert [row["told_apart"] for row in neither] == ["0"] * 3
    assert all(int(row["runs"]) == study.RUNS for row in neither)
    still = [r for r in rows if r["design"] == "nothing moves" and r["trend"] != "scores as given"]
    assert all(float(row["found"]) < 0.08 for row in still)


def test_neither_order_nor_units_of_time_change_anything() -> None:
    given = service(6)
    found = two_trends(*given)
    order = np.random.default_rng(0).permutation(len(given[0]))
    again = two_trends(*(part[order] for part in given))
    days = two_trends(given[0], 30 * given[1] + 7, 30 * given[2] + 7, *given[3:])
    for one, other, unit in ((found, again, 1), (found, days, 30)):
        for name in ("scoring", "these", "together"):
            mine, theirs = getattr(one, name), getattr(other, name)
            assert theirs.value * unit == pytest.approx(mine.value, rel=1e-4, abs=1e-6)
            assert theirs.upper * unit == pytest.approx(mine.upper, rel=1e-3)
        assert other.practice[0].lower * unit == pytest.approx(one.practice[0].lower, rel=1e-3)


def test_a_level_of_its_own_for_each_role_is_no_drift() -> None:
    """A second, stricter role takes over: with its level in the model scoring does not move."""
    y, when, rated, person, rater, piece, fixed = service(7, replace(SMALL, extracts=0))
    late = (rater >= 0) & (when > np.median(when))
    stricter = np.where(late, y - 1.0, y)
    plain = two_trends(stricter, when, rated, person, rater, piece, fixed)
    told = two_trends(
        stricter, when, rated, person, rater, piece, fixed, further=late.astype(float)[:, None]
    )
    base = two_trends(
        y, when, rated, person, rater, piece, fixed, further=late.astype(float)[:, None]
    )
    assert plain.scoring.value < told.scoring.value - 0.05
    assert told.scoring.value == pytest.approx(base.scoring.value, abs=1e-5)


def test_each_group_has_its_own_trend_of_practice() -> None:
    design = study.Design("two", gold=0.4, months=24, audits=60, raters=6, practitioners=30)
    given = service(8, design)
    y, when, rated, person, rater, piece, fixed = given
    group = (person % 2).astype(int)
    found = two_trends(y + 0.05 * group * when, when, rated, person, rater, piece, fixed,
                       groups=group)  # fmt: skip
    gap = found.practice[1].value - found.practice[0].value
    assert gap == pytest.approx(0.05, abs=3 * np.hypot(found.practice[0].se, found.practice[1].se))
    assert len(found.chance) == 3


def test_which_scorings_have_a_reference() -> None:
    #        routine, agreed; a benchmark piece scored twice; one scored once; one agreed
    rater = np.array([0, -1, 0, 1, 1, 1, -1])
    piece = np.array([0, 0, 1, 1, 2, 3, 3])
    rated = np.array([0.0, 0, 1, 2, 1, 1, 0])
    fixed = np.array([0, 0, 1, 1, 1, 1, 1], bool)
    known = references(rater, piece, rated, fixed)
    assert list(known.gold) == [1, 0]
    assert list(known.benchmark) == [1, 2]
    assert not known.enough


def test_under_five_a_rater_are_too_few() -> None:
    """Four each: nothing. Five for two of three: told, and the third is not."""
    n = 60
    rater, when = np.arange(n) % 3, np.repeat(np.arange(n // 3), 3).astype(float)
    for gold, enough in (([4, 4, 4], False), ([5, 5, 4], True), ([20, 0, 0], False)):
        beside = np.concatenate([np.flatnonzero(rater == r)[:k] for r, k in enumerate(gold)])
        known = references(
            np.concatenate([rater, np.full(len(beside), -1)]),
            np.concatenate([np.arange(n), beside]), np.concatenate([when, when[beside]]),
            np.zeros(n + len(beside), bool),
        )  # fmt: skip
        assert known.enough == enough
        assert list(known.told) == [k >= 5 for k in gold]
        assert bool(known.reason) != enough


def test_references_at_one_time_do_not_tell() -> None:
    """All agreed scores in one month: a level, and no trend."""
    y, when, rated, person, rater, piece, fixed = service(9, replace(SMALL, extracts=0, gold=1.0))
    kept = (rater >= 0) | (when == 3)
    found = two_trends(*(part[kept] for part in (y, when, rated, person, rater, piece, fixed)))
    assert found.reason or found.scoring.upper - found.scoring.lower > 0.05


def test_too_few_scores_are_refused() -> None:
    with pytest.raises(UsageError, match="at least 10"):
        two_trends(*(part[:5] for part in service(1)))
    y, _, rated, *rest = service(1)
    with pytest.raises(UsageError, match="at 1 times"):
        two_trends(y, np.zeros(len(y)), rated, *rest)


@pytest.mark.parametrize(
    ("months", "audits", "share", "simulated"),
    [(12, 100, 0.2, 0.36), (12, 100, 0.4, 0.61), (24, 20, 0.4, 0.75), (24, 100, 0.05, 0.56),
     (24, 100, 0.1, 0.79), (24, 100, 0.2, 0.96)],
)  # fmt: skip
def test_the_arithmetic_gives_the_power_that_the_design_study_simulated(
    months: int, audits: int, share: float, simulated: float
) -> None:
    """Rater drift of .02 a month, 400 simulated runs each (standard error .02 or so)."""
    _, se = standard_errors(Service(10, 40, audits), share * months * audits, months)
    assert power(se, 9, 0.02) == pytest.approx(simulated, abs=0.07)


def test_the_arithmetic_beside_the_committed_study() -> None:
    for row in read_table(study.TABLE):
        bent = "fades" in row["design"]
        if row["said"] and float(row["truth"]) and not bent:
            assert float(row["said"]) == pytest.approx(float(row["found"]), abs=0.27)
            assert float(row["said"]) <= float(row["found"]) + 0.05


def test_span_beats_number_and_what_is_asked_for_is_enough() -> None:
    here = Service(10, 40, 100)
    short, long = (standard_errors(here, 240, months)[1] for months in (12, 24))
    assert long < short
    found, cheaper = design_needed(here), design_needed(here, benchmark=True)
    assert found is not None
    assert cheaper is not None
    assert cheaper.references < found.references
    se, _ = standard_errors(here, found.references, found.months)
    assert power(se, 39, 0.02) >= 0.8
    fewer, _ = standard_errors(here, found.references - 1, found.months)
    assert power(fewer, 39, 0.02) < 0.8
    assert design_needed(Service(2, 3, 1)) is None
