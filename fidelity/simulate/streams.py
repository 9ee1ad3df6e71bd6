"""Random numbers by name: each part of a simulation has a stream of its own.

A stream depends on the seed and on what it is for, never on what was drawn before. So a further
rubric or team changes nothing in the others, and neither does the order in which they are made.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable

import numpy as np

from fidelity.errors import UsageError

#: `stream("case", "North")` is the generator of this part, always at its beginning.
Streams = Callable[..., np.random.Generator]


def streams_of(rng: int | np.random.Generator) -> Streams:
    """The streams of one simulation.

    Args:
        rng: a seed from 0 on, or a Generator, of which one number is drawn as the seed.

    Returns:
        A function from the words that name a part to its generator.

    Raises:
        UsageError: a seed that is not a whole number from 0 on.
    """
    if isinstance(rng, np.random.Generator):
        seed = int(rng.integers(2**63))
    else:
        try:
            seed = operator.index(rng)
        except TypeError:
            seed = -1
    if seed < 0:
        raise UsageError(f"rng={rng!r}; allowed: a whole number from 0 on, or a NumPy Generator.")

    def stream(*part: str | int) -> np.random.Generator:
        named = "\n".join(map(str, part)).encode()
        words = np.frombuffer(hashlib.sha256(named).digest()[:16], dtype="<u4")
        return np.random.default_rng([seed, *map(int, words)])

    return stream
