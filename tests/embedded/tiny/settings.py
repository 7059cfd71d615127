"""Settings of the tiny application; the environment's names are those of techdesk.settings."""

import os
from pathlib import Path

import dj_database_url

VAR = Path(os.environ["TECHDESK_VAR"])
DEMO = os.environ["TECHDESK_DEMO"] == "1"
SECRET_KEY = os.environ["TECHDESK_SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.staticfiles", "tests.embedded.tiny"]
ROOT_URLCONF = "tests.embedded.tiny.urls"
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
USE_TZ = True
CELERY_BROKER_URL = "redis+socket://" + os.environ["REDIS_URL"].removeprefix("unix://")
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
