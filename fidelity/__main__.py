"""`python -m fidelity`, for machines on which the `fidelity` script may not start."""

from fidelity.cli import main

if __name__ == "__main__":
    main()
