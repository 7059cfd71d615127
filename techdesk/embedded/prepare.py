"""What must be done to the database before Techdesk serves, in one process: Django starts only once.

python -m techdesk.embedded.prepare ACCOUNTS_FILE

Migrates, loads the demo district when the settings ask for it (the loader leaves a database with data
alone), collects the static files. What the loader says goes to ACCOUNTS_FILE, the rest to the log.
"""

import io
import os
import sys
from pathlib import Path


def prepare(accounts: Path) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "techdesk.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=1)
    said = io.StringIO()
    if settings.DEMO:
        call_command("load_demo", stdout=said)
    accounts.write_text(said.getvalue())
    if settings.STATIC_ROOT:
        call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    os.umask(0o077)
    prepare(Path(sys.argv[1]))
