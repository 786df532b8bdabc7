"""Forum and video: whether students use what their class uses, where a feed tells them from the rest."""

import ibis

from liwa.insight.features import KEY, Column, feature
from liwa.insight.features.activity import covered
from liwa.insight.tables import Campus, Table, days_ago

DAYS = 28
# Parts of the words by which sources call them: resources' kinds, object types, xAPI activity types.
FORUM = ("forum", "discussion")
VIDEO = ("video", "recording", "lecture", "elluminate", "collaborate")

COLUMNS = (
    Column(
        "forum_days",
        "forum",
        f"days in the forum in the last {DAYS} days",
        "nobody in the class was",
        risk=-1,
    ),
    Column("forum_class", "forum", "share of the class that was", "nobody in the class was", learned=False),
    Column(
        "video_days",
        "video",
        f"days with a video in the last {DAYS} days",
        "nobody in the class had",
        risk=-1,
    ),
    Column("video_class", "video", "share of the class that had", "nobody in the class had", learned=False),
)


@feature("media", COLUMNS, activity=True)
def media(campus: Campus, spine: Table) -> Table:
    """See COLUMNS."""
    acts = campus.activity_days
    acts = acts.filter(acts.klass.notnull(), acts.kind.notnull())
    rows = spine.select(*KEY, "user", "klass", "at", today=spine.day)
    joined = rows.select(*KEY)
    for name, words in (("forum", FORUM), ("video", VIDEO)):
        used = _used(rows, acts.filter(_is(acts.kind, words)), name)
        joined = joined.left_join(used, list(KEY)).select(*joined.columns, f"{name}_days", f"{name}_class")
    return joined


def _is(kind: ibis.Expr, words: tuple[str, ...]) -> ibis.Expr:
    return ibis.or_(*[kind.lower().contains(word) for word in words])


def _used(rows: Table, acts: Table, name: str) -> Table:
    """Days of use by everyone of the classes in which somebody used it of late."""
    rows = rows.semi_join(covered(rows, acts, ["klass"], DAYS), ["klass", "cutoff"])
    seen = rows.inner_join(acts, ["user", "klass"])
    seen = seen.filter(seen.known <= seen["at"], seen.ends <= seen["at"])
    seen = seen.filter(days_ago(seen.today, seen.day) < DAYS)
    days = seen.group_by(*KEY).aggregate(days=seen.day.nunique())
    rows = rows.left_join(days, list(KEY)).select(*KEY, "klass", days=days.days.fill_null(0))
    of_class = ibis.window(group_by=["klass", "cutoff"])
    share = (rows.days > 0).cast("float64").mean().over(of_class)
    return rows.select(*KEY, **{f"{name}_days": rows.days, f"{name}_class": share})
