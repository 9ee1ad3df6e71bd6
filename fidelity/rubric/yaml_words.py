"""What a parser of YAML says when it gives up, in words for people who know no YAML."""

from __future__ import annotations

from ruamel.yaml.error import MarkedYAMLError

#: What the parser says, in part: what that means for who wrote the file, and what to do. The
#: first that fits is told.
_SYNTAX = (
    ("found character '\\t'", "a Tab at the beginning of the line", "use spaces"),
    ("found character", "text that begins with @, ` or %", "put it in double quotes"),
    (
        "mapping values are not allowed",
        "a colon too many, or a line that stands too far in",
        "put a text that holds a colon in double quotes, or begin the line below its neighbours",
    ),
    (
        "expected ':'",
        "a line without a colon",
        'write "key: value", or begin the line further in if it continues a text',
    ),
    (
        "<block end>",
        "a line that does not line up with those above",
        "begin it straight below its neighbours, with spaces; a text in quotes ends at its quote",
    ),
    ("sequence entries", "a list that begins in the wrong place",
     'begin the list below its key, each entry on a line of its own after "- "'),
    ("',' or ']'", "a list in [ ] that has no end, or lacks a comma", "check the commas and the ]"),
    ("',' or '}'", "keys in { } that have no end, or lack a comma",
     "check the commas and the }; put text with a comma in double quotes"),
    ("quoted scalar", "a quotation mark that is opened and not closed", "close it"),
    ("escape", "a backslash inside double quotes", "use single quotes around this text"),
    ("block scalar", "something after > or | on the same line",
     "write the text on the lines below, further in"),
    ("directive", "a line that begins with %", "delete it, or put it in double quotes"),
    ("tag", "text that begins with !", "put it in double quotes"),
    ("anchor", "text that begins with &", "put it in double quotes"),
    ("alias", "text that begins with *", "put it in double quotes"),
    ("", "a line that cannot be read", 'write "key: value", and put text with signs in quotes'),
)  # fmt: skip


def in_plain_words(error: Exception, quoted: tuple[int, int]) -> tuple[int, str, str]:
    """The line at fault, what stands there, and what to do.

    Args:
        error: what the parser raised.
        quoted: the lines on which the last text in quotes begins and ends.
    """
    said, line = str(error), 1
    if isinstance(error, MarkedYAMLError):
        said = f"{error.context} {error.problem}"
        began = any(part in said for part in (" flow ", "quoted scalar", "simple key"))
        mark = (error.context_mark if began else None) or error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
    if quoted[1] == line and "<block end>" in said:
        remedy = f"look at the quotes: these open on line {quoted[0]}"
        return line, "text behind a quotation mark that closes", remedy
    what, remedy = next((what, do) for part, what, do in _SYNTAX if part in said)
    return line, what, remedy
