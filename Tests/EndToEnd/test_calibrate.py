"""`mystel calibrate` on transcripts: what it learns, and whether what it proposes can be pasted."""

import json
import re
import struct
import subprocess
import time

import pytest
import tera
from test_inspect import SERVER_TIME, chat, tcpdump

BUILD = 367081
VIEW_GUILD_WAR = 57322  # i32 page
KEYS = {name: "11" * 128 for name in ("client1", "server1", "client2", "server2")}


def calibrate(mystel, *arguments, status=0):
    done = subprocess.run([mystel, "calibrate", *map(str, arguments)], text=True,
                          capture_output=True, timeout=120)
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def report(mystel, *arguments):
    return json.loads(calibrate(mystel, "--json", *arguments))


def write(file, packets, tool=None):
    """A transcript of a client that says its build and then sends `packets`: pairs of seconds and
    bytes."""
    version = tera.check_version(BUILD)
    lines = [{"format": "mystel-session-1", "build": BUILD, "tool": tool, "keys": KEYS}]
    lines += [{"t": time * 1000, "from": "client", "frame": packet.hex()}
              for time, packet in [(0, version), *packets]]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))


def page(number):
    return tera.packet(VIEW_GUILD_WAR, struct.pack("<i", number))


def test_lengths_intervals_and_broken_rules_of_made_sessions(mystel, tmp_path):
    for number in range(4):
        write(tmp_path / f"{number}.jsonl", [(1, page(1)), (3, page(2)), (7, page(3))])
    again = tera.check_version(BUILD)
    write(tmp_path / "4.jsonl", [(1, page(1)), (2, again), (3, page(1)), (4, again)])
    write(tmp_path / "tool.jsonl", [(1, again)], tool="auto-loot")
    found = report(mystel, tmp_path)
    traffic = found["traffic"]
    assert (traffic["sessions"], traffic["players"], traffic["packets"]) == (5, 5, 5 + 16)
    assert traffic["leftOutWithTool"] == 1
    assert not traffic["isEnough"]
    packet = next(row for row in found["packets"] if row.get("name") == "C_VIEW_GUILD_WAR")
    assert (packet["count"], packet["sessions"]) == (14, 5)
    assert (packet["shortest"], packet["longest"], packet["distinctLengths"]) == (8, 8, 1)
    assert packet["shortestIntervalMilliseconds"] == 2000
    assert 1500 <= packet["medianIntervalMilliseconds"] <= 2000
    rule = next(row for row in found["rules"] if row["id"] == "111-login-repeated")
    assert (rule["sessions"], rule["packets"], rule["concernedSessions"]) == (1, 2, 5)
    assert (rule["prediction"]["hit"], rule["prediction"]["of"]) == (1, 5)
    assert "shareAtMost" not in rule["prediction"]


def test_a_rule_is_tried_on_packets_that_another_rule_refuses(mystel, tmp_path):
    # Sent before the login, which ends a session before anybody looks at the page.
    write(tmp_path / "0.jsonl", [(1, page(1 << 30)), (2, page(1)), (3, page(1 << 30))])
    rules = {row["id"]: row for row in report(mystel, tmp_path)["rules"]}
    assert (rules["110-login-order"]["sessions"], rules["110-login-order"]["packets"]) == (1, 3)
    page_rule = rules["430-guild-war-page"]
    assert (page_rule["sessions"], page_rule["packets"]) == (1, 2)


def test_nothing_is_proposed_from_too_little(mystel, tmp_path):
    write(tmp_path / "0.jsonl", [(second, page(1)) for second in range(1, 60)])
    found = report(mystel, tmp_path)
    assert {row.get("proposal") for row in found["rules"] + found["limits"]} <= {
        None, "off", "shadow"}
    assert found["lengths"] == []
    assert "100 sessions and 24 hours" in calibrate(mystel, tmp_path)
    enough = report(mystel, "--sessions", 1, "--hours", 0.01, tmp_path)
    assert "enforce" in {row.get("proposal") for row in enough["rules"]}


def test_a_limit_that_honest_players_passed_is_raised(mystel, tmp_path):
    write(tmp_path / "0.jsonl", [(2 + place / 1000, page(1)) for place in range(4000)])
    limit = next(row for row in report(mystel, tmp_path)["limits"]
                 if row["key"] == "packets_per_second")
    assert limit["needed"] > limit["now"] == 300
    assert limit["nowHits"]["hit"] == 1
    assert limit["proposal"] >= 2 * limit["needed"]
    assert limit["prediction"]["hit"] == 0


def test_what_cannot_be_read_is_named(mystel, tmp_path):
    assert "no such file" in calibrate(mystel, tmp_path / "none", status=66)
    assert "there are no transcripts" in calibrate(mystel, tmp_path, status=66)
    (tmp_path / "broken.jsonl").write_text("{}\n")
    assert "broken.jsonl:1" in calibrate(mystel, tmp_path, status=65)
    calibrate(mystel, "--json", "--yaml", tmp_path, status=64)


def test_captures_are_learnt_from_as_transcripts_are(stage, mystel, tmp_path):
    file = tmp_path / "session.pcap"
    with stage(neighbours=0) as scene:
        with tcpdump(file, [scene.odd[1]]):  # the player's side alone
            for lines in (20, 5):
                duel = scene.duel(header=b"", log_in=True)
                for number in range(lines):
                    duel.exchange(chat(f"line {number:02}"))
                    duel.answer(tera.packet(SERVER_TIME, bytes(8)))
                duel.close()
            time.sleep(0.2)
    (tmp_path / "other").write_text("not read: no name of a capture")
    found = report(mystel, tmp_path)
    assert (found["traffic"]["sessions"], found["traffic"]["packets"]) == (2, 2 * 2 + 25)
    assert [row["client"].rpartition(":")[0] for row in found["sessions"]] == ["127.0.0.1"] * 2
    packet = next(row for row in found["packets"] if row.get("name") == "C_CHAT")
    assert (packet["count"], packet["sessions"], packet["distinctLengths"]) == (25, 2, 1)
    # Packets of servers are no client's.
    assert "S_SERVER_TIME" not in {row.get("name") for row in found["packets"]}
    empty = tmp_path / "empty.pcap"
    empty.write_bytes(file.read_bytes()[:24])
    assert "no session of TERA" in calibrate(mystel, empty, status=65)


@pytest.fixture
def recorded(shared):
    directory = shared / "tera/sessions"
    return directory if directory.is_dir() else pytest.skip("no recorded sessions")


def test_recorded_honest_sessions_pass_no_threshold(mystel, recorded):
    found = report(mystel, "--sessions", 10, "--hours", 0.5, recorded)
    assert found["traffic"]["sessions"] == 10
    assert found["traffic"]["leftOutWithTool"] == 18
    assert not any(row["passed"] or row["actions"] for row in found["sessions"])
    for row in found["rules"]:
        if row.get("proposal") == "enforce":
            assert row["sessions"] == 0 and row["concernedSessions"] >= 10
            assert row["prediction"]["shareAtMost"] == pytest.approx(3 / row["prediction"]["of"])
        if row["sessions"]:
            assert row.get("proposal") != "enforce"


def test_what_is_proposed_can_be_pasted_and_hits_no_recorded_player(mystel, recorded, tmp_path):
    honest = sorted(recorded.glob("honest-*.jsonl"))
    fragment = calibrate(mystel, "--yaml", "--sessions", 10, "--hours", 0.5, *honest)
    assert "enforce" in fragment
    assert "packets_per_second" in fragment
    settings = tmp_path / "mystel.yaml"
    settings.write_text(
        "version: 1\nlisteners:\n  - { name: public, bind: 127.0.0.1:7801, backend: world }\n"
        f"backends:\n  - {{ name: world, address: 127.0.0.1:7802, builds: [{BUILD}] }}\n"
        + fragment)
    done = subprocess.run([mystel, "check", "--config", settings], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run([mystel, "replay", "--quiet", "--config", settings, *honest],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    again = report(mystel, "--config", settings, "--sessions", 10, "--hours", 0.5, *honest)
    assert not [row for row in again["rules"] if row.get("proposal") == "enforce"]
    # The lengths are a rule file in comments.
    rules = tmp_path / "rules"
    rules.mkdir()
    text = fragment[fragment.index("# title:"):]
    (rules / "900-lengths.yaml").write_text(re.sub(r"(?m)^# ?", "", text))
    third = report(mystel, "--directory", rules, *honest)
    rule = next(row for row in third["rules"] if row["id"] == "900-lengths")
    assert (rule["mode"], rule["sessions"]) == ("shadow", 0)
    assert rule["concernedSessions"] > 0
