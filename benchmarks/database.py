"""Databases of the benchmark's own, made for the run and dropped at its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

from benchmarks.places import PROJECT


def address_of(name: str) -> str:
    """DATABASE_URL with another database in it."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def environment_of(name: str) -> dict[str, str]:
    """What a process needs to work on that database; never a demo, never debugging."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TECHDESK_BASE_URL")}
    return kept | {
        "DATABASE_URL": address_of(name),
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "TECHDESK_DEBUG": "0",
        "TECHDESK_DEMO": "0",
        "TECHDESK_LOG_LEVEL": "WARNING",
    }


def _execute(statement: sql.Composable) -> None:
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def drop(name: str) -> None:
    _execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _manage(name: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment_of(name),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{arguments[0]}: {done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def empty_database() -> Iterator[str]:
    """A migrated database without rows, to copy from."""
    name = f"techdesk_bench_{os.getpid()}"
    try:
        drop(name)
        _execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        _manage(name, "migrate", "-v", "0")
        yield name
    finally:
        drop(name)


@contextmanager
def district(empty: str, devices: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """A district with so many devices, as (database, what seed_district says of it)."""
    name = f"{empty}_{devices}"
    sizes = {
        "schools": max(2, devices // 700),
        "students": devices * 9 // 10,
        "devices": devices,
        "tickets": devices // 4,
    }
    try:
        _execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(empty)))
        options = [text for option, count in sizes.items() for text in (f"--{option}", str(count))]
        yield name, json.loads(_manage(name, "seed_district", "--json", *options))
    finally:
        drop(name)
