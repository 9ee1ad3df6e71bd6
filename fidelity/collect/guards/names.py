"""Names of people in a text, as far as they can be told.

No rule finds every name: "Hope", "Will" and "Summer" are words, and a family's own names are on
nobody's list. So what is found is warned about, what is not found is never promised to be absent,
and notes do not leave the authority whatever is found in them. The best help is a local list of
names (staff, children), which is held in memory, or kept as keyed hashes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fidelity.collect.delimited import decode, read_bytes
from fidelity.collect.guards.identifiers import Identifier
from fidelity.errors import FileError

#: First names that are common in England, typed from general knowledge; no list is complete.
_FIRST = frozenset(re.findall(r"[a-z]+", """
    aaliyah aaron abdul abdullah abigail adam adele agnieszka ahmed aidan aisha alan albert alex
    alexander alexandra alfie alice alicia alison amanda amelia amina amir amy ana andrea andrew
    andrzej angela anita ann anna anne annie anthony antonio archie arthur asha ashley aston ava
    ayesha barbara beatrice becky ben benjamin bernard beth bethany betty bilal brandon brian
    bridget callum cameron carl carol caroline catherine chantelle charles charlie charlotte
    chloe chris christina christine christopher claire clara colin connor courtney craig cynthia
    daisy damian daniel danielle darren dave david dawn debbie deborah denise dennis derek diana
    diane dominic donna dorothy duncan dylan eddie edith edward eleanor elena eliza elizabeth ella
    ellen ellie elliot elsie emily emma eric erin ethan eva evan eve evelyn evie fatima fatima
    felicity fiona florence frances francesca francis frank fred freddie frederick freya gareth
    gary gavin gemma geoffrey george georgia georgina gerald gillian glenn gordon graham grzegorz
    hamza hannah harriet harry harvey hassan hayley hazel heather heidi helen henry holly howard
    hugh hussein ian ibrahim imogen imran irene isaac isabel isabella isabelle isla ismail ivan
    ivy jack jackie jacob jacqueline jade jake jamal james jamie jan jane janet janice jasmine
    jason jayden jean jeffrey jenna jennifer jenny jeremy jess jessica jill jim jo joan joanna
    joanne joe joel john jonathan jordan joseph josh joshua joyce juan judith julia julian julie
    kai karen karl kasia kate katherine kathleen katie kayleigh keith kelly ken kenneth kerry
    kevin khadija kieran kim kirsty krystyna kyle lara laura lauren lee leon leonard leah lewis
    liam lily linda lisa logan lorraine louis louise lucas lucy luke lydia lynn maisie malcolm
    marcus margaret maria marie marion martin mary maryam matilda matthew maureen max maya megan
    mehmet melanie melissa mia michael michelle mike millie mo mohamed mohammad mohammed molly
    monica muhammad musa nadia naomi natalie natasha nathan neil niamh nicholas nicola nicole
    nigel noah nora oliver olivia omar oscar owen patricia patrick paul paula pauline peter phil
    philip phoebe piotr poppy priya rachel raj rajesh rebecca reece rhys richard rob robert robin
    rory rosemary rosie ross roy ruby russell ruth ryan sadia sally sam samantha samir samuel sana
    sandra sara sarah scarlett scott sean shannon sharon shaun sheila shirley sian simon sofia
    sonia sophia sophie stacey stanley stella stephanie stephen steve steven stuart sue susan
    suzanne sylvia tanya tara tariq teresa terry thea theo theresa thomas tim timothy tina toby
    tom tomasz tony tracey tracy trevor usman valerie vanessa vera veronica vicky victor vincent
    violet wayne wendy william yasmin yusuf yvonne zac zachary zainab zara zoe
"""))  # fmt: skip
#: First names that are words or places as well: a name only beside another name.
_ALSO_WORDS = frozenset(re.findall(r"[a-z]+", """
    april art autumn bill bob brook carter chance chase christian crystal dale dean destiny drew
    earl ernest faith frank gale gene glen grace grant guy hall harmony heath honey hope hunter
    jewel joy june justice lane mark mason may miles olive pat penny pearl pierce ray reed rich rose
    rusty sandy skip skye star stone storm summer tate trinity troy victoria wade ward will woody
"""))  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+){0,3}")
_TITLE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Lady|Aunt(?:ie|y)?|Uncle|Nan|Grandma|Grandad)\b\.?"
    r"[ ]{1,2}((?:[A-Z][^\W\d_]{0,30}['’-]?){1,3})"
)
#: Words with a capital that follow a first name and do not make it a full name.
_NOT_SURNAMES = frozenset({
    "and", "the", "house", "school", "street", "road", "team", "centre", "hospital", "i", "a",
})  # fmt: skip
#: A reference with one of these is to a place, a role or a group, not to a person.
_NOT_A_PERSON = frozenset(re.findall(r"[a-z]+", """
    adviser advocate assessment assistant audit auditor authority care carer case central centre
    chair chief child children city council county court deputy director district duty east edge
    example external family file form foster group head health hub independent inspector interview
    lead leader locality looked manager midlands moderator north observation of officer panel
    partner peer person piece plan police practice practitioner protection quality referral
    reviewing safeguarding school senior service session social south staff supervision supervisor
    support synthetic team test the unit visit west worker youth
"""))  # fmt: skip
_HASHED = "hmac-sha256:"
_MOST = 5_000_000


def folded(word: str) -> str:
    """A name as lists hold it: no accents, no capitals, no apostrophes."""
    letters = unicodedata.normalize("NFKD", word)
    return "".join(c for c in letters if c.isalpha()).casefold()


@dataclass(frozen=True)
class NameList:
    """Names that an authority keeps of its own staff and children.

    Attributes:
        plain: names as `folded` gives them.
        hashed: keyed hashes of such names, in hexadecimal.
        key: the key of the hashes.
    """

    plain: frozenset[str] = frozenset()
    hashed: frozenset[str] = frozenset()
    key: bytes = field(default=b"", repr=False)

    def __contains__(self, word: str) -> bool:
        name = folded(word)
        if len(name) < 2:
            return False
        return name in self.plain or bool(self.hashed and _hash(name, self.key) in self.hashed)

    def __repr__(self) -> str:
        return f"NameList({len(self.plain) + len(self.hashed)} names)"

    @classmethod
    def of(cls, names: Iterable[str]) -> NameList:
        """A list held in memory; each part of a name counts."""
        return cls(frozenset(folded(word) for name in names for word in _WORD.findall(name)))

    @classmethod
    def from_file(cls, path: Path, key: bytes = b"") -> NameList:
        """A list from a text file: a name a line, or keyed hashes as `hashed_lines` makes them.

        Raises:
            FileError: it cannot be read, or holds hashes and no key was given.
        """
        text, _ = decode(read_bytes(path, _MOST), path.name)
        lines = [line.strip() for line in text.splitlines()]
        hashes = frozenset(l.removeprefix(_HASHED) for l in lines if l.startswith(_HASHED))  # noqa: E741
        if hashes and not key:
            raise FileError(
                f"{path.name}: its names are kept as hashes; the key that made them is needed "
                "(--key)."
            )
        plain = cls.of(line for line in lines if not line.startswith((_HASHED, "#")))
        return cls(plain.plain, hashes, key)


def hashed_lines(names: Iterable[str], key: bytes) -> Iterator[str]:
    """The lines of a name list that can be kept without holding the names."""
    for name in sorted(NameList.of(names).plain):
        yield _HASHED + _hash(name, key)


def _hash(name: str, key: bytes) -> str:
    return hmac.new(key, f"name\0{name}".encode(), hashlib.sha256).hexdigest()[:32]


def names_in(text: str, known: NameList | None = None) -> list[Identifier]:
    """Where names seem to stand in a text: after a title, from the list, or a first name.

    A word that is also a word ("Grace", "Mark") counts only beside another name.
    """
    known = known or NameList()
    found = [Identifier("name", m.start(), m.end()) for m in _TITLE.finditer(text)]
    words = list(_WORD.finditer(text))
    for n, word in enumerate(words):
        if not word[0][0].isupper():
            continue
        full = n + 1 < len(words) and _is_surname(text, word, words[n + 1])
        listed = any(part in known for part in re.split(r"['’-]", word[0])) or word[0] in known
        first = folded(word[0])
        sure = listed or (first in _FIRST and first not in _ALSO_WORDS)
        if not (sure or (full and first in _ALSO_WORDS)):
            continue
        end = words[n + 1].end() if full else word.end()
        if not any(one.start < end and word.start() < one.end for one in found):
            found.append(Identifier("name", word.start(), end))
    return sorted(found, key=lambda one: one.start)


def _is_surname(text: str, word: re.Match[str], after: re.Match[str]) -> bool:
    """Whether the next word could be a surname: a capital, and nothing but a space between."""
    return (
        text[word.end() : after.start()] in {" ", "  "}
        and after[0][0].isupper()
        and len(after[0]) > 1
        and folded(after[0]) not in _NOT_SURNAMES
    )


def looks_like_a_name(text: str, known: NameList | None = None) -> bool:
    """Whether a reference to one person is that person's name.

    Two words of letters alone ("Kim Wong", "Smith, John"), or one that is a common first name or
    on the list. A code such as "North" or "KW" passes.
    """
    known = known or NameList()
    words = _WORD.findall(text)
    if any(word in known for word in words):
        return True
    if any(c.isdigit() or c == "_" for c in text) or not words:
        return False
    if any(folded(word) in _FIRST for word in words):
        return True
    if any(folded(word) in _NOT_A_PERSON for word in words):
        return False
    capitals = [word for word in words if len(word) > 1 and word[0].isupper()]
    return len(words) >= 2 and len(capitals) == len(words)
