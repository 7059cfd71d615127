"""`make run`: servers, preparation, web, worker and beat, until Ctrl-C or TERM."""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from . import processes
from .locks import Hold
from .places import PROJECT, Places, var_folder
from .problems import Problem
from .servers import Servers
from .supervisor import Program, Supervisor, end_leftovers

READY_SECONDS = 90.0
HOPELESS_STARTS = 3


class Stopped(Exception):
    """The person asked for the end while we were still starting."""


class StopSign:
    """Set by INT, TERM and HUP. Further signals change nothing: the clean stop is already under way."""

    def __init__(self) -> None:
        self.is_set = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._set)

    def _set(self, number: int, frame: FrameType | None) -> None:
        self.is_set = True

    def check(self) -> None:
        """Raises Stopped once the sign is set."""
        if self.is_set:
            raise Stopped


def say(text: str) -> None:
    """Print a line; a terminal that has gone away is no reason to leave the servers running."""
    try:
        print(text, flush=True)
    except OSError:
        pass


def run() -> int:
    """Run everything; returns the exit code. Raises Problem for what the person can mend."""
    port = _port()
    places = Places(var_folder())
    places.make_folders()
    alone = Hold(places.run / "make-run.lock")
    if not alone.try_alone():
        raise Problem(f"Techdesk already runs in this folder ({alone.read()}). Stop it with Ctrl-C first.")
    address = f"http://127.0.0.1:{port}"
    alone.sign(f"process {os.getpid()}, {address}")
    record = places.run / "programs.json"
    for name in end_leftovers(record):
        say(f"Ended {name}, left over from a run that was killed.")
    _check_port(port)
    sign = StopSign()
    try:
        servers = Servers(places)
        if servers.all:
            say(f"Starting {' and '.join(server.name for server in servers.all)} …")
        with servers.in_use() as found:
            environment = _environment(places, address, found)
            mail_port = _mail_port(port, environment)
            sign.check()
            say("Preparing the database …")
            accounts = _prepare(places, environment, sign)
            say("Starting Techdesk …")
            supervisor = Supervisor(
                _programs(places, port, mail_port),
                environment=environment,
                folder=PROJECT,
                logs=places.logs,
                record=record,
                say=say,
                servers=servers.all,
            )
            try:
                # The page comes first: the others would only take the processor from it meanwhile.
                supervisor.start("web")
                _wait_ready(supervisor, port, environment, sign)
                supervisor.start()
                say(f"Techdesk is ready at {address}")
                if accounts:
                    say(accounts)
                while not sign.is_set:
                    supervisor.look()
                    time.sleep(0.2)
            finally:
                say("Stopping …")
                supervisor.stop()
    except Stopped:
        pass
    finally:
        alone.release()
    say("Techdesk has stopped.")
    return 0


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Problem(f"PORT is {text}; it must be a number from 1 to 65535.")
    return int(text)


def _check_port(port: int) -> None:
    try:
        _bind(port)
    except PermissionError:
        raise Problem(f"This user may not use port {port}. Choose one above 1023: PORT=9000 make run") from None
    except OSError:
        raise Problem(f"Port {port} is in use by another program. Choose another: PORT={port + 1} make run") from None


def _bind(port: int) -> int:
    """Bind 127.0.0.1:`port` for a moment and return the port; OSError when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])


def _environment(places: Places, address: str, found: Mapping[str, str]) -> dict[str, str]:
    """The programs' environment: ours, with what the person left open filled in."""
    environment = {**os.environ, **found}
    environment["TECHDESK_VAR"] = str(places.var)
    environment["PYTHONUNBUFFERED"] = "1"
    # Celery reads it when it is first imported: TERM hands running work back to the queue.
    environment["REMAP_SIGTERM"] = "SIGQUIT"
    environment.setdefault("DJANGO_SETTINGS_MODULE", "techdesk.settings")
    environment.setdefault("TECHDESK_BASE_URL", address)
    if not environment.get("TECHDESK_SECRET_KEY"):
        environment["TECHDESK_SECRET_KEY"] = _secret_key(places.var / "secret_key")
    if "TECHDESK_DEMO" not in environment:
        host = urlsplit(environment["TECHDESK_BASE_URL"]).hostname
        local = host in {"127.0.0.1", "localhost", "::1"}
        environment["TECHDESK_DEMO"] = "1" if local else "0"
        if not local:
            say("TECHDESK_BASE_URL is a public address, so no demo district is loaded.")
    return environment


def _secret_key(path: Path) -> str:
    """The key kept in a file that only we may read; made at the first start."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_text().strip()
        if len(key) < 50:
            raise Problem(f"{path} is damaged. Remove it; everybody then signs in again.") from None
        return key
    key = secrets.token_urlsafe(64)
    with os.fdopen(descriptor, "w") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def _mail_port(port: int, environment: dict[str, str]) -> int | None:
    """The port of the demo's mail catcher, put into EMAIL_URL; None when mail goes elsewhere."""
    is_demo = environment["TECHDESK_DEMO"].strip().lower() in {"1", "true", "yes", "on"}
    if environment.get("EMAIL_URL") or not is_demo:
        return None
    try:
        mail_port = _bind(port + 25)
    except (OSError, OverflowError):
        mail_port = _bind(0)
    environment["EMAIL_URL"] = f"smtp://127.0.0.1:{mail_port}"
    return mail_port


def _programs(places: Places, port: int, mail_port: int | None) -> list[Program]:
    """In the order in which they are to stop: nobody comes in, nothing is begun, what runs is finished."""
    python = sys.executable
    web = [python, "-m", "gunicorn", "techdesk.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "60"]
    web += ["--graceful-timeout", "10", "--max-requests", "20000", "--max-requests-jitter", "2000"]
    # Read once, then split: two processes that read the program side by side need half as long again.
    web += ["--no-control-socket", "--preload"]
    celery = [python, "-m", "celery", "-A", "techdesk"]
    beat = [*celery, "beat", "--pidfile=", "--schedule", str(places.run / "beat-schedule")]
    # The last two words are settings: a stop while nothing runs is immediate, else it waits five seconds.
    worker = [*celery, "worker", "-c", "2", "--loglevel", "WARNING", "--hostname", "techdesk@%h"]
    worker += ["worker.soft_shutdown_timeout=5", "worker.enable_soft_shutdown_on_idle=false"]
    found = [
        Program("web", tuple(web), stop_seconds=15),
        Program("beat", tuple(beat), stop_seconds=5),
        Program("worker", tuple(worker), stop_seconds=15),
    ]
    if mail_port is not None:
        mail = (python, "-m", "techdesk.embedded.mailcatcher", str(mail_port), str(places.var / "mail"))
        found.append(Program("mail", mail, stop_seconds=5))
    return found


def _prepare(places: Places, environment: Mapping[str, str], sign: StopSign) -> str:
    """Migrate, demo, static files; returns what the demo's loader says. Raises Problem, Stopped."""
    path = places.logs / "prepare.log"
    accounts = places.run / "accounts.txt"
    with processes.open_log(path) as log:
        since = log.tell()
        child = subprocess.Popen(
            [sys.executable, "-m", "techdesk.embedded.prepare", str(accounts)],
            env=dict(environment),
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    while child.poll() is None:
        if sign.is_set:
            child.terminate()
            child.wait()
            raise Stopped
        time.sleep(0.05)
    if child.returncode != 0:
        said = processes.reason(path, since)
        raise Problem(f"The database could not be prepared: {said} The whole story is in {path}.")
    return accounts.read_text().strip()


def _wait_ready(supervisor: Supervisor, port: int, environment: Mapping[str, str], sign: StopSign) -> None:
    web = supervisor.children[0]
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(port, environment["TECHDESK_BASE_URL"]):
        sign.check()
        supervisor.look()
        if web.failures >= HOPELESS_STARTS or time.monotonic() > deadline:
            said = processes.reason(web.log)
            raise Problem(f"The web server does not start: {said} The whole story is in {web.log}.")
        time.sleep(0.1)


def _answers(port: int, base_url: str) -> bool:
    """/healthz answers, under the name and the scheme that the settings expect."""
    base = urlsplit(base_url)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": base.netloc, "X-Forwarded-Proto": base.scheme})
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
