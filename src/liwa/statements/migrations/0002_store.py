"""What models cannot say of the tables of statements."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def _pack_links(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """In SQLite, keep links in their index alone: half the room, and half the work of each."""
    if editor.connection.vendor == "sqlite":
        editor.execute("ALTER TABLE statements_link RENAME TO statements_link_before")
        editor.execute(
            "CREATE TABLE statements_link (term bigint NOT NULL, seq bigint NOT NULL, PRIMARY KEY (term, seq)) "
            "WITHOUT ROWID"
        )
        editor.execute("INSERT INTO statements_link SELECT term, seq FROM statements_link_before ORDER BY term, seq")
        editor.execute("DROP TABLE statements_link_before")


def _begin_counting(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("statements", "Counter").objects.using(editor.connection.alias).get_or_create(id=1)


class Migration(migrations.Migration):
    dependencies = [("statements", "0001_initial")]

    operations = [
        migrations.RunPython(_pack_links, migrations.RunPython.noop),
        migrations.RunPython(_begin_counting, migrations.RunPython.noop),
    ]
