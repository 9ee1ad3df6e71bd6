"""Made-up lines with and without what points to a person; nobody in them exists.

Numbers are made with their check digits by another route than the guard's (trial of every check
digit against the published rule), telephone numbers lie in the ranges kept for drama.
"""

import random
import re

_FIRST = re.findall(
    r"\S+",
    """
    Kevin Sarah Mohammed Chloe Priya Tomasz Aisha Liam Niamh Daniel Zainab Owen Kayleigh Marcus
    Fatima Jade Connor Agnieszka Tyrone Siân
""",
)
_LAST = re.findall(
    r"\S+",
    """
    Okafor Smith Begum Kowalski Evans Patel O'Neill Brown Hussain Walker Nowak Grant-Lewis
    Adeyemi Hughes Chaudhry Marsh Reid Ali Doyle Price
""",
)
#: First names that no list of ours holds.
_RARE = re.findall(
    r"\S+",
    """
    Oluwaseun Xanthe Bronagh Demetrius Nneka Sorcha Ishaan Zofia Kwabena Ottilie
""",
)
_AREAS = re.findall(r"\S+", "LS B M SW1 N E SE BN CF EH G NE S YO HU WF BD HX")
_PLAIN = [
    line.strip()
    for line in """
    Visit on 12/03/2026, both parents present.
    Review moved to 4 May 2026.
    Score went from 3 to 7 at the last review.
    The plan was shared with school and health.
    Grace period agreed until the next meeting.
    Will be seen again in two weeks.
    Mark the change on the map.
    Hope was the word the child chose.
    Faith groups were named as support.
    Joy at being asked about her day.
    May be closed if the plan holds.
    No evidence of the child's view in 2025-26.
    Piece 2026-014 double scored.
    Ref C0289 moved to North.
    Danger statement is clear; goals are not.
    Mum and dad said the same as in June.
    Case 10458823 was opened in 2024.
    Section 47 enquiry ended; section 17 plan began.
    See page 4, item M2.
    Version 1.0.2 of the form.
    Cost code 400-1200-3400.
    Room 12, second floor.
    Band 3.5 of 5, 18 of 20 items.
    Summer holiday contact was agreed.
    Rose in confidence from 2 to 6.
    The court sits in April.
    A Signs of Safety map was made.
    Family Group Conference held.
    Child Protection plan ended.
    Social Worker changed twice.
    Team Manager signed it off.
    Times: 10:30 to 11:45.
    From 1 January to 31 March.
    Budget 07 of 12 months spent.
    Order no. 4471 was sent.
    Scaled 7/10 by the network.
    Words and pictures were used.
    Three Houses done with each child.
    Bottom lines: no contact without supervision.
    Network of 5 people named.
""".strip().splitlines()
]


def nhs(rng: random.Random) -> str:
    while True:
        nine = [rng.randint(0, 9) for _ in range(9)]
        for check in range(10):
            digits = [*nine, check]
            if sum((10 - n) * d for n, d in enumerate(digits)) % 11 == 0 and len(set(digits)) > 2:
                # weights 10 to 1: the sum with the check digit is a multiple of eleven
                text = "".join(map(str, digits))
                return rng.choice([text, f"{text[:3]} {text[3:6]} {text[6:]}",
                                   f"{text[:3]}-{text[3:6]}-{text[6:]}"])  # fmt: skip


def upn(rng: random.Random) -> str:
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    digits = [rng.randint(0, 9) for _ in range(12)]
    total = 0
    for weight, digit in zip(range(2, 14), digits, strict=True):
        total += weight * digit
    while total >= 23:
        total -= 23
    return letters[total] + "".join(map(str, digits))


def nino(rng: random.Random) -> str:
    head = rng.choice(["AB", "CE", "JK", "PW", "SR", "YX", "LA", "MA"])
    text = f"{head}{rng.randint(0, 999999):06}{rng.choice('ABCD')}"
    return rng.choice([text, f"{text[:2]} {text[2:4]} {text[4:6]} {text[6:8]} {text[8]}"])


def postcode(rng: random.Random) -> str:
    area = rng.choice(_AREAS)
    outward = f"{area}A" if area == "SW1" else f"{area}{rng.randint(1, 19)}"
    inward = f"{rng.randint(1, 9)}{rng.choice('ABDEFGHJLN')}{rng.choice('PQRSTUWXYZ')}"
    return rng.choice([f"{outward} {inward}", f"{outward}{inward}", f"{outward} {inward}".lower()])


def email(rng: random.Random) -> str:
    who = f"{rng.choice(_FIRST)}.{rng.choice(_LAST)}".lower().replace("'", "").replace("â", "a")
    return f"{who}{rng.choice(['', '7'])}@{rng.choice(['mail.example', 'council.example.uk'])}"


def phone(rng: random.Random) -> str:
    tail = f"{rng.randint(0, 999):03}"
    return rng.choice([f"07700 900{tail}", f"07700900{tail}", f"+44 7700 900{tail}",
                       f"0113 496 0{tail}", f"(0113) 496 0{tail}", f"020 7946 0{tail}",
                       f"+44 (0)20 7946 0{tail}", f"0191-498-0{tail}"])  # fmt: skip


def birth(rng: random.Random) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(2006, 2025)
    word = rng.choice(["DOB", "DOB:", "dob:", "born", "d.o.b.", "date of birth", "Born on"])
    months = "January February March April May June July August September October November December"
    when = rng.choice([
        f"{day:02}/{month:02}/{year}", f"{day}.{month}.{year}", f"{year}-{month:02}-{day:02}",
        f"{day} {months.split()[month - 1]} {year}", f"{day}/{month}/{year % 100:02}",
    ])  # fmt: skip
    return f"{word} {when}" if rng.random() < 0.8 else f"DOB{when}"


def name(rng: random.Random) -> str:
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    return rng.choice([f"{first} {last}", first, f"Mrs {last}", f"Mr. {last}", f"Dr {last}"])


def rare_name(rng: random.Random) -> str:
    return rng.choice([rng.choice(_RARE), f"{rng.choice(_RARE)} {rng.choice(_LAST)}"])


MAKERS = {
    "nhs": nhs, "upn": upn, "nino": nino, "postcode": postcode, "email": email, "phone": phone,
    "birth": birth, "name": name,
}  # fmt: skip
_AROUND = (
    "Seen with {} at home.", "{} was noted on the plan.", "The letter gives {}, which is old.",
    "Rang {} twice.", "See also {}; nothing changed.", "mother says {} (not checked)",
)  # fmt: skip


def lines(seed: int = 7, each: int = 45) -> list[tuple[str, str]]:
    """A kind ("" for none) and a line: so many of each kind, and the plain ones."""
    rng = random.Random(seed)
    found = [
        (kind, rng.choice(_AROUND).format(make(rng)))
        for kind, make in MAKERS.items()
        for _ in range(each)
    ]
    found += [("", line) for line in _PLAIN]
    found += [("", f"{line} {rng.choice(_PLAIN)}") for line in _PLAIN]
    return found


def rare_names(seed: int = 8, n: int = 40) -> list[str]:
    rng = random.Random(seed)
    return [rng.choice(_AROUND).format(rare_name(rng)) for _ in range(n)]


RARE = _RARE
