"""Henderson's mixed model equations, solved for one set of variance ratios.

Notation of Bates, Mächler, Bolker & Walker (2015), "Fitting linear mixed-effects models using
lme4", Journal of Statistical Software 67(1): effects u = Λ v with v spherical, so that a zero
variance does no harm. H = I + Z Λ Λ' Z' is the covariance of y over the residual variance, and
P = H^-1 - H^-1 X (X' H^-1 X)^-1 X' H^-1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fidelity.statistics.crossproducts import (
    CHUNK,
    DENSE_SHARE,
    Crossproducts,
    FloatArray,
    IntArray,
)


@dataclass(frozen=True, slots=True, eq=False)
class Factorised:
    """The equations at one set of relative Cholesky factors Λ.

    Attributes:
        cross: the cross-products.
        factors: for each term its m x m lower triangle Λ.
        roots: inverse Cholesky factors of the local blocks, one (groups, b, b) array a bucket.
        T: sparse (B, B) `roots Λ'`, which whitens the local part.
        Y: sparse (B, c) `T R`: the dense columns as the local part explains them.
        L: (c, c) Cholesky factor of what remains of the dense columns; its last row is y's.
        residual: residual variance that maximises the restricted likelihood given Λ.
        criterion: -2 log restricted likelihood, at its largest over the residual variance.
    """

    cross: Crossproducts
    factors: tuple[FloatArray, ...]
    roots: tuple[FloatArray, ...]
    T: Any
    Y: Any
    L: FloatArray
    residual: float
    criterion: float


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Estimates and predictions at one set of variance ratios.

    Attributes:
        coefficients: (p,) fixed effects.
        effects: for each term (q, m) predicted effects u.
        scores: for each term (q, m) `Z' P y`.
        local: (B,) and dense: (c,) `Z' P y` laid out as the cross-products are; the part of
            X is 0 and the last entry of `dense`, `y' P y`, is not used.
        error: r'r, the sum of squared conditional residuals.
    """

    coefficients: FloatArray
    effects: tuple[FloatArray, ...]
    scores: tuple[FloatArray, ...]
    local: FloatArray
    dense: FloatArray
    error: float


def factorise(
    cross: Crossproducts, factors: Sequence[FloatArray], log_det_X: float = 0.0
) -> Factorised | None:
    """Eliminate the local part, then factorise the rest; None if not positive definite.

    Args:
        cross: the cross-products.
        factors: for each term the lower triangle Λ.
        log_det_X: log determinant to add where X was orthonormalised before.
    """
    from scipy.linalg import lapack

    spread = cross.local_factor(factors)
    roots: list[FloatArray] = []
    log_det = log_det_X
    for block in cross.blocks(spread.T @ cross.N @ spread):
        try:
            root = np.linalg.cholesky(block + np.eye(block.shape[1]))
        except np.linalg.LinAlgError:  # variances so large that the 1 is lost
            return None
        log_det += 2.0 * float(np.log(np.diagonal(root, axis1=1, axis2=2)).sum())
        roots.append(np.linalg.inv(root))
    T = _block_diagonal(cross, roots) @ spread.T
    Y = (T @ cross.R).tocsr()
    S = cross.D - _product(Y, Y)
    S = cross.scale_dense(S, factors)
    S = cross.scale_dense(np.ascontiguousarray(S.T), factors)
    diagonal = np.arange(cross.n_random)
    S[diagonal, diagonal] += 1.0
    L, failed = lapack.dpotrf(S.T, lower=1, clean=1, overwrite_a=1)
    if failed:
        return None
    log_det += 2.0 * float(np.log(np.diagonal(L)[:-1]).sum())
    df = cross.n - cross.p
    residual = float(L[-1, -1]) ** 2 / df
    if not residual > 0.0:
        return None
    return Factorised(
        cross=cross,
        factors=tuple(factors),
        roots=tuple(roots),
        T=T,
        Y=Y,
        L=L,
        residual=residual,
        criterion=log_det + df * (1.0 + math.log(2.0 * math.pi * residual)),
    )


def solve(fact: Factorised) -> Solution:
    """Fixed effects, predicted effects and `Z' P y`."""
    from scipy.linalg import solve_triangular

    cross = fact.cross
    inner = solve_triangular(fact.L[:-1, :-1], fact.L[-1, :-1], lower=True, trans="T")
    dense = cross.scale_dense(inner[None, :], [f.T for f in fact.factors])[0]
    weights = np.append(-dense, 1.0)
    local = fact.T.T @ (fact.T @ (cross.R @ weights))
    score_local, score_dense = cross.multiply(-local, weights)
    error = float(score_local @ -local + score_dense @ weights)
    return Solution(
        coefficients=dense[cross.n_random :],
        effects=_by_term(cross, local, dense),
        scores=_by_term(cross, score_local, score_dense),
        local=score_local,
        dense=score_dense,
        error=error,
    )


def inverse_sums(fact: Factorised) -> list[FloatArray]:
    """For each term the (m, m) sum over levels of what `inverse_blocks` gives one by one.

    Much faster: the local part needs only products of sparse rows, not the rows' whitened form.
    """
    from scipy.linalg import lapack

    cross = fact.cross
    lower, _ = lapack.dpotri(fact.L[:-1, :-1], lower=1)
    inverse = np.tril(lower) + np.tril(lower, -1).T
    out: list[FloatArray] = []
    for term, is_local, place in zip(cross.terms, cross.local, cross.places, strict=True):
        if is_local:
            out.append(np.zeros((term.width, term.width)))
        else:
            out.append(inverse[place[:, :, None], place[:, None, :]].sum(axis=0))
    turned = [f.T for f in fact.factors]
    inverse = cross.scale_dense(inverse, turned).T
    inverse = cross.scale_dense(np.ascontiguousarray(inverse), turned)
    U = (_block_diagonal(cross, [r.transpose(0, 2, 1) for r in fact.roots]) @ fact.Y).tocsr()
    own = [r.transpose(0, 2, 1) @ r for r in fact.roots]
    for k, place in enumerate(cross.places):
        if cross.local[k]:
            out[k] += _gather(cross, own, place).sum(axis=0)
            rows = [U[place[:, a]] for a in range(place.shape[1])]
            for a in range(len(rows)):
                for b in range(a + 1):
                    F = _product(rows[a], rows[b])[:-1, :-1]
                    added = float(np.vdot(F, inverse))
                    out[k][a, b] += added
                    out[k][b, a] += added if a != b else 0.0
    return out


def inverse_blocks(fact: Factorised) -> tuple[tuple[FloatArray, ...], FloatArray]:
    """Blocks of the inverse of the spherical equations, one a level, and the part of X.

    Returns:
        For each term a (q, m, m) array, and the (p, p) inverse of `X' H^-1 X`.
    """
    from scipy.linalg import lapack

    cross = fact.cross
    M, _ = lapack.dtrtri(np.asfortranarray(fact.L[:-1, :-1]), lower=1)
    out: list[FloatArray] = []
    local = _local_inverse(fact, M)
    for term, is_local, place in zip(cross.terms, cross.local, cross.places, strict=True):
        if is_local:
            out.append(_gather(cross, local, place))
        elif term.width == 1:
            out.append(np.einsum("ij,ij->j", M[:, place[:, 0]], M[:, place[:, 0]])[:, None, None])
        else:
            columns = M[:, place.ravel()].reshape(len(M), term.levels, term.width)
            out.append(np.einsum("iqa,iqb->qab", columns, columns))
    fixed = M[cross.n_random :, cross.n_random :]
    return tuple(out), fixed.T @ fixed


def half_solve(fact: Factorised, local: FloatArray, dense: FloatArray) -> FloatArray:
    """Whiten right-hand sides `[Z X]' w`: afterwards `w' P w = w'w - h'h`.

    Args:
        fact: the factorised equations.
        local: (B, k) products of w with the local columns.
        dense: (c, k) products with the dense columns; the last row (y) is not used.

    Returns:
        (B + c - 1, k).
    """
    from scipy.linalg import solve_triangular

    first = fact.T @ local
    rest = (dense - fact.Y.T @ first)[:-1]
    rest = fact.cross.scale_dense(np.ascontiguousarray(rest.T), fact.factors).T
    return np.vstack([first, solve_triangular(fact.L[:-1, :-1], rest, lower=True)])


def _by_term(cross: Crossproducts, local: FloatArray, dense: FloatArray) -> tuple[FloatArray, ...]:
    return tuple(
        (local if inside else dense)[place]
        for inside, place in zip(cross.local, cross.places, strict=True)
    )


def _block_diagonal(cross: Crossproducts, blocks: Sequence[FloatArray]) -> Any:
    """Sparse matrix of the buckets' blocks."""
    from scipy import sparse

    columns, values, counts = [], [], []
    for bucket, block in zip(cross.buckets, blocks, strict=True):
        firsts = bucket.start + np.arange(bucket.groups) * bucket.size
        within = np.tile(np.arange(bucket.size), bucket.size)
        columns.append((firsts[:, None] + within).ravel())
        values.append(block.ravel())
        counts.append(np.full(bucket.groups * bucket.size, bucket.size))
    bounds = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    parts = (np.concatenate(values), np.concatenate(columns), bounds)
    return sparse.csr_array(parts, shape=(cross.n_local, cross.n_local))


def _product(left: Any, right: Any) -> FloatArray:
    """`left' right` of two sparse matrices, as they are or written out in chunks."""
    rows, columns = left.shape
    if left.nnz <= DENSE_SHARE * rows * columns:
        product: FloatArray = (left.T @ right).toarray()
        return product
    total = np.zeros((columns, columns))
    step = max(1, CHUNK // columns)
    for start in range(0, rows, step):
        part = left[start : start + step].toarray()
        other = part if right is left else right[start : start + step].toarray()
        total += part.T @ other
    return total


def _local_inverse(fact: Factorised, M: FloatArray) -> list[FloatArray]:
    """Local blocks of the inverse: `root' (I + V V') root` with V = Y Λ M'."""
    cross = fact.cross
    spread = cross.scale_dense(M.copy(), [f.T for f in fact.factors]).T
    Y = fact.Y[:, :-1]
    sparse_enough = Y.nnz <= DENSE_SHARE * Y.shape[0] * Y.shape[1]
    out: list[FloatArray] = []
    for bucket, root in zip(cross.buckets, fact.roots, strict=True):
        inverse = np.empty_like(root)
        step = max(1, CHUNK // (bucket.size * Y.shape[1]))
        for g in range(0, bucket.groups, step):
            groups = slice(g, min(g + step, bucket.groups))
            at = slice(
                bucket.start + groups.start * bucket.size, bucket.start + groups.stop * bucket.size
            )
            V = (Y[at] if sparse_enough else Y[at].toarray()) @ spread
            V = V.reshape(-1, bucket.size, V.shape[1])
            inner = np.eye(bucket.size) + V @ V.transpose(0, 2, 1)
            inverse[groups] = root[groups].transpose(0, 2, 1) @ inner @ root[groups]
        out.append(inverse)
    return out


def _gather(cross: Crossproducts, blocks: Sequence[FloatArray], place: IntArray) -> FloatArray:
    """(q, m, m) diagonal blocks of one term out of the buckets' blocks."""
    q, m = place.shape
    out = np.empty((q, m, m))
    for bucket, block in zip(cross.buckets, blocks, strict=True):
        levels = np.flatnonzero((place[:, 0] >= bucket.start) & (place[:, 0] < bucket.stop))
        at = place[levels] - bucket.start
        group = at[:, 0] // bucket.size
        within = at % bucket.size
        out[levels] = block[group[:, None, None], within[:, :, None], within[:, None, :]]
    return out
