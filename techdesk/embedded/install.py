"""Make `.venv` and install the locked requirements: run by its path with any Python 3.11 or newer.

python techdesk/embedded/install.py run|dev
python techdesk/embedded/install.py --is-installed run|dev      (exit code 0 or 1, changes nothing)

`run` is what `make run` needs, `dev` is everything. Nothing is installed when the lock files have not
changed; `run` is content with a `dev` environment. Self-contained: nothing is installed yet when it starts.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "techdesk-installed.json"
LOCKS = PROJECT / "requirements"


class Refused(Exception):
    """What went wrong, in one line for the terminal."""


def main(wanted: str) -> None:
    """Bring `.venv` to the set `wanted`. Two calls at once wait for each other."""
    descriptor = os.open(PROJECT, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if not _is_installed(wanted):
            _make_venv()
            _install_uv()
            _install(wanted)
    finally:
        os.close(descriptor)


def _is_installed(wanted: str) -> bool:
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return False
    if not PYTHON.exists() or stamp.get("sha256") != _fingerprint(stamp.get("set", "")):
        return False
    return stamp["set"] == wanted or (wanted == "run" and _pins("run") <= _pins("dev"))


def _fingerprint(name: str) -> str:
    """Changes with the lock file, uv's lock file and the project's folder."""
    found = hashlib.sha256(str(PROJECT).encode())
    for path in (LOCKS / f"{name}.txt", LOCKS / "uv.txt"):
        found.update(path.read_bytes() if path.exists() else b"")
    return found.hexdigest()


def _pins(name: str) -> set[str]:
    return set(re.findall(r"^\S+==\S+", (LOCKS / f"{name}.txt").read_text(), re.MULTILINE))


def _make_venv() -> None:
    """Make `.venv` with pip in it; one that does not work (its Python was removed, it was moved) is made anew."""
    if PYTHON.exists() and _works() and _runs([str(PYTHON), "-m", "pip", "--version"]):
        return
    print(f"Making .venv with Python {sys.version.split()[0]} …", flush=True)
    if VENV.exists():
        shutil.rmtree(VENV)
    if importlib.util.find_spec("ensurepip") is None:
        _make_venv_without_ensurepip()
        return
    _call([sys.executable, "-m", "venv", str(VENV)], "The virtual environment could not be made")


def _make_venv_without_ensurepip() -> None:
    """Debian keeps ensurepip in a package of its own; uv, pip or apt can stand in."""
    if _runs(["uv", "--version"]):
        _call(["uv", "venv", "--seed", "--python", sys.executable, str(VENV)], "uv could not make .venv")
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {package} …", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", package]):
            subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        if _runs([sys.executable, "-c", "import ensurepip"]):
            _call([sys.executable, "-m", "venv", str(VENV)], "The virtual environment could not be made")
            return
    if _runs([sys.executable, "-m", "pip", "--version"]):
        _call(
            [sys.executable, "-m", "venv", "--without-pip", str(VENV)],
            "The virtual environment could not be made",
        )
        _call(
            [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "-q", "pip"],
            "pip could not be put into .venv",
        )
        return
    raise Refused(
        f"This Python cannot make virtual environments. Install the package {package} (apt install {package})."
    )


def _works() -> bool:
    """The environment lies where it was made (its programs name their path) and its Python is new enough."""
    try:
        lies_here = str(VENV) in (VENV / "bin" / "pip").read_text(errors="replace")[:1000]
    except OSError:
        return False
    return lies_here and _runs([str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"])


def _install_uv() -> None:
    version = re.search(r"^uv==(\S+)", (LOCKS / "uv.txt").read_text(), re.MULTILINE)
    uv = VENV / "bin" / "uv"
    if version and uv.exists():
        said = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False).stdout.split()
        if version.group(1) in said:
            return
    _call(
        [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"]
        + ["-r", str(LOCKS / "uv.txt")],
        "uv could not be installed",
    )


def _install(wanted: str) -> None:
    """`dev` makes the environment exactly so; `run` only adds, so that it never takes the tests' packages away."""
    print(f"Installing requirements/{wanted}.txt …", flush=True)
    STAMP.unlink(missing_ok=True)
    verb = ["sync"] if wanted == "dev" else ["install", "-r"]
    uv = [str(VENV / "bin" / "uv"), "pip", *verb, str(LOCKS / f"{wanted}.txt"), "--require-hashes", "--quiet"]
    # The machine's own certificates: many districts look into TLS with one that only their machines know.
    uv.append("--system-certs")
    _call([*uv, "--python", str(PYTHON)], "The requirements could not be installed")
    STAMP.write_text(json.dumps({"set": wanted, "sha256": _fingerprint(wanted)}))


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def _call(command: list[str], problem: str) -> None:
    """Run a command whose own words go to the terminal; raises Refused when it fails."""
    environment = {key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONHOME"}}
    if subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode != 0:
        raise Refused(f"{problem} (see above). Is the network there, and room on the disk?")


if __name__ == "__main__":
    if sys.argv[1] == "--is-installed":
        sys.exit(not _is_installed(sys.argv[2]))
    try:
        main(sys.argv[1])
    except Refused as refused:
        sys.exit(f"techdesk: {refused}")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"techdesk: {error.filename}: {error.strerror}.")
