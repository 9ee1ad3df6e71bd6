"""`python -m fidelity.simulate sample_data` writes the two sample authorities again."""

from __future__ import annotations

import argparse
from pathlib import Path

from fidelity.simulate.samples import SEED, write_samples


def main() -> None:
    """Write the samples into the folder that is named."""
    parser = argparse.ArgumentParser(
        prog="python -m fidelity.simulate",
        description=f"Write the synthetic sample authorities `large` and `small` (seed {SEED}).",
    )
    parser.add_argument("folder", type=Path, help="where to; in the project: sample_data")
    for path in write_samples(parser.parse_args().folder):
        print(path)


if __name__ == "__main__":
    main()
