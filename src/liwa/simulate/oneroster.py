"""`sis.zip`: the campus as a OneRoster 1.2 CSV export in bulk mode, as of an instant.

Headings are those of the 1EdTech OneRoster 1.2.1 CSV binding, with Liwa's `metadata.liwa.*` columns at the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from liwa.simulate import tables as t
from liwa.simulate.catalogue import (
    COURSES,
    DEPARTMENTS,
    FINAL,
    HONOURS,
    KIND_TITLES,
    KINDS,
    PAGE_TITLES,
    PAGES,
    SCHOOLS,
    UNIVERSITY,
)
from liwa.simulate.dirt import Planted, bad_enrollments, bad_results
from liwa.simulate.people import PRIOR
from liwa.simulate.terms import DAY, HOUR, TERMS, Ints, instant
from liwa.simulate.world import Season, World

_COMMON = "sourcedId,status,dateLastModified,"
HEADERS = {
    "academicSessions": _COMMON + "title,type,startDate,endDate,parentSourcedId,schoolYear",
    "categories": _COMMON + "title,weight",
    "classes": _COMMON + "title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,"
    "termSourcedIds,subjects,subjectCodes,periods",
    "classResources": _COMMON + "title,classSourcedId,resourceSourcedId",
    "courses": _COMMON + "schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes",
    "demographics": _COMMON + "birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,"
    "nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,"
    "countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus",
    "enrollments": _COMMON + "classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate,"
    "metadata.liwa.priorEducation,metadata.liwa.credits,metadata.liwa.attempts",
    "lineItems": _COMMON + "title,description,assignDate,dueDate,classSourcedId,categorySourcedId,"
    "academicSessionSourcedId,resultValueMin,resultValueMax,schoolSourcedId,metadata.liwa.weight,"
    "metadata.liwa.kind",
    "orgs": _COMMON + "name,type,identifier,parentSourcedId",
    "resources": _COMMON + "vendorResourceId,title,roles,importance,vendorId,applicationId",
    "results": _COMMON + "lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,comment,textScore,"
    "classSourcedId,inProgress,incomplete,late,missing,metadata.liwa.submittedAt",
    "roles": _COMMON + "userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId",
    "users": _COMMON + "enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,"
    "phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,"
    "preferredFamilyName,primaryOrgSourcedId,pronouns",
}
ABSENT = (
    "courseResources",
    "lineItemLearningObjectiveIds",
    "lineItemScoreScales",
    "resultLearningObjectiveIds",
    "resultScoreScales",
    "scoreScales",
    "userProfiles",
    "userResources",
)
FOUNDED = int(np.datetime64("2023-08-20", "s").astype(np.int64))


@dataclass
class Export:
    """The archive under way: rows written by file, and what is wrong on purpose."""

    world: World
    as_of: int
    archive: ZipFile
    rows: dict[str, int] = field(default_factory=dict)
    planted: list[Planted] = field(default_factory=list)

    def write(self, name: str, *parts: Mapping[str, t.Column], dirt: tuple[Planted, ...] = ()) -> None:
        """One file: parts of columns, then the lines that are wrong on purpose."""
        with t.member(self.archive, f"{name}.csv") as stream:
            file = t.CsvFile(stream, HEADERS[name].split(","))
            for part in parts:
                file.add(part)
            self.planted += [planted.at(file.add_lines(planted.text)) for planted in dirt]
        self.rows[f"sis.zip/{name}.csv"] = file.rows


def write_sis(path: Path, world: World, as_of: int) -> Export:
    """Write the archive. `as_of` is the campus second before which all it says had happened."""
    with ZipFile(path, "w") as archive:
        export = Export(world, as_of, archive)
        _manifest(export)
        _orgs(export)
        _sessions(export)
        _courses(export)
        _classes(export)
        _users(export)
        _roles(export)
        _demographics(export)
        _enrollments(export)
        _line_items(export)
        _results(export)
        _resources(export)
    return export


def _manifest(export: Export) -> None:
    lines = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.2"]
    modes = {name: "bulk" for name in HEADERS} | dict.fromkeys(ABSENT, "absent")
    lines += [f"file.{name},{modes[name]}" for name in sorted(modes, key=str.lower)]
    lines += ["source.systemName,Liwa simulator", "source.systemCode,liwa-simulate"]
    with t.member(export.archive, "manifest.csv") as stream:
        stream.write("".join(f"{line}\n" for line in lines).encode())
    export.rows["sis.zip/manifest.csv"] = len(lines) - 1


def _records(rows: list[dict[str, str]], changed: int = FOUNDED) -> dict[str, t.Column]:
    """A few rows given one by one, all active and last changed at the same time."""
    columns = {name: t.text(row[name] for row in rows) for name in rows[0]}
    return columns | _stamp(len(rows), np.full(len(rows), changed))


def _stamp(count: int, changed: Ints) -> dict[str, t.Column]:
    return {"status": t.same("active", count), "dateLastModified": t.utc(changed)}


def _orgs(export: Export) -> None:
    rows = [{"sourcedId": UNIVERSITY[0], "name": UNIVERSITY[1], "type": "district", "parentSourcedId": ""}]
    for code, title, departments in SCHOOLS:
        school = f"org-{code}"
        rows.append({"sourcedId": school, "name": title, "type": "school", "parentSourcedId": UNIVERSITY[0]})
        rows += [
            {"sourcedId": f"org-{part}", "name": name, "type": "department", "parentSourcedId": school}
            for part, name in departments
        ]
    rows.append({"sourcedId": HONOURS[0], "name": HONOURS[1], "type": "school", "parentSourcedId": UNIVERSITY[0]})
    export.write("orgs", _records([row | {"identifier": row["sourcedId"][4:].upper()} for row in rows]))


def _sessions(export: Export) -> None:
    years = sorted({term.year for term in TERMS})
    rows = [
        {
            "sourcedId": f"year-{year}",
            "title": f"{year}–{year + 1}学年 School year",
            "type": "schoolYear",
            "startDate": f"{year}-09-01",
            "endDate": f"{year + 1}-08-31",
            "parentSourcedId": "",
            "schoolYear": str(year + 1),
        }
        for year in years
    ] + [
        {
            "sourcedId": f"term-{term.code}",
            "title": term.title,
            "type": "term",
            "startDate": term.starts_on.isoformat(),
            "endDate": term.ends_on.isoformat(),
            "parentSourcedId": f"year-{term.year}",
            "schoolYear": str(term.year + 1),
        }
        for term in TERMS
    ]
    export.write("academicSessions", _records(rows))


def _courses(export: Export) -> None:
    rows = [
        {
            "sourcedId": f"crs-{code}",
            "title": title,
            "courseCode": code,
            "orgSourcedId": f"org-{code[:4]}",
            "subjects": DEPARTMENTS[place].title.split()[-1],
        }
        for (code, title, _), place in zip(COURSES, export.world.courses.department, strict=False)
    ]
    export.write("courses", _records(rows))


def _classes(export: Export) -> None:
    export.write("classes", *(_class_rows(export.world, season) for season in export.world.seasons))


def _class_rows(world: World, season: Season) -> dict[str, t.Column]:
    rows = []
    for sourced_id, course, section in zip(
        season.roster.class_ids, season.roster.class_course, season.roster.class_section, strict=True
    ):
        code, title, _ = COURSES[course]
        school = SCHOOLS[DEPARTMENTS[world.courses.department[course]].school][0]
        rows.append(
            {
                "sourcedId": sourced_id,
                "title": title if section == 0 else f"{title} ({section + 1})",
                "courseSourcedId": f"crs-{code}",
                "classCode": f"{code}-{season.term.code}-{section + 1:02d}",
                "classType": "scheduled",
                "location": f"教学楼 {int(course) % 5 + 1}{section % 9 + 1:02d}",
                "schoolSourcedId": f"org-{school}",
                "termSourcedIds": f"term-{season.term.code}",
                "periods": f"{int(course) % 5 + 1}-{(int(course) + int(section)) % 5 + 1}",
            }
        )
    return _records(rows, season.term.start - 30 * DAY)


def _users(export: Export) -> None:
    world, people = export.world, export.world.students
    gone = world.left_at < export.as_of
    entered = _entered(people.cohort)
    usernames = t.text(name.username for name in people.names)
    students = {
        "sourcedId": t.text(people.ids),
        "enabledUser": t.flag(~gone),
        "username": usernames,
        "givenName": t.text(name.given for name in people.names),
        "familyName": t.text(name.family for name in people.names),
        "identifier": t.text(sourced_id[4:].replace("-", "") for sourced_id in people.ids),
        "email": t.join(usernames, "@example.edu"),
        "primaryOrgSourcedId": t.pick([f"org-{part.code}" for part in DEPARTMENTS], people.department),
    } | _stamp(len(people), np.where(gone, world.left_at, entered))
    workers = [
        {
            "sourcedId": sourced_id,
            "enabledUser": "true",
            "username": name.username,
            "givenName": name.given,
            "familyName": name.family,
            "identifier": sourced_id.upper(),
            "email": f"{name.username}@example.edu",
            "primaryOrgSourcedId": org,
        }
        for sourced_id, name, _, org in workers_of(world)
    ]
    export.write("users", students, _records(workers))


def _entered(cohort: Ints) -> Ints:
    """The instant at which a cohort's records are made: the 25th of August, 9 o'clock."""
    days = np.array([f"{year}-08-25" for year in cohort], "datetime64[s]")
    return days.astype(np.int64) + 9 * HOUR


def workers_of(world: World) -> list[tuple[str, "object", str, str]]:
    """Everyone on the staff: id, name, OneRoster role, org."""
    teachers = [(i, n, "teacher", f"org-{DEPARTMENTS[place].code}") for i, n, place in world.staff.teachers]
    advisers = [
        (i, n, "counselor", f"org-{SCHOOLS[place][0]}" if place >= 0 else HONOURS[0])
        for i, n, place in world.staff.advisers
    ]
    officers = [(i, n, role, UNIVERSITY[0]) for i, n, role, _ in world.staff.officers]
    return [*teachers, *advisers, *officers]


def _roles(export: Export) -> None:
    world, people = export.world, export.world.students
    ids = t.text(people.ids)
    gone = world.left_at < export.as_of
    entered = _entered(people.cohort)
    first = {
        "sourcedId": t.join("rol-", ids),
        "userSourcedId": ids,
        "roleType": t.same("primary", len(people)),
        "role": t.same("student", len(people)),
        "beginDate": t.day(entered),
        "endDate": t.where(gone, t.day(np.where(gone, world.left_at - DAY, 0))),
        "orgSourcedId": t.pick([f"org-{part.code}" for part in DEPARTMENTS], people.department),
    } | _stamp(len(people), np.where(gone, world.left_at, entered))
    chosen = np.flatnonzero(people.honours)
    second = {name: column.take(chosen) for name, column in first.items()}
    second["sourcedId"] = t.join(second["sourcedId"], "-2")
    second["roleType"] = t.same("secondary", len(chosen))
    second["orgSourcedId"] = t.same(HONOURS[0], len(chosen))
    workers = [
        {"sourcedId": f"rol-{i}", "userSourcedId": i, "roleType": "primary", "role": role, "orgSourcedId": org}
        for i, _, role, org in workers_of(world)
    ]
    export.write("roles", first, second, _records(workers))


def _demographics(export: Export) -> None:
    people = export.world.students
    september = np.array([f"{year}-09-01" for year in people.cohort], "datetime64[D]")
    born = (september - people.age).astype("datetime64[s]").astype(np.int64)
    columns = {
        "sourcedId": t.text(people.ids),
        "birthDate": t.day(born),
        "sex": t.pick(["male", "female"], people.female.astype(np.int64)),
    }
    export.write("demographics", columns | _stamp(len(people), _entered(people.cohort)))


def _enrollments(export: Export) -> None:
    seasons = export.world.seasons
    students = [_student_enrollments(export, season) for season in seasons]
    teachers = [_teacher_enrollments(export.world, season) for season in seasons]
    export.write("enrollments", *students, *teachers, dirt=bad_enrollments(export.world))


def enrollment_ids(world: World, season: Season) -> t.Column:
    """`enr-MATH101-2026A-stu-2024-0001`, one for each student enrollment of the term."""
    classes = t.pick([sourced_id[4:] for sourced_id in season.roster.class_ids], season.roster.klass)
    return t.join("enr-", classes, "-", t.pick(world.students.ids, season.roster.student))


def registered_at(season: Season) -> Ints:
    return season.term.start + season.roster.registered * DAY + 9 * HOUR


def _schools(world: World, season: Season) -> t.Column:
    """The school of each class of the term."""
    departments = world.courses.department[season.roster.class_course]
    return t.text(f"org-{SCHOOLS[DEPARTMENTS[place].school][0]}" for place in departments)


def _student_enrollments(export: Export, season: Season) -> dict[str, t.Column]:
    world, roster = export.world, season.roster
    count, at = len(roster), season.withdrawn_at
    out = at < export.as_of
    ended = instant(season.term.ends_on) < export.as_of
    last_day = np.where(out, np.where(out, at, DAY) - DAY, instant(season.term.ends_on))
    columns = {
        "sourcedId": enrollment_ids(world, season),
        "classSourcedId": t.pick(roster.class_ids, roster.klass),
        "schoolSourcedId": t.pick(_schools(world, season), roster.klass),
        "userSourcedId": t.pick(world.students.ids, roster.student),
        "role": t.same("student", count),
        "primary": t.same("false", count),
        "beginDate": t.day(registered_at(season)),
        "endDate": t.where(out | ended, t.day(last_day)),
        "metadata.liwa.priorEducation": t.pick(PRIOR, world.students.prior[roster.student]),
        "metadata.liwa.credits": t.number(roster.load[roster.student]),
        "metadata.liwa.attempts": t.number(roster.attempts),
    } | _stamp(count, np.where(out, at, registered_at(season)))
    known = np.flatnonzero(registered_at(season) < export.as_of)
    return {name: column.take(known) for name, column in columns.items()}


def _teacher_enrollments(world: World, season: Season) -> dict[str, t.Column]:
    teachers = t.pick([sourced_id for sourced_id, _, _ in world.staff.teachers], season.teachers)
    classes = t.text(season.roster.class_ids)
    count = len(classes)
    return {
        "sourcedId": t.join("enr-", t.text(name[4:] for name in season.roster.class_ids), "-", teachers),
        "classSourcedId": classes,
        "schoolSourcedId": _schools(world, season),
        "userSourcedId": teachers,
        "role": t.same("teacher", count),
        "primary": t.same("true", count),
        "beginDate": t.same(season.term.starts_on.isoformat(), count),
    } | _stamp(count, np.full(count, season.term.start - 20 * DAY))


def item_ids(season: Season) -> t.Column:
    """`li-MATH101-2026A-3`, the third line item of the class."""
    classes = t.pick([sourced_id[4:] for sourced_id in season.roster.class_ids], season.items.klass)
    return t.join("li-", classes, "-", t.number(season.items.place + 1).cast("string"))


def _line_items(export: Export) -> None:
    categories = [
        {"sourcedId": f"cat-{kind}", "title": title} for kind, title in zip(KINDS, KIND_TITLES, strict=True)
    ]
    export.write("categories", _records(categories))
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
        "schoolSourcedId": t.pick(_schools(world, season), items.klass),
        "metadata.liwa.weight": t.number(items.weight),
        "metadata.liwa.kind": t.pick(KINDS, items.kind),
    } | _stamp(count, np.full(count, start - 10 * DAY))


def _results(export: Export) -> None:
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
        "sourcedId": t.join("rst", _tail(items), "-", students),
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
    } | _stamp(count, changed)


def _tail(items: t.Column) -> t.Column:
    """Line item ids without their first two letters."""
    import pyarrow.compute as pc

    return pc.utf8_slice_codeunits(items, 2)


def resource_ids(season: Season) -> list[str]:
    """The pages of every class on the study platform: class after class, in the order of PAGES."""
    return [f"res-{klass[4:]}-{page}" for klass in season.roster.class_ids for page in PAGES]


def _resources(export: Export) -> None:
    resources, links = [], []
    for season in export.world.seasons:
        ids = resource_ids(season)
        count = len(ids)
        stamp = _stamp(count, np.full(count, season.term.start - 5 * DAY))
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
            | stamp
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
            | stamp
        )
    export.write("resources", *resources)
    export.write("classResources", *links)
