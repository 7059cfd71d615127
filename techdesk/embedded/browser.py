"""The browser of the journeys: find one, or install Debian's.

python -m techdesk.embedded.browser     prints its path; installs it as root on Debian
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_PROGRAMS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find_browser() -> str | None:
    """The path of a Chrome or Chromium: TECHDESK_BROWSER, else PATH, else macOS' applications."""
    named = os.environ.get("TECHDESK_BROWSER")
    found = [shutil.which(named)] if named else [shutil.which(name) for name in NAMES] + list(MAC_PROGRAMS)
    return next((path for path in found if path and os.access(path, os.X_OK)), None)


def is_required() -> bool:
    """TECHDESK_REQUIRE_BROWSER: a missing browser is a failure, not a reason to skip."""
    return os.environ.get("TECHDESK_REQUIRE_BROWSER", "").strip().lower() in {"1", "true", "yes", "on"}


def install() -> str | None:
    """Install Debian's chromium where that is possible; returns the browser's path or None."""
    if os.geteuid() != 0 or not _is_debian() or shutil.which("apt-get") is None:
        return None
    print("Installing chromium for the browser tests …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "chromium"]):
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            # An update that fails may still leave lists good enough for the installation.
            print((done.stderr or done.stdout).strip()[-2000:], file=sys.stderr, flush=True)
    return find_browser()


def _is_debian() -> bool:
    """Debian itself: Ubuntu's chromium package only leads to a snap."""
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return False
    return "ID=debian" in (line.replace('"', "") for line in lines)


def main() -> int:
    found = find_browser() or install()
    if found:
        print(f"Browser for the journeys: {found}")
        return 0
    line = "=" * 78
    print(
        f"{line}\nNO BROWSER: the browser journeys cannot run. Install Chromium or Google Chrome"
        f"\n(or name one in TECHDESK_BROWSER), then run make test again.\n{line}",
        file=sys.stderr,
    )
    return 1 if is_required() else 0


if __name__ == "__main__":
    sys.exit(main())
