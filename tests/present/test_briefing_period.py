"""Of which time a briefing is, and with which earlier time that is compared."""

import pytest

from fidelity.errors import UsageError
from fidelity.present.briefing import briefing
from fidelity.present.briefing_period import Period, earlier, period_of
from tests.present.planted import Made


def quarters(*sizes: int) -> list[str]:
    """Dates in the middle of each quarter from January 2025 on, so many in each."""
    months = ["2025-02-10", "2025-05-10", "2025-08-10", "2025-11-10", "2026-02-10"]
    return [month for month, n in zip(months, sizes, strict=False) for _ in range(n)]


def ratings(make: Made, *sizes: int) -> object:
    days = quarters(*sizes)
    return make("cfsw_skills", len(days), date=days)


@pytest.mark.parametrize(
    ("sizes", "kind", "name", "n", "note"),
    [
        ((20, 12), "quarter", "April to June 2025", 12, ""),
        ((20, 10), "quarter", "April to June 2025", 10, ""),
        ((20, 3), "quarter", "January to March 2025", 20, "has begun since holds 3 observations"),
        ((20, 6, 5), "half_year", "April to September 2025", 11, "the last half-year is"),
        ((4, 3, 4, 3), "year", "January to December 2025", 14, "the last year is"),
        ((3, 1), "all", "all that was looked at", 4, "all that was looked at is"),
    ],
)
def test_the_latest_quarter_with_enough_or_what_comes_nearest(
    make: Made, sizes: tuple[int, ...], kind: str, name: str, n: int, note: str
) -> None:
    held = ratings(make, *sizes)
    period = period_of(held)  # type: ignore[arg-type]
    assert (period.kind, period.name) == (kind, name)
    assert period.n(held) == n  # type: ignore[arg-type]
    assert note in period.note
    assert bool(note) == bool(period.note)
    made = briefing(held)  # type: ignore[arg-type]
    assert made.headline.startswith(f"From {n} observation")
    assert (period.note in made.sentences) == bool(note and n >= 5) or n < 5


def test_a_period_can_be_asked_for(make: Made) -> None:
    held = ratings(make, 12, 6, 12)
    ways = ("quarter", "half_year", "year", "all", "2025-01-01..2025-06-30")
    told = {asked: briefing(held, period=asked).headline[:22] for asked in ways}  # type: ignore[arg-type]
    assert told == {
        "quarter": "From 12 observations d", "half_year": "From 18 observations d",
        "year": "From 30 observations d", "all": "From 30 observations d",
        "2025-01-01..2025-06-30": "From 18 observations d",
    }  # fmt: skip
    for wrong in ("month", "2025-01-01", "2025-06-30..2025-01-01", 3):
        with pytest.raises(UsageError, match="period"):
            briefing(held, period=wrong)  # type: ignore[arg-type]


def test_what_it_is_compared_with(make: Made) -> None:
    held = ratings(make, 12, 6, 12)
    latest = period_of(held)  # type: ignore[arg-type]
    name = {since: earlier(held, latest, since).name  # type: ignore[arg-type]
            for since in ("first", "previous", "2025-04-01")}  # fmt: skip
    assert name == {
        "first": "January to March 2025", "previous": "April to June 2025",
        "2025-04-01": "January to March 2025",
    }  # fmt: skip
    with pytest.raises(UsageError, match='"first" or "previous"'):
        earlier(held, latest, "the start")  # type: ignore[arg-type]
    alone = ratings(make, 12)
    assert earlier(alone, period_of(alone), "first") == Period("all")  # type: ignore[arg-type]


def test_concerns_of_every_time_stay_told(make: Made) -> None:
    days = quarters(3, 12)
    held = make("sos_case_file", 15, date=days,
                concern=lambda piece: "yes" if piece == 0 else "no")  # fmt: skip
    made = briefing(held)
    assert made.headline.startswith("From 12 files")
    assert [concern.piece for concern in made.concerns] == ["piece-000"]
