"""A notebook keeps its outputs: in a checkout of git they could be published with it.

So a kernel whose working folder lies in a working tree of git reads the made-up samples alone. It
is where the notebook lies that counts, not where the data do: outputs are what leaks. Programs and
commands are not held back, since they keep no outputs there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fidelity.errors import UsageError
from fidelity.rubric.places import sample_data_folder


def keep_out_of_git(data: str | Path) -> None:
    """Refuse to read anything but the samples in a notebook that lies in a git checkout.

    Args:
        data: a file or a folder that is about to be read or written.

    Raises:
        UsageError: this is such a notebook, and these are not the samples.
    """
    if not in_notebook() or not in_git(Path.cwd()):
        return
    if Path(data).resolve().is_relative_to(sample_data_folder().resolve()):
        return
    raise UsageError(
        "This notebook lies inside a git checkout, where its outputs could be published. Copy the "
        "notebooks to a folder of your own, and read your data there: fidelity open --data FOLDER "
        "does both."
    )


def in_git(folder: Path) -> bool:
    """Whether a folder lies in a working tree of git."""
    here = folder.resolve()
    return any((place / ".git").exists() for place in (here, *here.parents))


def in_notebook() -> bool:
    """Whether a kernel runs this; a program may have loaded the kernel's module and be none."""
    shell = sys.modules.get("IPython")
    return shell is not None and hasattr(shell.get_ipython(), "kernel")
