"""The house as the code says it is: who may import whom, and how long a file may grow."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "fidelity"
FILES = sorted(PACKAGE.rglob("*.py"))
#: Floor by place, the lowest first. A file imports from its own floor's folder or from below.
FLOORS = [
    {"errors", "results", "statistics"},
    {"rubric"},
    {"collect"},
    {"tables"},
    {"scoring", "words"},
    {"counted", "examples", "simulate"},
    {"scorings", "readiness", "protocol"},
    {"dated", "expected", "footing"},
    {"analyses"},
    {"present"},
    {"cli"},
]
#: The one upward import: a result knows how to draw itself, inside the method.
UPWARD = {("analyses", "present"), ("results", "present")}
ONLY = {"narwhals": {"tables", "collect"}, "matplotlib": {"present"}, "click": {"cli"}}
#: The doctor asks which fonts there are.
EXCEPTIONS = {("cli", "matplotlib")}


def place(path: Path) -> str:
    """The room of a file: its folder, or its own name at the top."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


def imports(path: Path) -> set[tuple[str, bool]]:
    """Modules that a file imports, and whether at its top level (type checking aside)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(ast.iter_child_nodes(tree))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(alias.name, node in top) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add((node.module, node in top))
    return found


def floor(name: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if name in rooms)


ROOMS = [path for path in FILES if place(path) not in {"__init__", "__main__"}]


@pytest.mark.parametrize("path", ROOMS, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_data_flows_one_way(path: Path) -> None:
    here = place(path)
    for module, at_top in imports(path):
        if not module.startswith("fidelity."):
            continue
        there = module.split(".")[1]
        if there == here or (not at_top and (here, there) in UPWARD):
            continue
        assert floor(there) <= floor(here), f"{path.name} imports {module} from above"


@pytest.mark.parametrize("path", ROOMS, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_libraries_stay_in_their_rooms(path: Path) -> None:
    for module, _ in imports(path):
        rooms = ONLY.get(module.split(".")[0])
        if rooms and (place(path), module.split(".")[0]) not in EXCEPTIONS:
            assert place(path) in rooms, f"{path.name} imports {module}"


def test_analyses_never_import_one_another() -> None:
    """But for the parts of one analysis, whose files begin with its name."""
    for path in (PACKAGE / "analyses").glob("*.py"):
        own = path.stem.split("_")[0]
        for module, _ in imports(path):
            if module.startswith("fidelity.analyses."):
                other = module.split(".")[2].split("_")[0]
                assert other == own, f"{path.name}: {module}"


def test_statistics_know_nothing_of_the_house() -> None:
    for path in (PACKAGE / "statistics").rglob("*.py"):
        for module, _ in imports(path):
            known = module.startswith(("fidelity.statistics", "fidelity.errors"))
            assert not module.startswith("fidelity") or known, f"{path.name}: {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_has_one_subject_and_says_which(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 420
    assert not text or ast.get_docstring(ast.parse(text)) or path.name == "__init__.py"
