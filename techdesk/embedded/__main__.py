"""python -m techdesk.embedded run | test -- CMD | exec -- CMD | up | down | status"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

from .locks import Hold
from .places import Places, var_folder
from .problems import Problem
from .servers import Servers

USAGE = """usage: python -m techdesk.embedded COMMAND

  run            servers and all of Techdesk, until Ctrl-C (make run)
  test -- CMD    CMD with throw-away servers, stopped when their last user leaves
  exec -- CMD    the same, for management commands
  up             start the servers of `make run`, leave them running, print their addresses
  down           stop them
  status         which of them run"""


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code (1 for a Problem, 2 for a wrong call)."""
    try:
        match list(arguments):
            case ["run"]:
                from .run import run

                return run()
            case ["test" | "exec", "--", _, *_]:
                return with_servers(arguments[2:])
            case ["up"]:
                return up()
            case ["down"]:
                return down()
            case ["status"]:
                return status()
    except Problem as problem:
        print(f"techdesk: {problem}", file=sys.stderr)
        return 1
    print(USAGE, file=sys.stderr)
    return 2


def with_servers(command: Sequence[str]) -> int:
    """Run a command with throw-away servers; returns its exit code (128 + n when signal n ended it)."""
    program = shutil.which(command[0])
    if program is None:
        raise Problem(f"There is no program named {command[0]}.")
    child: subprocess.Popen[bytes] | None = None
    early: int | None = None

    def pass_on(number: int, frame: FrameType | None) -> None:
        nonlocal early
        if child is None:
            early = number
        elif number != signal.SIGINT:
            # Ctrl-C reaches the child from the terminal; the others are sent to us alone.
            child.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        servers = Servers(Places(var_folder(), "test"))
        with servers.in_use() as found:
            environment = {"TECHDESK_SECRET_KEY": secrets.token_urlsafe(50), **os.environ, **found}
            if early is not None:
                return 128 + early
            child = subprocess.Popen(command, executable=program, env=environment)
            while True:
                try:
                    code = child.wait(timeout=1)
                    return code if code >= 0 else 128 - code
                except subprocess.TimeoutExpired:
                    for server in servers.all:
                        server.is_listening()  # collects a server that somebody killed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def up() -> int:
    servers = Servers(Places(var_folder()))
    servers.ensure()
    found = servers.environment()
    if address := _address_in_use(servers.places):
        found["TECHDESK_BASE_URL"] = address  # links that commands print must lead to where `make run` listens
    for key, value in found.items():
        print(f"export {key}='{value}'")
    return 0


def _address_in_use(places: Places) -> str:
    """Where `make run` of this folder listens, if it runs."""
    running = Hold(places.run / "make-run.lock")
    if running.try_alone():
        running.release()
        return ""
    return running.read().rpartition(" ")[2] if "http" in running.read() else ""


def down() -> int:
    if not Servers(Places(var_folder())).stop_if_unused():
        raise Problem("`make run` is using the servers. Stop it with Ctrl-C first.")
    return 0


def status() -> int:
    servers = Servers(Places(var_folder()))
    for server in servers.all:
        print(f"{server.name}: {'running' if server.answers() else 'stopped'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
