"""Run the notebooks on the sample data and keep what people read: text, tables, pictures.

    python notebooks/run.py [NN ...]

Widget state, execution times and the kernel's own version are left out, so that a run that
changes nothing changes no file.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent
WIDGET = "application/vnd.jupyter.widget-view+json"


def main() -> None:
    """Run the notebooks named by number, or all."""
    wanted = sys.argv[1:]
    for path in sorted(FOLDER.glob("[0-9][0-9]_*.ipynb")):
        if not wanted or path.name[:2] in wanted:
            run(path)
            print(f"ran {path.name}")


def run(path: Path) -> None:
    """Run one notebook from a clean kernel and write it back with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    os.environ.setdefault("PYTHONUTF8", "1")
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": folder}})
        client.execute()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    nbformat.write(notebook, path)


def _joined(outputs: list[Any]) -> list[Any]:
    """Printed text in one piece, as a kernel may send it in many; no forms."""
    kept: list[Any] = []
    for output in outputs:
        if WIDGET in output.get("data", {}):
            continue  # a form kept in a file looks alive, and takes nothing in
        last = kept[-1] if kept else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last["text"] += output.text
        else:
            kept.append(output)
    return kept


if __name__ == "__main__":
    main()
