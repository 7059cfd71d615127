import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

#: What was recorded before: the schools of the object, and for people those where they hold a role now.
FILL = """
UPDATE audit_changeevent AS event SET schools = array_remove(ARRAY[school_before_id, school_after_id], NULL)
WHERE object_type <> 'people';
UPDATE audit_changeevent AS event SET schools = held.schools
FROM (
    SELECT person.key::text AS key, array_agg(DISTINCT role.school_id) AS schools
    FROM directory_roleassignment AS role JOIN directory_person AS person ON person.id = role.person_id
    WHERE role.ended_at IS NULL AND role.school_id IS NOT NULL GROUP BY person.key
) AS held
WHERE event.object_type = 'people' AND event.object_key = held.key;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_initial'),
        ('directory', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='changeevent',
            name='schools',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='changeevent',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('number__isnull', False)), fastupdate=False, fields=['schools'], name='audit_change_schools'),
        ),
    ]
