"""python -m techdesk.embedded: exit codes, one clear line for what goes wrong, nothing left running."""

import os
import signal
import socket
from pathlib import Path

import pytest

from techdesk.embedded.locks import Hold
from techdesk.embedded.places import Places
from techdesk.embedded.postgres import Postgres

from .conftest import command, eventually, outcome, processes_of


def is_one_clear_line(text: str) -> bool:
    return text.startswith("techdesk: ") and text.count("\n") == 1 and "Traceback" not in text


def test_gives_the_exit_code_of_the_command_and_leaves_nothing(folder: Path) -> None:
    code, out, err = outcome(command(folder, "test", "--", "sh", "-c", "echo $DATABASE_URL; echo $REDIS_URL; exit 7"))
    assert (code, err) == (7, "")
    database, redis_url = out.split()
    assert database.startswith("postgresql://techdesk@%2F") and database.endswith("/techdesk")
    assert redis_url.startswith("unix:///")
    assert processes_of(folder) == []


def test_the_last_user_stops_the_servers(folder: Path) -> None:
    server = Postgres(Places(folder / "var", "test"))
    slow = command(folder, "test", "--", "sh", "-c", f"while [ ! -e {folder}/go ]; do sleep 0.05; done")
    assert eventually(server.answers)
    assert outcome(command(folder, "exec", "--", "true"))[0] == 0
    assert server.answers()
    (folder / "go").touch()
    assert outcome(slow)[0] == 0
    assert processes_of(folder) == []


def test_a_killed_user_does_not_keep_the_servers_for_ever(folder: Path) -> None:
    server = Postgres(Places(folder / "var", "test"))
    killed = command(folder, "test", "--", "sleep", "1000")
    assert eventually(server.answers)
    killed.kill()
    killed.communicate()
    assert server.is_listening()
    assert outcome(command(folder, "test", "--", "true"))[0] == 0
    assert not server.is_listening()


def test_passes_term_on_and_stops_the_servers(folder: Path) -> None:
    waiting = command(folder, "test", "--", "sleep", "1000")
    assert eventually(lambda: any("sleep 1000" in line for line in processes_of_children(waiting.pid)))
    waiting.send_signal(signal.SIGTERM)
    assert outcome(waiting)[0] == 128 + signal.SIGTERM
    assert processes_of(folder) == []


def processes_of_children(pid: int) -> list[str]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        return ["sleep 1000"]
    return [Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ") for child in children.read_text().split()]


def test_embeds_nothing_that_the_environment_names(folder: Path, places: Places) -> None:
    server = Postgres(places)
    server.ensure()
    code, out, err = outcome(
        command(folder, "exec", "--", "sh", "-c", "echo $DATABASE_URL; ls $TECHDESK_VAR", DATABASE_URL=server.url)
    )
    assert (code, err) == (0, "")
    assert out.split()[0] == server.url
    assert "test-valkey" in out and "test-postgres" not in out


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "DATABASE_URL cannot be reached"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL must begin with postgresql://"),
        ({"REDIS_URL": "redis://127.0.0.1:1"}, "REDIS_URL cannot be reached"),
        ({"REDIS_URL": "nonsense"}, "REDIS_URL cannot be reached"),
        ({"PORT": "eighty"}, "PORT is eighty; it must be a number"),
        ({"PORT": "70000"}, "PORT is 70000; it must be a number"),
    ],
)
def test_says_what_is_wrong_with_the_environment(folder: Path, environment: dict[str, str], words: str) -> None:
    code, out, err = outcome(command(folder, "run", **environment))
    assert code == 1
    assert words in err and is_one_clear_line(err)
    assert processes_of(folder) == []


def test_says_that_the_port_is_in_use(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = outcome(command(folder, "run", PORT=str(port)))
    assert code == 1
    assert f"Port {port} is in use" in err and is_one_clear_line(err)


def test_says_that_techdesk_already_runs_here(folder: Path, places: Places) -> None:
    holder = Hold(places.run / "make-run.lock")
    assert holder.try_alone()
    holder.sign("process 1, http://127.0.0.1:8000")
    code, _, err = outcome(command(folder, "run"))
    holder.release()
    assert code == 1
    assert "already runs in this folder (process 1, http://127.0.0.1:8000)" in err and is_one_clear_line(err)


def test_says_that_the_database_folder_is_damaged(folder: Path, places: Places) -> None:
    places.postgres_data.mkdir()
    (places.postgres_data / "base").mkdir()
    code, _, err = outcome(command(folder, "up"))
    assert code == 1
    assert "is damaged" in err and is_one_clear_line(err)
    assert processes_of(folder) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_says_that_the_folder_is_not_ours(folder: Path) -> None:
    (folder / "var").mkdir(mode=0o555)
    code, _, err = outcome(command(folder, "up"))
    assert code == 1
    assert "may not write to" in err and is_one_clear_line(err)


def test_up_status_down(folder: Path) -> None:
    code, out, _ = outcome(command(folder, "up"))
    assert code == 0 and out.startswith("export DATABASE_URL='postgresql://")
    assert outcome(command(folder, "status"))[1] == "PostgreSQL: running\nValkey: running\n"
    assert outcome(command(folder, "down"))[0] == 0
    assert outcome(command(folder, "status"))[1] == "PostgreSQL: stopped\nValkey: stopped\n"
    assert processes_of(folder) == []


@pytest.mark.parametrize("arguments", [[], ["dance"], ["test"], ["test", "--"], ["run", "now"]])
def test_a_wrong_call_gets_the_usage(folder: Path, arguments: list[str]) -> None:
    code, _, err = outcome(command(folder, *arguments))
    assert code == 2 and err.startswith("usage: ")


def test_names_a_program_that_does_not_exist(folder: Path) -> None:
    code, _, err = outcome(command(folder, "test", "--", "no-such-program"))
    assert code == 1 and "There is no program named no-such-program" in err


def test_a_terminal_that_still_names_our_own_servers_does_no_harm(folder: Path) -> None:
    """Who followed the first steps has DATABASE_URL of a server that is stopped by now."""
    own = Postgres(Places(folder / "var", "test")).url
    code, out, err = outcome(command(folder, "test", "--", "sh", "-c", "echo $DATABASE_URL", DATABASE_URL=own))
    assert (code, err) == (0, "")
    assert out.strip() == own
