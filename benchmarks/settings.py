"""The settings of a server, with the floors' addresses beside Techdesk's own."""

from techdesk.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
# Files by their plain names: nothing has to be collected first, and pages cost the same.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # noqa: F405
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"token": "100000000/min"}}  # noqa: F405
