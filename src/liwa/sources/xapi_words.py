"""The words of events made of xAPI statements: verbs, kinds of activity, amounts."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

# Verbs that public vocabularies (Activity Streams, TinCan) have in the present tense.
REGULAR = """
access accept achieve acknowledge add agree annotate answer append approve archive ask assign attach attend
author authorize bookmark build call cancel check click close comment complete confirm connect consume create
delete deliver deny disagree discard discuss download earn edit enroll evaluate exit experience fail favorite
flag follow host ignore import initialize insert install interact invite join launch like listen load lock log
master mention move open pass pause perform persist place play post press progress preview print purchase qualify
rate receive register reject release remove rename reopen replace reply report request resolve resume retract
return review satisfy save score search seek select share skip sponsor start stop suspend tag terminate tie touch
trash unfavorite unfollow uninstall unlike unlock unsatisfy unsave unshare update upload use view visit vote waive
watch withdraw work
""".split()
IRREGULAR = {
    "at": "visited",
    "begin": "began",
    "buy": "bought",
    "checkin": "checked-in",
    "drop": "dropped",
    "find": "found",
    "forget": "forgot",
    "give": "gave",
    "leave": "left",
    "lose": "lost",
    "make": "made",
    "make-friend": "befriended",
    "read": "read",
    "remove-friend": "unfriended",
    "request-friend": "requested-friend",
    "rsvp-maybe": "answered-maybe",
    "rsvp-no": "declined",
    "rsvp-yes": "accepted",
    "run": "ran",
    "scan": "scanned",
    "see": "saw",
    "sell": "sold",
    "send": "sent",
    "speak": "spoke",
    "stop-following": "unfollowed",
    "stop": "stopped",
    "submit": "submitted",
    "tag": "tagged",
    "take": "took",
    "teach": "taught",
    "unflag": "unflagged",
    "win": "won",
    "withdraw": "withdrew",
    "write": "wrote",
    "drag": "dragged",
    "flag": "flagged",
    "log": "logged",
    "log-in": "logged-in",
    "log-out": "logged-out",
    "skip": "skipped",
    "quit": "quit",
    "draw": "drew",
    "cancel": "cancelled",
}
# What rosters and gradebooks say of line items and enrollments; a tool's word for the like goes by another.
RESERVED = {
    "registered": "enrolled",
    "withdrew": "left",
    "submitted": "handed-in",
    "scored": "marked",
    "banked": "credited",
}
KEPT = 10_000  # words remembered

DURATION = re.compile(
    r"P(?:(?P<weeks>[\d.,]+)W)?(?:(?P<years>[\d.,]+)Y)?(?:(?P<months>[\d.,]+)M)?(?:(?P<days>[\d.,]+)D)?"
    r"(?:T(?:(?P<hours>[\d.,]+)H)?(?:(?P<minutes>[\d.,]+)M)?(?:(?P<seconds>[\d.,]+)S)?)?"
)
MINUTES = {
    "years": 525_960.0,
    "months": 43_830.0,
    "weeks": 10_080.0,
    "days": 1_440.0,
    "hours": 60.0,
    "minutes": 1.0,
    "seconds": 1 / 60,
}


def _past(verb: str) -> str:
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied"
    return f"{verb}ed"


PAST = {verb: _past(verb) for verb in REGULAR} | IRREGULAR


@lru_cache(KEPT)
def verb_of(iri: str) -> str:
    """The last part of the verb's IRI in lower case and, where it is a known verb, in the past tense."""
    word = last_part(iri)
    word = PAST.get(word, word)
    return RESERVED.get(word, word)


@lru_cache(KEPT)
def last_part(iri: str) -> str:
    """What comes after the last `/`, `#` or `:` that has something after it, in lower case, `-` for blanks."""
    word = re.split(r"[/#:]", iri.rstrip("/#:"))[-1]
    return re.sub(r"[\s_]+", "-", unquote(word).strip().lower()) or iri


def amount_of(result: dict[str, Any]) -> tuple[float | None, str | None]:
    """A score in percent, else a duration in minutes, else nothing."""
    score = result.get("score") or {}
    percent = _percent(score)
    if percent is not None:
        return percent, "percent"
    minutes = minutes_of(result.get("duration") or "")
    return (None, None) if minutes is None else (minutes, "minute")


def _percent(score: dict[str, Any]) -> float | None:
    if score.get("scaled") is not None:
        return round(float(score["scaled"]) * 100, 6)
    raw, low, high = score.get("raw"), score.get("min") or 0, score.get("max")
    if raw is None or high is None or high <= low:
        return None
    return round(float((raw - low) / (high - low)) * 100, 6)


def minutes_of(duration: str) -> float | None:
    """An ISO 8601 duration in minutes, a month counted as a twelfth of 365.25 days; None where it is none."""
    found = DURATION.fullmatch(duration)
    if found is None or duration in ("P", "PT", ""):
        return None
    try:
        parts = {name: float(text.replace(",", ".")) for name, text in found.groupdict().items() if text}
    except ValueError:
        return None
    return round(sum(MINUTES[name] * number for name, number in parts.items()), 6)
