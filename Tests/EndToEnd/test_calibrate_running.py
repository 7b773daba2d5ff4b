"""What a gateway learns while it serves: from whom it is told to learn, and from nobody else."""

import copy
import json
import struct
import subprocess

import pytest
import tera
from duel import Duel
from processes import wait_until
from test_control import Commands, place  # noqa: F401 (a fixture)
from test_inspect import chat
from test_reputation import let_in

VIEW_GUILD_WAR = 57322  # i32 page
STAFF = "127.0.7.0/24"
TEN_LINES = [chat(f"line {number}") for number in range(10)]


def page(number):
    return tera.packet(VIEW_GUILD_WAR, struct.pack("<i", number))


@pytest.fixture
def calibrate(mystel, place):  # noqa: F811
    commands = Commands(mystel, place)

    def ask(*arguments, **options):
        return commands.json("calibrate", "--running", *arguments, **options)
    ask.commands = commands
    return ask


def declare(*genuine, **more):
    return {"profile": "observe", "calibration": {"genuine": list(genuine)}, **more}


def play(scene, source, packets):
    """A player of an address, logged in, who has sent `packets`."""
    duel = scene.keep(Duel(scene.odd, scene.odd_server, source=source, log_in=True))
    for packet in packets:
        duel.say(packet)
        duel.server_hears(len(packet))
    return duel


def packet_of(report, name):
    return next((row for row in report["packets"] if row.get("name") == name), None)


def rule_of(report, rule):
    return next(row for row in report["rules"] if row["id"] == rule)


def test_only_those_declared_genuine_are_learnt_from(stage, place, calibrate):  # noqa: F811
    # The neighbours play from 127.0.0.1 all the while, and send random packets.
    with stage(control=place, inspection=declare(STAFF)) as scene:
        nan = tera.packet(17374, struct.pack("<ffff", *[float("nan")] * 4))
        for address in ("127.0.8.1", "127.0.6.255"):
            play(scene, address, [page(1 << 30), nan, *TEN_LINES])
        duels = [play(scene, f"127.0.7.{number}", TEN_LINES) for number in (1, 2, 3)]
        duels[0].say(page(1 << 30))
        duels[0].server_hears(8)
        duels[1].close()
        scene.gateway.wait_end("client_closed")

        found = calibrate()
        # C_CHECK_VERSION and C_LOGIN_ARBITER, then what they sent; open sessions count too.
        assert found["traffic"]["packets"] == 3 * 12 + 1
        assert (found["traffic"]["sessions"], found["traffic"]["players"]) == (3, 3)
        assert {row["client"].rpartition(":")[0] for row in found["sessions"]} == {
            f"127.0.7.{number}" for number in (1, 2, 3)}
        talk = packet_of(found, "C_CHAT")
        assert (talk["count"], talk["sessions"], talk["distinctLengths"]) == (30, 3, 1)
        assert not any(field["nan"] for row in found["packets"] for field in row["fields"])
        broken = rule_of(found, "430-guild-war-page")
        assert (broken["sessions"], broken["packets"]) == (1, 1)
        assert (broken["prediction"]["hit"], broken["prediction"]["of"]) == (1, 1)
        # From three sessions nothing is proposed that could hit anybody.
        assert not found["traffic"]["isEnough"]
        assert "enforce" not in {row.get("proposal") for row in found["rules"]}

        found = calibrate("--sessions", 3, "--hours", 0)
        proposals = {row["id"]: row.get("proposal") for row in found["rules"]}
        assert proposals["430-guild-war-page"] != "enforce"
        assert "enforce" in proposals.values()
        limit = next(row for row in found["limits"] if row["key"] == "packets_per_second")
        assert 2 * limit["needed"] <= limit["proposal"] < limit["now"] == 300
        assert limit["prediction"]["hit"] == 0
        assert limit["prediction"]["shareAtMost"] == 1.0
        status = calibrate.commands.json("status")
        assert (status["learntSessions"], status["learntPackets"]) == (1, 37)
        assert "37 packets" in calibrate.commands.run("status")
        text = calibrate.commands.run("calibrate", "--running")
        assert "3 sessions of 3 players" in text and "430-guild-war-page" in text
        assert "inspection:" in calibrate.commands.run(
            "calibrate", "--running", "--yaml", "--sessions", 3, "--hours", 0)


def test_an_account_is_learnt_from_once_the_server_has_named_it(
        stage, place, calibrate):  # noqa: F811
    with stage(control=place, inspection=declare("account:4242"), neighbours=0) as scene:
        ours, another = (play(scene, None, []) for _ in range(2))
        let_in(ours, 4242)
        let_in(another, 4243)
        for duel in (ours, another):
            for packet in TEN_LINES:
                duel.exchange(packet)
        found = calibrate()
        assert (found["traffic"]["sessions"], found["traffic"]["packets"]) == (1, 10)
        assert [row["name"] for row in found["packets"]] == ["C_CHAT"]


def test_a_reload_declares_others_and_forget_starts_anew(stage, place, calibrate):  # noqa: F811
    with stage(control=place, neighbours=0) as scene:
        duel = play(scene, "127.0.7.1", TEN_LINES)
        error = calibrate.commands.run("calibrate", "--running", status=1)
        assert "nobody is declared genuine" in error and "inspection.calibration.genuine" in error
        settings = copy.deepcopy(scene.settings)

        def reload(*genuine):
            settings["inspection"] = declare(*genuine)
            scene.gateway.write(settings)
            scene.gateway.reload()

        def packets():
            done = subprocess.run(
                [calibrate.commands.mystel, "calibrate", "--running", "--json", "--socket", place],
                capture_output=True, text=True)
            return json.loads(done.stdout)["traffic"]["packets"] if done.returncode == 0 else None

        reload(STAFF)
        assert wait_until(lambda: packets() == 0, 5, step=0.2)
        for packet in TEN_LINES:
            duel.exchange(packet)
        assert packets() == 10
        reload("127.0.9.9")
        assert wait_until(lambda: calibrate.commands.json("status").get("learntSessions") == 1, 5,
                          step=0.2)
        duel.exchange(TEN_LINES[0])
        # What was learnt stays.
        assert calibrate("--forget")["traffic"]["packets"] == 10
        assert packets() == 0
        reload("all")

        def another():
            duel.exchange(TEN_LINES[0])
            return packets() > 0

        assert wait_until(another, 5, step=0.2)


def test_what_does_not_go_together_is_told(calibrate, tmp_path):
    run = calibrate.commands.run
    assert "leave out files" in run("calibrate", "--running", tmp_path, status=64)
    assert "--running" in run("calibrate", tmp_path, status=64)
    assert "there is no such socket" in run("calibrate", "--running", status=69)


def test_live_sessions_teach_what_their_recordings_do(
        stage, place, calibrate, mystel, shared):  # noqa: F811
    files = sorted(shared.glob("tera/sessions/honest-*.jsonl"))[:3]
    if not files:
        pytest.skip("no recorded sessions")
    with stage(control=place, inspection=declare(STAFF), neighbours=0) as scene:
        for number, file in enumerate(files):
            duel = scene.keep(Duel(scene.odd, scene.odd_server, source=f"127.0.7.{number + 1}",
                                   log_in=False))
            for line in file.read_text().splitlines()[1:]:
                entry = json.loads(line)
                packet = bytes.fromhex(entry["frame"])
                (duel.exchange if entry["from"] == "client" else duel.answer)(packet)
        live = calibrate()
    done = subprocess.run([mystel, "calibrate", "--json", *files], capture_output=True, text=True)
    recorded = json.loads(done.stdout)

    def looks(report):
        return [{key: value for key, value in row.items() if "Interval" not in key}
                for row in report["packets"]]

    assert looks(live) == looks(recorded)
    assert len(looks(live)) > 20
    for key in ("sessions", "players", "packets"):
        assert live["traffic"][key] == recorded["traffic"][key]
    off = {row["id"] for row in live["rules"] if row["mode"] == "off"}
    for ours, theirs in zip(live["rules"], recorded["rules"]):
        if ours["id"] not in off:
            assert ours["concernedSessions"] == theirs["concernedSessions"], ours["id"]
