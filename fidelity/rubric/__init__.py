"""What good practice looks like, as data."""

from fidelity.rubric.model import Rubric
from fidelity.rubric.reader import read_rubric, rubric_from_text, rubric_ids

__all__ = ["Rubric", "read_rubric", "rubric_from_text", "rubric_ids"]
