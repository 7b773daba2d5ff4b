"""Packets of a live session taken down: bounded, private unless somebody asks, and read by mystel inspect."""

import json

import pytest

import tera
from management import Management
from processes import free_port, wait_until
from test_control import Commands, place  # noqa: F401 (a fixture)
from test_inspect import SERVER_TIME, chat, inspect, objects


@pytest.fixture
def commands(mystel, place):
    return Commands(mystel, place)


def the_odd_session(commands):
    return commands.json("sessions", "list", "--listener", "odd")["items"][0]["id"]


def test_a_live_session_is_taken_down_saved_and_printed(stage, place, commands, mystel, tmp_path):
    with stage(control=place) as scene:
        duel = scene.duel(header=b"", log_in=True)
        number = the_odd_session(commands)
        assert f"capture 1 of session {number} has begun" in commands.run(
            "capture", "start", number)
        for line in range(20):
            duel.exchange(chat(f"meet me at nine, {line}"))
            duel.answer(tera.packet(SERVER_TIME, bytes(8)))
        listed = commands.json("capture", "list")["items"]
        assert [(entry["id"], entry["packets"], entry["isRunning"]) for entry in listed] == [
            (1, 40, True)]
        assert "with 40 packets" in commands.run("capture", "stop", 1)
        duel.exchange(chat("unheard"))

        file, whole = tmp_path / "private.jsonl", tmp_path / "whole.jsonl"
        commands.run("capture", "save", 1, file)
        commands.run("capture", "save", 1, whole, "--secrets")
        assert file.stat().st_mode & 0o777 == 0o600
        assert "meet me".encode("utf-16-le").hex() not in file.read_text()
        printed = objects(inspect(mystel, "--json", file))
        talk = [entry["fields"]["message"] for entry in printed if entry["name"] == "C_CHAT"]
        assert len(printed) == 40 and talk == ["x" * len(f"meet me at nine, {line}")
                                               for line in range(20)]
        printed = objects(inspect(mystel, "--json", whole))
        assert [entry["fields"]["message"] for entry in printed if entry["name"] == "C_CHAT"] == [
            f"meet me at nine, {line}" for line in range(20)]
        # A file that is there is nobody's to write over.
        assert "exists" in commands.run("capture", "save", 1, file, status=64)
        assert "no capture 7" in commands.run("capture", "save", 7, tmp_path / "x", status=1)
        assert not (tmp_path / "x").exists()
        assert "removed" in commands.run("capture", "remove", 1)
        assert commands.json("capture", "list")["items"] == []
        done = [entry["action"] for entry in commands.json("audit")["items"]] \
            if commands.json("status").get("isStored") else ["capture", "capture read"]
        assert "capture" in done and "capture read" in done


def test_captures_end_by_size_time_and_with_their_session_and_there_are_only_so_many(
        stage, place, commands):
    port = free_port()
    with stage(control=place, management={"http": f"127.0.0.1:{port}"}) as scene:
        duel = scene.duel()
        number = the_odd_session(commands)
        commands.run("capture", "start", number, "--bytes", 4096)
        for _ in range(8):
            duel.exchange(tera.packet(1, bytes(1000)))
        full = commands.json("capture", "list")["items"][0]
        assert full["end"] == "full" and full["packets"] <= 4 and full["bytes"] <= 4096
        commands.run("capture", "start", number, "--for", "1s")
        assert wait_until(
            lambda: commands.json("capture", "list")["items"][1].get("end") == "time", 5, step=0.2)
        commands.run("capture", "start", number)
        commands.run("sessions", "kick", number)
        assert wait_until(lambda: commands.json(
            "capture", "list")["items"][2].get("end") == "session_ended", 5, step=0.2)
        assert "no session" in commands.run("capture", "start", number, status=1)
        other = commands.json("sessions", "list", "--listener", "public")["items"][0]["id"]
        for _ in range(5):
            commands.run("capture", "start", other)
        assert "the most there may be" in commands.run("capture", "start", other, status=1)
        assert "seconds is 1 to 3600" in commands.run(
            "capture", "start", other, "--for", "2h", status=1)

        # By HTTP the same, for an admin alone.
        http = Management(port)
        tokens = {role: commands.run("token", "add", role, "--role", role).strip()
                  for role in ("operator", "admin")}
        assert http.get("/api/v1/captures",
                        Authorization=f"Bearer {tokens['operator']}").status == 403
        bearer = {"Authorization": f"Bearer {tokens['admin']}"}
        items = http.get("/api/v1/captures", **bearer).json["items"]
        assert len(items) == 8
        part = http.get("/api/v1/captures/1/transcript", **bearer).json
        lines = [json.loads(line) for line in part["text"].splitlines()]
        assert lines[0]["format"] == "mystel-session-1" and len(lines) == 1 + full["packets"]
        assert http.get("/api/v1/captures/1/transcript?after=99", **bearer).status == 400
        for entry in items:
            assert http.ask(f"/api/v1/captures/{entry['id']}", "DELETE", **bearer).status == 200
        assert http.get("/api/v1/captures/1/transcript", **bearer).status == 404
