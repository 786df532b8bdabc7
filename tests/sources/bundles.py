"""Small OneRoster bundles made for tests."""

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from liwa.core.feeds import Campus, Feed
from liwa.core.rows import Accepted, Part, Refusal
from liwa.sources import sources

HEADINGS = {
    "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "academicSessions.csv": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
    "courses.csv": "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,orgSourcedId",
    "classes.csv": "sourcedId,status,dateLastModified,title,courseSourcedId,classCode,schoolSourcedId,termSourcedIds",
    "users.csv": "sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,role,orgSourcedIds,password",
    "roles.csv": "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId",
    "enrollments.csv": "sourcedId,status,dateLastModified,classSourcedId,userSourcedId,role,primary,beginDate,endDate",
    "demographics.csv": "sourcedId,status,dateLastModified,birthDate,sex",
    "lineItems.csv": "sourcedId,status,dateLastModified,title,assignDate,dueDate,classSourcedId,metadata.liwa.weight",
    "results.csv": "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,metadata.liwa.submittedAt",
    "resources.csv": "sourcedId,status,dateLastModified,title,roles",
    "classResources.csv": "sourcedId,status,dateLastModified,classSourcedId,resourceSourcedId",
}


def zipped(path: Path, members: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def table(name: str, *rows: str) -> str:
    return "\n".join([HEADINGS[name], *rows, ""])


def written(heading: str, rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heading.split(","))
    writer.writerows(rows)
    return out.getvalue()


def parts_of(path: Path, campus: Campus | None = None, **options: str) -> list[Part]:
    feed = Feed(name="sis", source="oneroster", path=path, options=options)
    return [part for part in sources["oneroster"](feed, path, campus or Campus()) if isinstance(part, Part)]


def read_all(path: Path, **options: str) -> dict[str, list[Accepted | Refusal]]:
    return {part.file: list(part.lines()) for part in parts_of(path, **options)}
