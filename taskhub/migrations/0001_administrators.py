"""The two groups of administrators who are no superusers."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = {
    "Administrators of people": {
        "actors": [
            "add_user",
            "change_user",
            "view_user",
            "add_team",
            "change_team",
            "view_team",
            "add_application",
            "change_application",
            "view_application",
            "change_apikey",
            "view_apikey",
        ],
        "events": ["view_event"],
    },
    "Operators": {
        "containers": ["view_container", "view_membership", "view_tasktype", "view_typeversion"],
        "tasks": ["view_task", "change_task"],
        "events": ["view_event"],
    },
}


def seed(apps, schema_editor=None):
    """Make the groups with their permissions; what an installation gave them besides stays."""
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    labels = {label for permissions in GROUPS.values() for label in permissions}
    for label in labels:
        app = apps.get_app_config(label)
        module = getattr(app, "models_module", None)
        app.models_module = module or True  # an app of the migrations' past has none, and would get no permissions
        create_permissions(app, apps=apps, verbosity=0)
        app.models_module = module
    for name, permissions in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        for label, codenames in permissions.items():
            found = Permission.objects.filter(content_type__app_label=label, codename__in=codenames)
            group.permissions.add(*found)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("events", "0001_initial"),
        ("actors", "0001_initial"),
        ("containers", "0001_initial"),
        ("tasks", "0001_initial"),
    ]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
