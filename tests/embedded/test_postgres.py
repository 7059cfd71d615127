"""The embedded PostgreSQL: start, adopt, recover, refuse, stop."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from techdesk.embedded.places import PROJECT, Places
from techdesk.embedded.postgres import Postgres, find_binaries
from techdesk.embedded.problems import Problem

from .conftest import processes_of


def ask(server: Postgres, sql: str) -> Any:
    """One value from the database `techdesk`."""
    connection = psycopg2.connect(server.url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def postmaster(server: Postgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_starts_from_nothing_is_adopted_and_stops_without_a_trace(places: Places, folder: Path) -> None:
    first = Postgres(places)
    first.ensure()
    assert ask(first, "SELECT lower('ÄÉ') || current_setting('server_encoding')") == "äéUTF8"
    assert ask(first, "SELECT current_setting('fsync')") == "on"
    ask(first, "CREATE TABLE kept (n int)")
    second = Postgres(places)
    pid = postmaster(first)
    second.ensure()
    assert postmaster(second) == pid

    second.stop()
    first.stop()
    assert not (first.data / "postmaster.pid").exists()
    assert processes_of(folder) == []

    second.ensure()
    assert ask(second, "SELECT count(*) FROM kept") == 0


def test_keeps_committed_rows_when_killed(places: Places) -> None:
    server = Postgres(places)
    server.ensure()
    ask(server, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    os.kill(postmaster(server), signal.SIGKILL)
    server.ensure()
    assert ask(server, "SELECT count(*) FROM kept") == 1000


def test_six_processes_at_once_get_one_server(places: Places, folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from techdesk.embedded.places import Places;"
        "from techdesk.embedded.postgres import Postgres; server = Postgres(Places(Path(sys.argv[1])));"
        "server.ensure(); print((server.data / 'postmaster.pid').read_text().split()[0])"
    )
    racing = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(places.var)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    said = {process.communicate(timeout=60)[0].strip() for process in racing}
    assert [process.returncode for process in racing] == [0] * 6
    assert len(said) == 1
    assert len([line for line in processes_of(folder) if "/postgres -D " in line]) == 1


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"base/1": "x"}, "is damaged (PG_VERSION is missing)"),
        ({"PG_VERSION": "18\n"}, "is damaged (global is missing)"),
        ({"PG_VERSION": "9.6\n", "global/1": "", "base/1": "", "pg_wal/1": ""}, "was made by PostgreSQL 9.6"),
    ],
)
def test_refuses_a_damaged_folder_and_leaves_it_alone(places: Places, files: dict[str, str], words: str) -> None:
    for name, text in files.items():
        path = places.postgres_data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with pytest.raises(Problem) as refused:
        Postgres(places).ensure()
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert all((places.postgres_data / name).read_text() == text for name, text in files.items())


def test_makes_a_damaged_test_folder_anew(folder: Path) -> None:
    places = Places(folder / "var", "test")
    places.make_folders()
    places.postgres_data.mkdir()
    (places.postgres_data / "rubbish").write_text("x")
    server = Postgres(places)
    server.ensure()
    assert ask(server, "SELECT current_setting('fsync')") == "off"


def test_begins_again_after_a_kill_while_the_folder_was_made(places: Places) -> None:
    half = places.postgres_data.with_name("postgres.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = Postgres(places)
    server.ensure()
    assert server.answers()
    assert not half.exists()


def test_serves_from_a_folder_with_a_long_path(folder: Path) -> None:
    places = Places(folder / ("long-" * 30) / "var")
    places.make_folders()
    server = Postgres(places)
    try:
        server.ensure()
        assert len(str(server.socket)) <= 100
        assert ask(server, "SELECT 1") == 1
        assert server.socket.parent.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()
        server.socket.parent.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_serves_from_a_folder_that_nobody_else_may_enter() -> None:
    with tempfile.TemporaryDirectory(prefix="td-") as closed:  # made with mode 0700
        places = Places(Path(closed) / "var")
        places.make_folders()
        server = Postgres(places)
        server.ensure()
        assert ask(server, "SELECT 1") == 1
        server.stop()
        assert processes_of(Path(closed)) == []
        assert Path(closed).stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_never_runs_the_server_as_root(places: Places) -> None:
    server = Postgres(places)
    server.ensure()
    assert server.data.stat().st_uid != 0
    assert Path(f"/proc/{postmaster(server)}").stat().st_uid == server.data.stat().st_uid


def test_settings_of_the_person_do_not_turn_the_server_aside(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "6000")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("LC_ALL", "xx_XX")
    server = Postgres(places)
    server.ensure()
    assert ask(server, "SELECT 1") == 1


def test_names_a_wrong_folder_of_binaries(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("TECHDESK_PG_BIN", str(folder))
    with pytest.raises(Problem, match="TECHDESK_PG_BIN is .* no PostgreSQL"):
        find_binaries()


def test_refuses_binaries_that_are_too_old(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in ("postgres", "initdb"):
        (folder / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("TECHDESK_PG_BIN", str(folder))
    with pytest.raises(Problem, match="is PostgreSQL 14; Techdesk needs 15 or newer"):
        find_binaries()


def test_a_socket_folder_of_somebody_else_is_not_used(places: Places, folder: Path) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    places.postgres_sockets.symlink_to(elsewhere)
    with pytest.raises(Problem, match="belongs to somebody else"):
        Postgres(places).ensure()
