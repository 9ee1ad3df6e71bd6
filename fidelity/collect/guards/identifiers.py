"""Which numbers and addresses in a text point to a person.

NHS numbers and pupil numbers carry a check digit, which tells most of them from other numbers of
the same length (one in eleven, and one in 23, pass by chance). Every pattern has an upper limit
to each of its repeats, so that no text, however made, is slow to search.

Names are another matter: see `fidelity.collect.guards.names`.

Sources: NHS Data Dictionary, NHS number (modulus 11); Government Data Standards Catalogue,
Unique Pupil Number 2.0 (modulus 23, letters without I, O and S).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

#: What is looked for, and how a message names it.
KINDS: Mapping[str, str] = {
    "email": "an e-mail address",
    "upn": "a pupil number (UPN)",
    "nino": "a National Insurance number",
    "nhs": "an NHS number",
    "phone": "a telephone number",
    "postcode": "a postcode",
    "birth": "a date of birth",
    "date": "a full date",
    "name": "a name",
}
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_AREAS = frozenset(re.findall(r"[A-Z]+", """
    AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY
    E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE
    LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL
    SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE
"""))  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_BIRTH = re.compile(
    r"\b(?:d\.?o\.?b\b\.?|date of birth|born|birth ?day|birth ?date)", re.IGNORECASE
)
#: How far before or behind a date a word such as "born" may stand, in letters.
_NEAR = 30


@dataclass(frozen=True)
class Identifier:
    """Something in a text that points to a person: what it is, and where it stands."""

    kind: str
    start: int
    end: int


def _nhs(found: re.Match[str]) -> bool:
    digits = [int(d) for d in found[0] if d.isdigit()]
    check = 11 - sum(w * d for w, d in zip(range(10, 1, -1), digits, strict=False)) % 11
    return len(set(digits)) > 1 and check % 11 == digits[9] and check != 10


def _upn(found: re.Match[str]) -> bool:
    text = re.sub(r"[ -]", "", found[0]).upper()
    value = [int(c) if c.isdigit() else _UPN_LETTERS.index(c) for c in text[1:]]
    return _UPN_LETTERS[sum(n * v for n, v in enumerate(value, start=2)) % 23] == text[0]


def _nino(found: re.Match[str]) -> bool:
    return found[0][:2].upper() not in {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"}


def _postcode(found: re.Match[str]) -> bool:
    return found[1].upper() in _AREAS


def _phone(found: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", found[0])
    return 10 <= len(digits) <= 11 if digits[0] == "0" else 12 <= len(digits) <= 13


def _any(_: re.Match[str]) -> bool:
    return True


_DIGITS = r"(?<![0-9A-Za-z])(?<![0-9][-.,/])"
_END = r"(?![0-9A-Za-z])(?![-./][0-9])"
#: Pattern and check by kind, the surest first: what one has found the next does not look at.
_RULES: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
    ("email", re.compile(
        r"(?<![A-Za-z0-9._%+'-])[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"
    ), _any),
    ("upn", re.compile(
        _DIGITS + r"[A-HJ-NP-RT-Za-hj-np-rt-z](?:[ -]?[0-9]){11}[ -]?[0-9A-HJ-NP-RT-Za-hj-np-rt-z]"
        + _END
    ), _upn),
    ("nino", re.compile(
        _DIGITS + r"[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z]"
        r"[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[A-Da-d]" + _END
    ), _nino),
    ("nhs", re.compile(_DIGITS + r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}" + _END), _nhs),
    ("phone", re.compile(
        r"(?<![0-9A-Za-z])(?:\+44[ ]?(?:\(0\))?[ ]?|00[ ]?44[ ]?|\(?0)[1237]"
        r"(?:[ ()-]{0,2}[0-9]){8,9}"
        r"(?![0-9A-Za-z])"
    ), _phone),
    ("postcode", re.compile(
        r"(?<![0-9A-Za-z])([A-Za-z]{1,2})[0-9][0-9A-Za-z]?[ ]{0,2}"
        r"[0-9][ABD-HJLNP-UW-Zabd-hjlnp-uw-z]{2}(?![0-9A-Za-z])"
    ), _postcode),
)  # fmt: skip
#: A date may stand right behind letters ("DOB12/03/2011"), not behind digits.
_AFTER = r"(?<![0-9])(?<![0-9][-.,/])"
_DATES = (
    re.compile(_AFTER + r"([0-3]?[0-9])([/.-])([01]?[0-9])\2([0-9]{4}|[0-9]{2})(?![0-9A-Za-z])"),
    re.compile(_AFTER + r"([0-9]{4})([/.-])([01]?[0-9])\2([0-3]?[0-9])(?![0-9A-Za-z])"),
    re.compile(
        rf"(?<![0-9A-Za-z])([0-3]?[0-9])(?:st|nd|rd|th)?[ -]({_MONTH})[ ,-]{{1,2}}"
        r"([0-9]{4}|[0-9]{2})(?![0-9A-Za-z])",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b({_MONTH}) ([0-3]?[0-9])(?:st|nd|rd|th)?,? ([0-9]{{4}})(?![0-9A-Za-z])", re.IGNORECASE
    ),
    re.compile(_DIGITS + r"(0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])((?:19|20)[0-9]{2})" + _END),
    re.compile(_DIGITS + r"((?:19|20)[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])" + _END),
)


def identifiers(text: str) -> list[Identifier]:
    """Numbers, addresses and dates of birth in a text, in order; names are looked for apart.

    A full date counts as a date of birth only where the text says so nearby; else it is found as
    the kind "date", which is right in a note and wrong in a reference.
    """
    found: list[Identifier] = []
    for kind, pattern, is_one in _RULES:
        found += [
            Identifier(kind, match.start(), match.end())
            for match in pattern.finditer(text)
            if is_one(match) and not _overlaps(found, match.start(), match.end())
        ]
    for start, end in _dates(text):
        if not _overlaps(found, start, end):
            near = text[max(0, start - _NEAR) : start] + "|" + text[end : end + _NEAR]
            found.append(Identifier("birth" if _BIRTH.search(near) else "date", start, end))
    return sorted(found, key=lambda one: one.start)


def in_reference(text: str) -> list[Identifier]:
    """The same in a reference, where a date may stand beside letters (initials, say)."""
    found = identifiers(text)
    digits = re.sub(r"[A-Za-z]", " ", text)
    return found + [
        Identifier("date", start, end)
        for start, end in _dates(digits)
        if not _overlaps(found, start, end)
    ]


def _overlaps(found: list[Identifier], start: int, end: int) -> bool:
    return any(one.start < end and start < one.end for one in found)


def _dates(text: str) -> Iterator[tuple[int, int]]:
    """Where a day stands that there is in the calendar."""
    for number, pattern in enumerate(_DATES):
        for match in pattern.finditer(text):
            if number < 2:
                a, _, b, c = match.groups()
                day, month, year = (a, b, c) if number == 0 else (c, b, a)
            elif number < 4:
                a, b, year = match.groups()
                name, day = (b, a) if number == 2 else (a, b)
                month = str(_MONTHS.index(name[:3].lower()) + 1)
            else:
                a, month, c = match.groups()
                day, year = (a, c) if number == 4 else (c, a)
            if _is_day(day, month, year):
                yield match.start(), match.end()


def _is_day(day: str, month: str, year: str) -> bool:
    """Whether there is such a day, since anybody now alive was born."""
    try:
        return 1900 <= date(int(f"20{year}"[-4:]), int(month), int(day)).year <= 2100
    except ValueError:
        return False
