"""Standard errors and degrees of freedom of contrasts in the model of two trends.

The variance of a contrast is linear in the variances of the model: sum of theta_i a_i, where a_i
is what a unit of each adds. Its own uncertainty is that of the variances of practitioners and
raters, from their expected information (those of pieces and scorings rest on so many scorings
that they are taken to have as many degrees of freedom as there are scorings beyond one a piece).

Source: Satterthwaite 1946, Biometrics Bulletin 2:110-114; Fai & Cornelius 1996, J Stat Comput
Simul 54:363-378. Expected information: Searle, Casella & McCulloch 1992, Variance Components,
equation 6.67, I_ij = tr(P V_i P V_j) / 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fidelity.statistics.drift_likelihood import Components, Solved
from fidelity.statistics.drift_sums import Floats, Sums

#: Directions in which a covariance of level and trend moves.
_BASIS = (
    np.array([[1.0, 0.0], [0.0, 0.0]]),
    np.array([[0.0, 1.0], [1.0, 0.0]]),
    np.array([[0.0, 0.0], [0.0, 1.0]]),
)


@dataclass(frozen=True, eq=False)
class Errors:
    """What contrasts need.

    Attributes:
        beta: (p,) fixed effects. phi: (p, p) their covariance.
        joint: (2 R + p,) raters' effects and fixed ones. spread: their covariance.
        practitioners: (M, 2, p), raters: (R, 2, p): Z' V^-1 X of each.
        theta: (6,) level, both, trend of practitioners and of raters.
        covariance: (6, 6) of theta.
        rest_df: degrees of freedom of what pieces and scorings add.
    """

    beta: Floats
    phi: Floats
    joint: Floats
    spread: Floats
    practitioners: Floats
    raters: Floats
    theta: Floats
    covariance: Floats
    rest_df: float

    def contrast(self, c: Floats) -> tuple[float, float, float]:
        """Value, standard error and degrees of freedom of c' beta."""
        variance = float(c @ self.phi @ c)
        along = self.phi @ c
        a = np.array([
            np.einsum("mi,ij,mj->", q, E, q)
            for q in (self.practitioners @ along, self.raters @ along) for E in _BASIS
        ])  # fmt: skip
        rest = max(variance - float(a @ self.theta), 0.0)
        below = float(a @ self.covariance @ a) + 2 * rest**2 / self.rest_df
        df = 2 * variance**2 / below if below > 0 else math.inf
        return float(c @ self.beta), math.sqrt(variance), max(1.0, df)

    def predicted(self, k: Floats) -> tuple[float, float]:
        """Value and standard error of a combination of raters' effects and fixed ones."""
        return float(k @ self.joint), math.sqrt(max(0.0, float(k @ self.spread @ k)))


def errors_of(
    sums: Sums, found: Components, solved: Solved, contrasts: int, estimated: bool
) -> Errors:
    """Everything in the units of the scores; variances that are known have no uncertainty."""
    R2 = 2 * sums.raters
    A, S, N, B, D = (part[0] for part in (solved.A, solved.S, solved.N, solved.B, solved.D))
    s2 = found.scoring
    beside = solved.H[0] @ S
    raters = (S - A @ beside) / s2
    practitioners = (B[:, :, R2:] - B[:, :, :R2] @ beside) / s2
    joint = np.concatenate([solved.effects()[0], solved.beta[0]])
    theta = np.array([
        G[a, b] for G in (found.practitioner, found.rater) for a, b in ((0, 0), (1, 0), (1, 1))
    ])  # fmt: skip
    return Errors(
        solved.beta[0], s2 * solved.phi[0], joint, s2 * N, practitioners,
        raters.reshape(sums.raters, 2, -1), theta,
        _inverse(_information(A, S, N, B, D) / s2**2, theta) if estimated else np.zeros((6, 6)),
        float(contrasts),
    )  # fmt: skip


def _information(A: Floats, S: Floats, N: Floats, B: Floats, D: Floats) -> Floats:
    """(6, 6) expected information on the variances of practitioners and raters, scale 1.

    P = V1^-1 - V1^-1 W N W' V1^-1 with W the columns of raters and the fixed effects; the blocks
    of practitioners are `D`, so that no matrix of all practitioners is built.
    """
    R2 = len(A)
    W = np.vstack([A, S.T])
    rr = A - W.T @ N @ W
    pr = B[:, :, :R2] - B @ N @ W
    K = (B @ N) @ B.transpose(0, 2, 1)
    DE, KE = [D @ E for E in _BASIS], [K @ E for E in _BASIS]
    NF = [N @ np.tensordot((E @ B), B, ([0, 1], [0, 1])) for E in _BASIS]
    rE = [rr @ np.kron(np.eye(R2 // 2), E) for E in _BASIS]
    through = [np.tensordot(pr, E @ pr, ([0, 1], [0, 1])) for E in _BASIS]
    info = np.zeros((6, 6))
    for i in range(3):
        for j, E in enumerate(_BASIS):
            own = np.einsum("mab,mba->", DE[i], DE[j] - 2 * KE[j])
            info[i, j] = own + np.einsum("ab,ba->", NF[i], NF[j])
            info[3 + i, 3 + j] = np.einsum("ab,ba->", rE[i], rE[j])
            both = np.kron(np.eye(R2 // 2), E)
            info[i, 3 + j] = info[3 + j, i] = np.einsum("ab,ba->", through[i], both)
    return info / 2


def _inverse(information: Floats, theta: Floats) -> Floats:
    """Inverse over the variances that there are; 0 for those that are not in the model."""
    own = np.diag(information)
    there = own > 1e-12 * max(own.max(initial=0.0), 1e-300)
    if not theta[:3].any():
        there[:3] &= False
    if not theta[3:].any():
        there[3:] &= False
    scale = np.sqrt(np.where(there, own, 1.0))
    kept = np.outer(there, there)
    inverse = np.linalg.pinv(np.where(kept, information / np.outer(scale, scale), 0.0), rcond=1e-10)
    return np.asarray(inverse / np.outer(scale, scale) * kept)
