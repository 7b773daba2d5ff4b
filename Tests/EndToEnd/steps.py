"""What fixed pieces of work cost in instructions: `mystel bench steps` under callgrind, against limits.

Each scenario runs at two numbers of rounds; the difference of the two counts, by the units of work between
them, leaves the program's start and the recording of the session out. No socket, no time and no thread is
in it, so that the counts are the same on every machine of one kind.

    python3 steps.py --binary dist/mystel [--gate]
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# Scenario: what a unit is, rounds of the two runs, and the most instructions that a unit may cost: a
# tenth more than it did when that was written down.
SCENARIOS = {
    "handshake": ("session", (20, 60), 37_300),
    "mixed": ("packet", (3, 9), 3_530),
    "drop": ("packet", (3, 9), 3_860),
    "deny": ("address", (20, 60), 445),
}


def counted(binary, scenario, rounds, directory):
    """The instructions of a run, and the units of work in one of its rounds."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/{scenario}.out",
         binary, "bench", "steps", scenario, "--rounds", str(rounds)],
        # Hashes that are others each time would make the counts others, too.
        env={**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"},
        capture_output=True, text=True, timeout=600)
    found = re.search(r"Collected : (\d+)", done.stderr)
    units = re.match(r"units (\d+):", done.stdout)
    if done.returncode != 0 or not found or not units:
        sys.exit(f"{scenario}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return int(found[1]), int(units[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--gate", action="store_true", help="fail above the limits")
    options = parser.parse_args()
    binary, exceeded = options.binary.resolve(), []
    with tempfile.TemporaryDirectory() as directory:
        for scenario, (unit, (few, many), limit) in SCENARIOS.items():
            less, _ = counted(binary, scenario, few, directory)
            more, units = counted(binary, scenario, many, directory)
            cost = (more - less) / ((many - few) * units)
            print(f"{scenario:10} {cost:12,.0f} instructions a {unit} (limit {limit:,})", flush=True)
            if cost > limit:
                exceeded.append(scenario)
    if options.gate and exceeded:
        sys.exit(f"above the limit: {', '.join(exceeded)}; find the place with callgrind_annotate, "
                 "or say in the commit why it is worth it and raise the limit")


if __name__ == "__main__":
    main()
