"""What must be done to the database before Techdesk serves, in one process: Django starts only once.

python -m techdesk.embedded.prepare ACCOUNTS_FILE

Compiles the translated texts, migrates, loads the demo district when the settings ask for it (the loader
leaves a database with data alone), collects the static files. What is to be said goes to ACCOUNTS_FILE, the
rest to the log.
"""

import hashlib
import inspect
import io
import os
import sys
from pathlib import Path

# Shipped by our libraries, served by no page of ours; compressing them is most of the first start.
UNUSED_STATIC = ["redoc", "rest_framework", "*.js.map"]


def prepare(accounts: Path) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "techdesk.settings")
    # A migration may rebuild a large table.
    os.environ.setdefault("TECHDESK_STATEMENT_TIMEOUT_MS", "0")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("compile_texts")
    call_command("migrate", interactive=False, verbosity=1)
    said = io.StringIO()
    if settings.DEMO:
        call_command("load_demo", stdout=said)
    else:
        call_command("load_demo", hint=True, stdout=said)
    accounts.write_text(said.getvalue())
    if settings.STATIC_ROOT:
        collect_static(Path(settings.STATIC_ROOT))


def collect_static(folder: Path) -> None:
    """Collect the static files into `folder`, unless none has changed: compressing them takes seconds."""
    from django.core.management import call_command

    note = folder / ".collected"
    fingerprint = static_fingerprint()
    if note.exists() and note.read_text() == fingerprint:
        return
    note.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=folder.exists(), ignore_patterns=UNUSED_STATIC)
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(fingerprint)


def static_fingerprint() -> str:
    """Changes with the name, size and time of every static file, and with the storage that writes them."""
    from django.contrib.staticfiles.finders import get_finders
    from django.contrib.staticfiles.storage import staticfiles_storage

    paths = [
        Path(storage.path(name))
        for finder in get_finders()
        for name, storage in finder.list(ignore_patterns=UNUSED_STATIC)
    ]
    paths += [Path(inspect.getfile(kind)) for kind in type(staticfiles_storage).__mro__ if kind is not object]
    facts = sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


if __name__ == "__main__":
    os.umask(0o077)
    prepare(Path(sys.argv[1]))
