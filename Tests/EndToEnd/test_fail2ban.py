"""The examples for fail2ban and CrowdSec, held to the log of a gateway that bans somebody."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from processes import wait_until
from reference import REPOSITORY
from test_control import Commands, place  # noqa: F401 (a fixture)
from test_reputation import flood

PACKAGING = REPOSITORY / "packaging"
FILTER = PACKAGING / "fail2ban" / "filter.d" / "mystel.conf"


def matched(log):
    tool = shutil.which("fail2ban-regex") or pytest.skip(
        "no fail2ban-regex: apt-get install fail2ban")
    done = subprocess.run([tool, "--print-all-matched", log, FILTER], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = re.search(r"Lines: (\d+) lines, (\d+) ignored, (\d+) matched, (\d+) missed", done.stdout)
    assert lines, done.stdout
    return int(lines.group(3)), done.stdout


@pytest.mark.parametrize("form", ["json", "human"])
def test_fail2ban_finds_whom_the_gateway_bans_and_nobody_else(
        stage, place, mystel, tmp_path, form):  # noqa: F811
    log = tmp_path / "mystel.log"
    with stage(control=place, reputation={"mode": "enforce", "threshold": 60}) as scene:
        commands = Commands(mystel, place)
        commands.run("bans", "add", "198.51.100.9")  # by hand: it is no finding of ours
        flood(scene.odd, "127.44.20.1")
        assert wait_until(lambda: scene.gateway.matching(
            message="banned", source="automatic"), 10), scene.gateway.loud_lines()[-5:]
        lines = list(scene.gateway.lines)
    assert lines
    log.write_text("".join(written(line, form) for line in lines))
    count, output = matched(log)
    assert count == 1, output
    assert "127.44.20.1" in output


def written(line, form):
    """A line of the log as it was written, or as the other format has it."""
    if form == "json":
        return json.dumps(line, separators=(",", ":")) + "\n"
    rest = " ".join(f"{key}={quoted(value)}" for key, value in sorted(line.items())
                    if key not in ("time", "level", "message", "text"))
    return f"{line.get('time', '')} {line.get('level', '').upper()} {line.get('message', '')} {rest}\n"


def quoted(value):
    text = str(value)
    return text if re.fullmatch(r"[^\s\"=]+", text) else '"' + text.replace('"', '\\"') + '"'


def test_fail2ban_finds_a_line_as_the_journal_has_it(tmp_path):
    log = tmp_path / "log"
    log.write_text("host mystel[77]: 2026-11-24T23:00:00.000Z NOTICE banned count=1 reason=keys_timeout "
                   "scope=newcomers seconds=600 source=automatic target=192.0.2.7\n")
    count, output = matched(log)
    assert count == 1 and "192.0.2.7" in output, output


def test_a_player_cannot_have_somebody_banned_by_what_is_logged(tmp_path):
    """Whatever a line holds, it is not taken for a ban unless the gateway says so."""
    log = tmp_path / "log"
    log.write_text(
        '2026-11-24T23:00:00.000Z NOTICE sessions kicked by="x source=automatic target=192.0.2.1"\n'
        '2026-11-24T23:00:00.000Z NOTICE in shadow: would be banned source=automatic '
        'target=192.0.2.2\n'
        '{"time":"2026-11-24T23:00:00.000Z","level":"notice","message":"in shadow: would be banned",'
        '"source":"automatic","target":"192.0.2.3"}\n'
        '2026-11-24T23:00:00.000Z NOTICE banned source=automatic target=account:5\n'
        '2026-11-24T23:00:00.000Z NOTICE banned source=manual target=192.0.2.4\n')
    count, output = matched(log)
    assert count == 0, output


def test_the_examples_for_crowdsec_are_yaml_and_fit_each_other():
    parser = yaml.safe_load((PACKAGING / "crowdsec/parsers/mystel.yaml").read_text())
    scenario = yaml.safe_load((PACKAGING / "crowdsec/scenarios/mystel.yaml").read_text())
    acquis = yaml.safe_load((PACKAGING / "crowdsec/acquis.d/mystel.yaml").read_text())
    metas = {entry["meta"]: entry for entry in parser["statics"] if "meta" in entry}
    assert metas["log_type"]["value"] in scenario["filter"]
    assert acquis["labels"]["type"] in parser["filter"]
    assert scenario["groupby"] == "evt.Meta.source_ip" and "source_ip" in metas
