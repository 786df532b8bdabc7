"""A OneRoster 1.2 CSV export in bulk mode under way: its headings, its manifest, its zip.

Headings are those of the 1EdTech OneRoster 1.2.1 CSV binding, with Liwa's `metadata.liwa.*` columns at the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zipfile import ZipFile

import numpy as np

from liwa.simulate import tables as t
from liwa.simulate.dirt import Planted
from liwa.simulate.terms import Ints
from liwa.simulate.world import World

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


def write_manifest(export: Export) -> None:
    """manifest.csv: every file of the standard, as bulk or absent."""
    lines = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.2"]
    modes = dict.fromkeys(HEADERS, "bulk") | dict.fromkeys(ABSENT, "absent")
    lines += [f"file.{name},{modes[name]}" for name in sorted(modes, key=str.lower)]
    lines += ["source.systemName,Liwa simulator", "source.systemCode,liwa-simulate"]
    with t.member(export.archive, "manifest.csv") as stream:
        stream.write("".join(f"{line}\n" for line in lines).encode())
    export.rows["sis.zip/manifest.csv"] = len(lines) - 1


def records(rows: list[dict[str, str]], changed: int = FOUNDED) -> dict[str, t.Column]:
    """A few rows given one by one, all active and last changed at the same time."""
    columns = {name: t.text(row[name] for row in rows) for name in rows[0]}
    return columns | stamp(len(rows), np.full(len(rows), changed))


def stamp(count: int, changed: Ints) -> dict[str, t.Column]:
    """The columns every file has, of rows last changed at these instants."""
    return {"status": t.same("active", count), "dateLastModified": t.utc(changed)}
