"""python -m benchmarks [--sizes 20000,200000]: load districts of these sizes, measure, drop them."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.database import district, empty_database, environment_of
from benchmarks.places import PROJECT, RESULTS


def sizes(text: str) -> list[int]:
    """ "20000,200000" as numbers, the smallest first."""
    return sorted(int(part) for part in text.split(","))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, write the results; 1 when a promise is broken and --strict is given."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", type=sizes, default=[5_000, 20_000], help="devices, comma-separated")
    parser.add_argument("--pairs", type=int, default=100, help="requests of each kind")
    parser.add_argument("--seconds", type=float, default=30, help="for reading everything, per size")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--strict", action="store_true", help="end with 1 when a promise is broken")
    options = parser.parse_args(arguments)
    if "DATABASE_URL" not in os.environ:
        parser.error("DATABASE_URL is missing: `make bench` sets it")
    found: list[dict[str, Any]] = []
    with empty_database() as empty:
        for devices in options.sizes:
            with district(empty, devices) as (name, seed):
                found.append(_measured(name, options) | {"seed": seed})
    results = {
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": {"python": platform.python_version(), "cores": os.cpu_count(), "load": os.getloadavg()},
        "sizes": found,
        "promises": report.verdicts(found),
    }
    options.results.parent.mkdir(parents=True, exist_ok=True)
    options.results.write_text(json.dumps(results, indent=2) + "\n")
    print("\n".join(report.table(found)))
    print(f"\nwritten to {options.results}")
    return 1 if options.strict and not all(results["promises"].values()) else 0


def _measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.one", "--pairs", str(options.pairs)]
    done = subprocess.run(
        [*command, "--seconds", str(options.seconds)],
        cwd=PROJECT,
        env=environment_of(name),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


if __name__ == "__main__":
    sys.exit(main())
