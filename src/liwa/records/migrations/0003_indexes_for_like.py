"""Takes away the second index that Django gives every key that is a text on PostgreSQL, for LIKE.

Nothing looks for the beginning of a sourcedId, and rows went in a third slower for it.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FOR_LIKE = """
    SELECT indexname FROM pg_indexes
    WHERE schemaname = current_schema() AND tablename = %s AND indexdef LIKE %s
"""


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    quote = editor.connection.ops.quote_name
    for model in apps.get_app_config("records").get_models():
        with editor.connection.cursor() as cursor:
            cursor.execute(FOR_LIKE, [model._meta.db_table, "%_pattern_ops%"])
            names = [name for (name,) in cursor.fetchall()]
        for name in names:
            editor.execute(f"DROP INDEX {quote(name)}")


def restore(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    for model in apps.get_app_config("records").get_models():
        for field in model._meta.local_fields:
            sql = editor._create_like_index_sql(model, field)
            if sql is not None:
                editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("records", "0002_intake")]
    operations = [migrations.RunPython(drop, restore)]
