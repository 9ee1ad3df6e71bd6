"""Text that a spreadsheet would run as a formula is made harmless, and comes back as it was.

A cell that begins with =, +, -, @ or a tab starts a formula when a CSV file is opened, and a
formula can call programs. An apostrophe before it makes it text. The reader takes one apostrophe
away again, so that what is written and read keeps its value.
"""

from __future__ import annotations

import re

#: What starts a formula, also behind spaces and apostrophes.
_STARTS = re.compile(r"[\s']*[=+\-@\t\r＝＋－＠]")
_MADE_SAFE = re.compile(r"'[\s']*[=+\-@\t\r＝＋－＠]")


def neutral(text: str) -> str:
    """The text as it may stand in a file that a spreadsheet opens.

    A lone carriage return becomes a line feed: not every writer puts quotes around it, and the
    rest of the text would begin a row of its own.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if _STARTS.match(text) else text


def as_it_was(text: str) -> str:
    """The text before `neutral`."""
    return text[1:] if text[:1] == "'" and _MADE_SAFE.match(text) else text
