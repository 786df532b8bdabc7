"""Categories, line items, results, resources."""

from django.db import models

from liwa.records.models.base import Record, text, words
from liwa.records.models.roster import PROTECT, AcademicSession, Course, Klass, Org, User


class Category(Record):
    title = models.TextField()
    weight = models.FloatField(null=True)

    class Meta:
        db_table = "records_category"


class LineItem(Record):
    """Something handed in and marked; `weight` is percent of the final mark."""

    title = models.TextField()
    description = models.TextField(default="", blank=True)
    kind = text(40)
    assign_date = models.DateField(null=True)
    due_date = models.DateField(null=True)
    klass = models.ForeignKey(Klass, PROTECT, related_name="line_items")
    category = models.ForeignKey(Category, PROTECT, null=True)
    school = models.ForeignKey(Org, PROTECT, null=True)
    academic_session = models.ForeignKey(AcademicSession, PROTECT, null=True)
    weight = models.FloatField(null=True)
    result_value_min = models.FloatField(null=True)
    result_value_max = models.FloatField(null=True)

    class Meta:
        db_table = "records_line_item"


class Result(Record):
    """`score` as given; `submitted_at` null means not handed in."""

    line_item = models.ForeignKey(LineItem, PROTECT, related_name="results")
    student = models.ForeignKey(User, PROTECT, related_name="results")
    score_status = text(40)
    score = models.FloatField(null=True)
    text_score = text()
    score_date = models.DateField(null=True)
    submitted_at = models.DateTimeField(null=True)
    comment = models.TextField(default="", blank=True)

    class Meta:
        db_table = "records_result"


class Resource(Record):
    title = models.TextField(default="", blank=True)
    kind = text(40)
    vendor_resource_id = text()
    vendor_id = text()
    application_id = text()
    importance = text(20)
    roles = words()
    klass = models.ForeignKey(Klass, PROTECT, null=True)
    course = models.ForeignKey(Course, PROTECT, null=True)

    class Meta:
        db_table = "records_resource"
