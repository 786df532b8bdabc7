"""Invented names for people whom a data set does not name; the same id always gets the same name."""

import hashlib

GIVEN = (
    "Ada Alan Amina Arlo Bea Boris Carys Cleo Dara Dylan Edie Emeka Esme Faye Finn Gwen Hari Hugo Ida Imran"
    " Ines Isaac Jade Jonah Kai Kezia Lena Liam Lowri Maya Milo Nell Noor Olive Omar Owen Pia Priya Ravi Rhys"
    " Rosa Ruth Sami Sian Tess Theo Uma Vera Wren Yara Zane"
).split()
FAMILY = (
    "Abbot Adair Alder Ashby Barlow Beck Birch Blythe Bowen Brack Calder Carrow Cole Crane Dale Darrow Denby"
    " Eaves Elder Farrow Fenn Fielding Flint Garth Glover Hale Harrow Heath Holt Hurst Iden Kemp Kerr Lark Lisle"
    " Marsh Merrow Moss Nash Oakes Orme Pike Quill Reeve Rowe Sable Selby Stroud Thorne Vane Wade Weir Wilde"
    " Wren Yarrow"
).split()


def invented_name(person: str) -> tuple[str, str]:
    """(given, family) for the person with this id."""
    digest = hashlib.md5(person.encode(), usedforsecurity=False).digest()
    given = int.from_bytes(digest[:4], "big") % len(GIVEN)
    family = int.from_bytes(digest[4:8], "big") % len(FAMILY)
    return GIVEN[given], FAMILY[family]
