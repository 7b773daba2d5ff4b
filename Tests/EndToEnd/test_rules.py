"""Rules in files, put into force while sessions run; and the commands that show rules and packs."""

import json
import struct
import subprocess

import tera
from processes import wait_until
from test_listeners import reloaded

RULE = """title: Pages up to 5
why: "A test."
source: a test
action: discard
reason: value_out_of_range
modes: { observe: enforce }
checks:
  - packets: [C_VIEW_GUILD_WAR]
    field: page
    at_most: 5
"""
VIEW_GUILD_WAR = 57322  # in build 367081


def page(number):
    return tera.packet(VIEW_GUILD_WAR, struct.pack("<i", number))


def test_a_rule_file_judges_the_next_packet_of_running_sessions(stage, tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    with stage() as scene:
        settings = {**scene.settings, "inspection": {
            "profile": "observe", "rules_directory": str(folder)}}
        duel = scene.duel()
        reloaded(scene.gateway, settings)
        duel.exchange(page(9))
        (folder / "900-pages.yaml").write_text(RULE)
        reloaded(scene.gateway, settings)
        duel.say(page(9))
        duel.exchange(page(5))  # nothing else is lost, and nothing of the other arrives
        assert wait_until(lambda: [
            line for line in scene.gateway.loud_lines() if line.get("rule") == "900-pages"], 5)
        (folder / "900-pages.yaml").write_text(RULE.replace("at_most", "at_mots"))
        before = len(scene.gateway.loud_lines())
        scene.gateway.reload()
        assert wait_until(lambda: any(
            "900-pages.yaml:10:5" in json.dumps(line)
            for line in scene.gateway.loud_lines()[before:]), 5), scene.gateway.loud_lines()
        duel.say(page(9))  # the old rule stays in force
        duel.exchange(page(4))
        (folder / "900-pages.yaml").unlink()
        reloaded(scene.gateway, settings)
        duel.exchange(page(9))


def run(mystel, *arguments):
    done = subprocess.run([mystel, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_a_newcomers_rule_is_one_file(mystel, tmp_path):
    rules, tests = tmp_path / "rules", tmp_path / "tests" / "690-seasons"
    rules.mkdir()
    tests.mkdir(parents=True)
    (rules / "690-seasons.yaml").write_text(
        RULE.replace("C_VIEW_GUILD_WAR", "C_REQUEST_PVE_RANKING").replace("field: page", "field: season")
        .replace("at_most: 5", "at_most: 40"))
    (tests / "cases.yaml").write_text(
        "cases:\n"
        "  - {title: Season 41, packet: C_REQUEST_PVE_RANKING, fields: {season: 41}, expect: discard}\n"
        "  - {title: Season 40, packet: C_REQUEST_PVE_RANKING, fields: {season: 40}, expect: forward}\n")
    status, out, _ = run(
        mystel, "rules", "test", "--directory", rules, "--rule", "690", tests.parent)
    assert status == 0 and "1 of 1 rules" in out, out
    status, out, _ = run(mystel, "rules", "list", "--directory", rules)
    assert status == 0 and "690-seasons" in out
    (rules / "690-seasons.yaml").write_text(RULE.replace("field: page", "field: pgae"))
    status, _, err = run(mystel, "rules", "list", "--directory", rules)
    assert status == 78 and "did you mean page" in err, err


def test_packs_and_rules_are_shown(mystel):
    status, out, _ = run(mystel, "packs", "list")
    assert status == 0 and out.count("embedded") == 5
    status, out, _ = run(mystel, "packs", "show", "C_PLAYER_LOCATION")
    assert status == 0 and "opcode 35828" in out and "dest: vec3" in out
    assert run(mystel, "packs", "show", "C_NOTHING")[0] == 64
    assert run(mystel, "packs", "verify")[0] == 0
    status, out, _ = run(mystel, "rules", "show", "200-privilege")
    assert status == 0 and "inspection:" in out
    assert run(mystel, "rules", "show", "nothing")[0] == 64
    status, out, _ = run(mystel, "version")
    assert status == 0 and "packs " in out


def test_a_session_is_told_by_name_and_every_verdict_explained(mystel, shared):
    file = shared / "tera" / "sessions" / "tool-03-nan-float.jsonl"
    status, out, _ = run(mystel, "inspect", "--only", "C_LOGIN_ARBITER", file)
    assert status == 0 and 'name: "' in out and "left out" in out
    status, out, _ = run(mystel, "replay", "--explain", file)
    assert status == 1
    # The second one ends the session: what signatures find adds up.
    assert out.count("050-finite-floats (discard)") == 2 and "0000c07f" in out
    assert "close (score_exceeded)" in out
