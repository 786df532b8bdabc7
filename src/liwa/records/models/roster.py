"""Orgs, sessions, courses, classes, users, roles, enrollments, demographics."""

from django.db import models

from liwa.records.models.base import Provenance, Record, text, words

PROTECT = models.PROTECT


class Org(Record):
    name = models.TextField()
    type = text(40)
    identifier = text()
    parent = models.ForeignKey("self", PROTECT, null=True, related_name="children")

    class Meta:
        db_table = "records_org"


class AcademicSession(Record):
    title = models.TextField()
    type = text(40)
    starts_on = models.DateField()
    ends_on = models.DateField()
    parent = models.ForeignKey("self", PROTECT, null=True, related_name="children")
    school_year = text(20)

    class Meta:
        db_table = "records_academic_session"


class Course(Record):
    title = models.TextField()
    course_code = text()
    grades = words()
    subjects = words()
    subject_codes = words()
    org = models.ForeignKey(Org, PROTECT, null=True)
    school_year = models.ForeignKey(AcademicSession, PROTECT, null=True)

    class Meta:
        db_table = "records_course"


class Klass(Record):
    """A class. `starts_on` and `ends_on` follow from its terms, set by each load (`records.settle`)."""

    title = models.TextField()
    class_code = text()
    class_type = text(40)
    location = text()
    grades = words()
    subjects = words()
    subject_codes = words()
    periods = words()
    course = models.ForeignKey(Course, PROTECT, related_name="classes")
    school = models.ForeignKey(Org, PROTECT, null=True)
    terms = words()
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)

    class Meta:
        db_table = "records_klass"
        indexes = [models.Index(fields=["class_code"], name="klass_code")]


class User(Record):
    """A person the school knows; not everyone known can sign in (that is `accounts.Account`)."""

    username = text()
    given_name = text()
    middle_name = text()
    family_name = text()
    preferred_given_name = text()
    preferred_middle_name = text()
    preferred_family_name = text()
    pronouns = text(40)
    email = text()
    sms = text(40)
    phone = text(40)
    identifier = text()
    master_identifier = text()
    user_ids = words()
    enabled = models.BooleanField(default=True)
    grades = words()
    agents = words()
    primary_org = models.ForeignKey(Org, PROTECT, null=True)

    class Meta:
        db_table = "records_user"

    @property
    def name(self) -> str:
        """The name as its bearer writes it: family name first, and no space, in Chinese characters."""
        given = self.preferred_given_name or self.given_name
        family = self.preferred_family_name or self.family_name
        if family and "\u4e00" <= family[0] <= "\u9fff":
            return f"{family}{given}"
        return f"{given} {family}".strip() or self.username or self.sourced_id


class Role(Record):
    user = models.ForeignKey(User, PROTECT, related_name="roles")
    org = models.ForeignKey(Org, PROTECT)
    role = text(40)
    role_type = text(20)
    begin_date = models.DateField(null=True)
    end_date = models.DateField(null=True)

    class Meta:
        db_table = "records_role"


class Enrollment(Record):
    klass = models.ForeignKey(Klass, PROTECT, related_name="enrollments")
    user = models.ForeignKey(User, PROTECT, related_name="enrollments")
    school = models.ForeignKey(Org, PROTECT, null=True)
    role = text(40)
    primary = models.BooleanField(null=True)
    begin_date = models.DateField(null=True)
    end_date = models.DateField(null=True)
    credits = models.FloatField(null=True)
    earlier_attempts = models.IntegerField(null=True)
    prior_education = text()

    class Meta:
        db_table = "records_enrollment"


class Demographics(Provenance):
    """Protected attributes, apart from the user so that access to them can be."""

    user = models.OneToOneField(User, PROTECT, primary_key=True, db_column="sourced_id")
    birth_date = models.DateField(null=True)
    sex = text(40)
    age_band = text(40)
    disability = models.BooleanField(null=True)
    deprivation = text(40)
    region = text()

    class Meta:
        db_table = "records_demographics"
