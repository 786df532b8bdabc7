"""Lines that are wrong on purpose, a handful, as real exports have them; all are lines of the first term."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from liwa.simulate.world import World

STRANGE_CARDS = ("99000001", "99000002", "99000003", "99000004", "99000005")


@dataclass(frozen=True)
class Planted:
    """Lines planted in one file. `refused`: a load must refuse them; else it takes them, for the reason given."""

    file: str
    reason: str
    refused: bool
    text: tuple[str, ...]
    lines: tuple[int, ...] = ()  # the heading is line 1

    def at(self, lines: tuple[int, ...]) -> "Planted":
        return replace(self, lines=lines)


def bad_enrollments(world: World) -> tuple[Planted, ...]:
    """An enrollment of somebody unknown."""
    klass = world.seasons[0].roster.class_ids[0]
    return (
        Planted(
            "sis.zip/enrollments.csv",
            "the user is not in users.csv",
            True,
            (
                f"enr-{klass[4:]}-stu-1999-0001,active,2025-09-01T01:00:00Z,{klass},org-SCI,stu-1999-0001,"
                "student,false,2025-09-01,,,,",
            ),
        ),
    )


def bad_results(world: World) -> tuple[Planted, ...]:
    """Results for line items that do not exist, and one of an impossible day."""
    klass, student = world.seasons[0].roster.class_ids[0], world.students.ids[0]
    tail = "2025-10-20T02:00:00Z"
    unknown = tuple(
        f"rst-{klass[4:]}-9{number}-{student},active,{tail},li-{klass[4:]}-9{number},{student},fully graded,80,"
        f"2025-10-20,,,{klass},false,false,false,false,2025-10-12T02:00:00Z"
        for number in range(1, 4)
    )
    impossible = (
        f"rst-{klass[4:]}-1-{student}-bad,active,{tail},li-{klass[4:]}-1,{student},fully graded,80,"
        f"2025-02-30,,,{klass},false,false,false,false,2025-10-12T02:00:00Z"
    )
    return (
        Planted("sis.zip/results.csv", "the line item is not in lineItems.csv", True, unknown),
        Planted("sis.zip/results.csv", "30 February is no date", True, (impossible,)),
    )


def bad_swipes() -> tuple[Planted, ...]:
    """Readings of cards nobody owns are kept until somebody does; an impossible time is refused."""
    strange = tuple(
        f"2025-09-1{day} 08:05:00,{card},entry,bld-gate-east,1.0,swipe"
        for day, card in enumerate(STRANGE_CARDS, 1)
    )
    return (
        Planted("card.csv", "nobody owns the card", False, strange),
        Planted(
            "card.csv",
            "there is no month 13",
            True,
            ("2025-13-01 08:05:00,99000001,entry,bld-gate-east,1.0,swipe",),
        ),
    )


def bad_loans() -> tuple[Planted, ...]:
    """A loan to nobody."""
    return (Planted("library.csv", "no reader is given", True, ("2025/09/12 10:20,,borrow,book,bk-0001",)),)


def repeated(line: str) -> tuple[Planted, ...]:
    """A session reported twice word for word: both are kept, as two."""
    return (Planted("lms.csv", "the same line twice", False, (line,)),)


def counted(planted: Sequence[Planted]) -> int:
    """How many lines a load of all files must refuse."""
    return sum(len(item.lines) for item in planted if item.refused)
