"""Reads the corpora: what is planted, and the sentences that must come back.

A case begins with `# its name`. In `rubric_faults.txt` the lines that begin with "-" are taken
out of `visit_record.yaml` and those with "+" put in their place ("@" stands between two that are
only taken out); in `ratings_faults.txt` the
plain lines are the file. `=>` begins each sentence that is to be told, in order. A backslash and
u with four digits stands for a character that could not be seen here.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
SOUND_RUBRIC = HERE / "visit_record.yaml"
#: Words of the libraries beneath, which nobody should have to read.
JARGON = re.compile(
    r"pydantic|ruamel|narwhals|traceback|exception|validat|input should|should (have|match)|"
    r"\b(tuple|dict|mapping|sequence|scalar|token|literal|regex|parser|null|none|nan|int|str|"
    r"dtype|float|object)\b|<[a-z]",
    re.IGNORECASE,
)


@dataclass
class Case:
    """One planted fault, or several, and what must be told."""

    name: str
    options: str = ""
    lines: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def edits(self) -> list[tuple[str, str]]:
        """Texts of the sound rubric and what takes their place."""
        edits: list[tuple[list[str], list[str]]] = []
        before = ""
        for line in self.lines:
            if line[0] == "-" and before != "-":
                edits.append(([], []))
            if line != "@":
                edits[-1][line[0] == "+"].append(line[1:])
            before = line[0]
        return [("\n".join(old), "\n".join(new)) for old, new in edits]


def cases(name: str) -> dict[str, Case]:
    """The cases of a corpus by name."""
    found: dict[str, Case] = {}
    text = (HERE / name).read_text(encoding="utf-8")
    text = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text)
    for line in text.split("\n"):
        if line.startswith("# "):
            title, _, options = line[2:].partition(" | ")
            assert title not in found, title
            case = found[title] = Case(title, options)
        elif line.startswith("=> "):
            case.told.append(line[3:])
        elif line.strip():
            case.lines.append(line)
    assert all(case.told for case in found.values())
    return found


def rubric_with(case: Case, text: str | None = None) -> str:
    """The sound rubric, or another text, with the case's faults planted in it."""
    text = SOUND_RUBRIC.read_text(encoding="utf-8") if text is None else text
    for old, new in case.edits:
        assert f"{old}\n" in text, (case.name, old)
        text = text.replace(f"{old}\n", f"{new}\n" if new else "", 1)
    return text
