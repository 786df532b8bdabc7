"""Protected attributes. Off by default: see the setting LIWA_PROTECTED_FEATURES."""

from liwa.insight.features import Column, feature
from liwa.insight.tables import Campus, Table

UNKNOWN = "the source does not say"
COLUMNS = (
    Column("sex", "protected", "sex", UNKNOWN, kind="category"),
    Column("age_band", "protected", "age band", UNKNOWN, kind="category"),
    Column("disability", "protected", "1 if a disability is recorded", UNKNOWN),
    Column("deprivation", "protected", "deprivation of the home area", UNKNOWN, kind="category"),
    Column("region", "protected", "home region", UNKNOWN, kind="category"),
)


@feature("protected", COLUMNS, protected=True)
def protected(campus: Campus, spine: Table) -> Table:
    """See COLUMNS."""
    people = campus.demographics
    people = people.select("sex", "age_band", "disability", "deprivation", "region", user=people.sourced_id)
    rows = spine.select("enrollment", "cutoff", "user").left_join(people, "user")
    return rows.mutate(disability=rows.disability.cast("int64"))
