"""What is set and how it was marked, as OneRoster 1.2 files: categories, line items, results, resources."""

import numpy as np

from liwa.simulate import tables as t
from liwa.simulate.archive import Export, records, stamp
from liwa.simulate.catalogue import FINAL, KIND_TITLES, KINDS, PAGE_TITLES, PAGES
from liwa.simulate.dirt import bad_results
from liwa.simulate.roster import schools_of
from liwa.simulate.terms import DAY
from liwa.simulate.world import Season, World


def item_ids(season: Season) -> t.Column:
    """`li-MATH101-2026A-3`, the third line item of the class."""
    classes = t.pick([sourced_id[4:] for sourced_id in season.roster.class_ids], season.items.klass)
    return t.join("li-", classes, "-", t.number(season.items.place + 1).cast("string"))


def write_line_items(export: Export) -> None:
    """categories.csv and lineItems.csv; line items not yet due are there with their day."""
    categories = [
        {"sourcedId": f"cat-{kind}", "title": title} for kind, title in zip(KINDS, KIND_TITLES, strict=True)
    ]
    export.write("categories", records(categories))
    export.write("lineItems", *(_item_rows(export.world, season) for season in export.world.seasons))


def _item_rows(world: World, season: Season) -> dict[str, t.Column]:
    items, start = season.items, season.term.start
    count = len(items.klass)
    titles = [item.title for course in world.courses.items for item in course]
    own = world.courses.item_start[season.roster.class_course[items.klass]] + items.place
    set_on = np.where(items.kind == FINAL, 0, np.maximum(items.day - 10, 0))
    return {
        "sourcedId": item_ids(season),
        "title": t.pick(titles, own),
        "assignDate": t.day(start + set_on * DAY),
        "dueDate": t.day(start + items.day * DAY),
        "classSourcedId": t.pick(season.roster.class_ids, items.klass),
        "categorySourcedId": t.pick([f"cat-{kind}" for kind in KINDS], items.kind),
        "academicSessionSourcedId": t.same(f"term-{season.term.code}", count),
        "resultValueMin": t.same("0", count),
        "resultValueMax": t.number(items.maximum),
        "schoolSourcedId": t.pick(schools_of(world, season), items.klass),
        "metadata.liwa.weight": t.number(items.weight),
        "metadata.liwa.kind": t.pick(KINDS, items.kind),
    } | stamp(count, np.full(count, start - 10 * DAY))


def write_results(export: Export) -> None:
    """results.csv."""
    parts = [_result_rows(export, season) for season in export.world.seasons]
    export.write("results", *parts, dirt=bad_results(export.world))


def _result_rows(export: Export, season: Season) -> dict[str, t.Column]:
    """Results as they stood: marked, handed in and waiting, or noted as missing."""
    world, work, as_of = export.world, season.work, export.as_of
    handed = ~np.isnan(work.score)
    known = np.flatnonzero(np.where(handed, work.submitted, work.marked) < as_of)
    handed, marked = handed[known], work.marked[known] < as_of
    enrollment, item = work.enrollment[known], work.item[known]
    changed = np.where(marked, work.marked[known], work.submitted[known])
    students = t.pick(world.students.ids, season.roster.student[enrollment])
    items = t.pick(item_ids(season), item)
    status = np.where(handed, np.where(marked, 0, 1), 2)
    count = len(known)
    return {
        "sourcedId": t.join("rst", t.cut(items, 2), "-", students),
        "lineItemSourcedId": items,
        "studentSourcedId": students,
        "scoreStatus": t.pick(["fully graded", "submitted", "not submitted"], status),
        "score": t.number(np.where(marked, work.score[known], np.nan)),
        "scoreDate": t.day(changed),
        "classSourcedId": t.pick(season.roster.class_ids, season.items.klass[item]),
        "inProgress": t.same("false", count),
        "incomplete": t.same("false", count),
        "late": t.flag(work.late[known]),
        "missing": t.flag(~handed),
        "metadata.liwa.submittedAt": t.where(handed, t.utc(np.where(handed, work.submitted[known], 0))),
    } | stamp(count, changed)


def resource_ids(season: Season) -> list[str]:
    """The pages of every class on the study platform: class after class, in the order of PAGES."""
    return [f"res-{klass[4:]}-{page}" for klass in season.roster.class_ids for page in PAGES]


def write_resources(export: Export) -> None:
    """resources.csv and classResources.csv: the pages each class has on the study platform."""
    resources, links = [], []
    for season in export.world.seasons:
        ids = resource_ids(season)
        count = len(ids)
        common = stamp(count, np.full(count, season.term.start - 5 * DAY))
        titles = t.text(PAGE_TITLES * (count // len(PAGES)))
        resources.append(
            {
                "sourcedId": t.text(ids),
                "vendorResourceId": t.text(ids),
                "title": titles,
                "roles": t.same("student", count),
                "importance": t.same("primary", count),
                "vendorId": t.same("example-lms", count),
            }
            | common
        )
        links.append(
            {
                "sourcedId": t.text(f"clr{name[3:]}" for name in ids),
                "title": titles,
                "classSourcedId": t.pick(
                    season.roster.class_ids, np.repeat(np.arange(count // len(PAGES)), len(PAGES))
                ),
                "resourceSourcedId": t.text(ids),
            }
            | common
        )
    export.write("resources", *resources)
    export.write("classResources", *links)
