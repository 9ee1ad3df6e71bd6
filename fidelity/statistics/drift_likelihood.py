"""The restricted likelihood of two trends, and what follows from it.

    V = R + Z_p (I x G_p) Z_p' + Z_r (I x G_r) Z_r'

R holds pieces and scorings (taken out by pattern, `drift_sums`), Z_p practitioners (whose blocks
do not meet: taken out one by one), Z_r raters. What is left is as small as the raters are few.
Variances are relative to that of a rater's scoring while the likelihood is maximised.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fidelity.statistics.drift_sums import Floats, Sums

#: Relative change of every parameter for numerical slopes.
_STEP = 1e-5


@dataclass(frozen=True, eq=False)
class Components:
    """Variances. Trends are per unit of the time that the rows were given in.

    Attributes:
        scoring: of one rater's scoring of one piece.
        agreed: of an agreed score.
        piece: of pieces.
        practitioner: (2, 2) covariance of practitioners' levels and trends.
        rater: (2, 2) covariance of raters' levels and trends.
    """

    scoring: float
    agreed: float
    piece: float
    practitioner: Floats
    rater: Floats


@dataclass(frozen=True)
class Shape:
    """Which variances are estimated; the others are 0, and that of agreed scores as a rater's."""

    agreed: bool
    piece: bool
    practitioner: bool
    rater: bool

    def start(self) -> Floats:
        """Where the search begins: square roots of variances relative to a scoring's."""
        parts = [[0.0]] * self.agreed + [[1.0]] * self.piece
        parts += [[0.6, 0.0, 0.2]] * (self.practitioner + self.rater)
        return np.array([number for part in parts for number in part])

    def read(self, at: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Relative variances of each of (b, k) parameters: agreed, piece, G_p, G_r."""
        b, place = len(at), 0
        agreed, piece = np.ones(b), np.zeros(b)
        G = [np.zeros((b, 2, 2)), np.zeros((b, 2, 2))]
        if self.agreed:
            agreed, place = np.exp(np.clip(at[:, place], -6, 4)), place + 1
        if self.piece:
            piece, place = at[:, place] ** 2, place + 1
        for number, there in enumerate((self.practitioner, self.rater)):
            if there:
                L = np.zeros((b, 2, 2))
                L[:, 0, 0], L[:, 1, 0], L[:, 1, 1] = at[:, place : place + 3].T
                G[number], place = L @ L.transpose(0, 2, 1), place + 3
        return agreed, piece, G[0], G[1]


@dataclass(frozen=True, eq=False)
class Solved:
    """The mixed equations at given variances; b parallel sets of variances in front.

    Attributes:
        deviance: (b,) -2 log restricted likelihood, the scale profiled out.
        scale: (b,) variance of a scoring by REML where all others are relative to it.
        beta: (b, p). phi: (b, p, p) its covariance, over the scale.
        N: (b, 2 R + p, 2 R + p) covariance of what is not known of raters and fixed effects.
        A: (b, 2 R, 2 R) and S: (b, 2 R, p), the equations of raters.
        H: (b, 2 R, 2 R) inverse of `A` with the raters' own covariance.
        toy: (b, 2 R) what the scores say of raters.
        D: (b, M, 2, 2), B: (b, M, 2, 2 R + p): Z_p' V1^-1 of practitioners themselves and of the
            other columns, V1 without raters.
    """

    deviance: Floats
    scale: Floats
    beta: Floats
    phi: Floats
    N: Floats
    A: Floats
    S: Floats
    H: Floats
    toy: Floats
    D: Floats
    B: Floats

    def effects(self) -> Floats:
        """(b, 2 R) predicted levels and trends of raters."""
        rest = self.toy - np.einsum("bij,bj->bi", self.S, self.beta)
        return np.asarray(np.einsum("bij,bj->bi", self.H, rest))


def solve(sums: Sums, agreed: Floats, piece: Floats, Gp: Floats, Gr: Floats) -> Solved:
    """Mixed equations at relative variances, each (b,) or (b, 2, 2)."""
    weight, R2 = 1.0 / agreed, 2 * sums.raters
    factors, deviance = _pieces(sums, weight, piece)
    total = np.tensordot(factors, sums.total, 1)
    own = np.tensordot(factors, sums.own, 1)
    own, A = own[..., 2:], own[..., :2]
    middle = np.eye(2) + Gp[:, None] @ A
    inverse = np.linalg.solve(middle, np.broadcast_to(Gp[:, None], A.shape))
    deviance = deviance + np.log(np.linalg.det(middle)).sum(axis=1)
    gone = inverse @ own
    b, M, _, c = own.shape
    total = total - own.reshape(b, 2 * M, c).transpose(0, 2, 1) @ gone.reshape(b, 2 * M, c)
    Arr, S, toy = total[:, :R2, :R2], total[:, :R2, R2:-1], total[:, :R2, -1]
    G = np.zeros((b, R2, R2))
    for rater in range(sums.raters):
        G[:, 2 * rater : 2 * rater + 2, 2 * rater : 2 * rater + 2] = Gr
    inner = np.eye(R2) + G @ Arr
    H = np.asarray(np.linalg.solve(inner, G), np.float64) if R2 else G
    deviance = deviance + (np.linalg.slogdet(inner)[1] if R2 else 0.0)
    HS = H @ S
    XX = total[:, R2:-1, R2:-1] - S.transpose(0, 2, 1) @ HS
    Xy = total[:, R2:-1, -1] - np.einsum("bij,bi->bj", HS, toy)
    yy = total[:, -1, -1] - np.einsum("bi,bij,bj->b", toy, H, toy)
    phi = np.asarray(np.linalg.inv(XX), np.float64)
    beta = np.einsum("bij,bj->bi", phi, Xy)
    p = S.shape[2]
    df = sum(sums.rows) - p
    rest = np.maximum(yy - np.einsum("bj,bj->b", beta, Xy), 1e-300)
    deviance = np.asarray(deviance + np.linalg.slogdet(XX)[1] + df * np.log(rest / df), np.float64)
    N = np.zeros((b, R2 + p, R2 + p))
    N[:, R2:, R2:] = phi
    N[:, :R2, R2:] = -HS @ phi
    N[:, R2:, :R2] = N[:, :R2, R2:].transpose(0, 2, 1)
    N[:, :R2, :R2] = H + HS @ phi @ HS.transpose(0, 2, 1)
    turned = np.linalg.inv(middle).transpose(0, 1, 3, 2)
    return Solved(
        deviance, rest / df, beta, phi, N, Arr, S, H, toy, turned @ A, turned @ own[..., :-1]
    )


def _pieces(sums: Sums, weight: Floats, piece: Floats) -> tuple[Floats, Floats]:
    """(b, F) factors of the sums, and (b,) the log determinant of R."""
    factors = [np.ones_like(weight), weight]
    deviance = -sums.rows[1] * np.log(weight)
    for (raters, agreed), n in zip(sums.patterns, sums.pieces, strict=True):
        held = 1.0 + piece * (raters + agreed * weight)
        share = -piece / held
        factors += [share, 2.0 * share * weight, share * weight**2]
        deviance = deviance + n * np.log(held)
    return np.stack(factors, axis=1), deviance


def maximise(sums: Sums, shape: Shape) -> tuple[Components, Solved]:
    """Variances by REML, and the equations there.

    Source: the criterion of Patterson & Thompson 1971, Biometrika 58:545-554, with the scale
        profiled out as in Bates et al. 2015, J Stat Softw 67(1), section 3.4.
    """
    from scipy.optimize import minimize

    def with_slope(at: Floats) -> tuple[float, Floats]:
        step = _STEP * np.maximum(1.0, np.abs(at))
        beside = np.concatenate([[at], at + np.diag(step), at - np.diag(step)])
        value = solve(sums, *shape.read(beside)).deviance
        k = len(at)
        return float(value[0]), (value[1 : k + 1] - value[k + 1 :]) / (2 * step)

    at = shape.start()
    if len(at):
        at = minimize(with_slope, at, jac=True, method="BFGS", options={"gtol": 1e-3}).x
    agreed, piece, Gp, Gr = shape.read(at[None])
    found = solve(sums, agreed, piece, Gp, Gr)
    scale = float(found.scale[0])
    return Components(
        scale, scale * float(agreed[0]), scale * float(piece[0]), scale * Gp[0], scale * Gr[0]
    ), found


def at(sums: Sums, known: Components) -> Solved:
    """The equations at known variances."""
    one = np.ones(1)
    return solve(
        sums, one * known.agreed / known.scoring, one * known.piece / known.scoring,
        known.practitioner[None] / known.scoring, known.rater[None] / known.scoring,
    )  # fmt: skip
