"""The table of what can be done by API, commands and dashboard: what it names is there."""

import re
import subprocess

import pytest

from reference import REPOSITORY

TABLE = REPOSITORY / "docs" / "operating" / "operations.md"
# What programs alone ask for.
FOR_PROGRAMS = {"GET /self", "POST /launcher-grants"}


def rows():
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    return [[cell.strip().strip("`") for cell in line.strip("| ").split(" | ")]
            for line in lines[1:] if "---" not in line]


def test_everything_is_a_command_too():
    missing = [row[1] for row in rows() if row[3] == "-" and row[1] not in FOR_PROGRAMS]
    assert len(rows()) > 40 and missing == []


@pytest.mark.parametrize("command", sorted({row[3] for row in rows() if row[3] != "-"}))
def test_a_command_of_the_table_is_one_of_the_program(mystel, command):
    done = subprocess.run([mystel, "help", *command.split()[1:]], capture_output=True, text=True)
    assert done.returncode == 0 and f"USAGE: {command}" in done.stdout, done.stderr


def test_a_view_of_the_table_is_one_of_the_dashboard_and_all_of_its_views_are_there():
    frame = (REPOSITORY / "Dashboard" / "frame.js").read_text()
    views = set(re.findall(r"^  (\w+): \{ title:", frame, re.M))
    assert {row[4] for row in rows() if row[4] != "-"} == views


def test_whatever_the_dashboard_asks_for_is_an_operation_of_the_table():
    """Its modules name what they need as `METHOD /path`."""
    known = {row[1] for row in rows()}
    asked = set()
    for file in (REPOSITORY / "Dashboard").rglob("*.js"):
        asked |= set(re.findall(r'"((?:GET|POST|PUT|PATCH|DELETE) /[^"?]*)"', file.read_text()))
    assert len(asked) > 10
    assert asked - known - FOR_PROGRAMS == set()
