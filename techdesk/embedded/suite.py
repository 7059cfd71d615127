"""The whole test suite in its stages: `python -m techdesk.embedded test -- python -m techdesk.embedded.suite`."""

import os
import subprocess
import sys
import time

from .browser import find_browser
from .places import PROJECT

NOTHING_COLLECTED = 5


def stages() -> list[tuple[str, list[str]]]:
    """(name, pytest arguments). Faults and journeys measure time and share one browser: no xdist there."""
    found = [("unit", ["-n", "2", "-m", "not long", "--ignore", "tests/journeys", "--ignore", "tests/faults", "tests"])]
    for name in ("faults", "journeys"):
        if (PROJECT / "tests" / name).is_dir():
            found.append((name, ["-p", "no:xdist", "-m", "not long", f"tests/{name}"]))
    return found


def main(arguments: list[str]) -> int:
    """Run every stage, whatever the one before said; 0 only when all passed."""
    browser = find_browser()
    environment = {**os.environ, **({"TECHDESK_BROWSER": browser} if browser else {})}
    results = []
    for name, options in stages():
        print(f"\n##### {name}: pytest {' '.join([*options, *arguments])}", flush=True)
        begun = time.monotonic()
        code = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *arguments], cwd=PROJECT, env=environment, check=False
        ).returncode
        passed = code == 0 or (code == NOTHING_COLLECTED and name != "unit")
        results.append((name, passed, time.monotonic() - begun))
    print("\n##### " + ", ".join(f"{n} {'passed' if ok else 'FAILED'} in {s:.0f} s" for n, ok, s in results))
    return 0 if all(ok for _, ok, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
