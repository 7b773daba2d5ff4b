"""What went wrong once when operators steered a gateway, and must not again."""

import json
import socket
import time

import pytest

import tera
from gateway import Gateway, backend, configuration, listener
from management import Management
from processes import free_port, wait_until
from test_api import bearer, local, remote, served  # noqa: F401 (fixtures)
from test_control import Commands, place  # noqa: F401 (a fixture)
from test_management import port  # noqa: F401 (a fixture)


@pytest.fixture
def commands(mystel, place):  # noqa: F811
    return Commands(mystel, place)


def test_a_change_with_which_it_does_not_start_is_set_aside(mystel, place, commands, tmp_path):  # noqa: F811
    taken, port = None, free_port()
    settings = configuration(
        [listener("public", free_port(), "world")], [backend("world", ("127.0.0.1", 1))],
        control=place, management={"changes": str(tmp_path / "changes.json")})
    gateway = Gateway(mystel, tmp_path, settings, awaited=[])
    try:
        assert wait_until(lambda: gateway.matching(message="started"), 10)
        moved = [listener("public", port, "world")]
        commands.run("config", "apply", "--set", f"listeners={json.dumps(moved)}")
        gateway.close()
        taken = socket.create_server(("127.0.0.1", port))
        gateway = Gateway(mystel, tmp_path, settings, awaited=[])
        assert wait_until(lambda: gateway.matching(message="started"), 20)
        # It can be reached, says why, and the change can be taken back.
        assert "ignore-changes" in json.dumps(commands.json("config", "get"))
        commands.run("config", "rollback", 0)
        gateway.close()
        gateway = Gateway(mystel, tmp_path, settings, awaited=[])
        assert wait_until(lambda: gateway.matching(message="started"), 10)
        assert "ignore-changes" not in json.dumps(commands.json("config", "get"))
    finally:
        gateway.close()
        if taken:
            taken.close()


def test_asking_twice_to_stop_ends_no_session_sooner(stage, place, commands):  # noqa: F811
    with stage(control=place, neighbours=0) as scene:
        duel = scene.duel()
        duel.exchange(tera.packet(1, b"x"))
        for _ in range(2):
            answer = commands.json("drain", "--stop", "--grace", "10m")
            assert answer == {"phase": "stopping", "sessions": 1}
        duel.exchange(tera.packet(1, b"still here"))
        duel.close()
        assert scene.gateway.process.wait(timeout=15) == 0
        scene.check = lambda: None  # There is no gateway any more.


def test_what_operators_do_is_told_by_the_stream_to_admins_alone(
        stage, place, served, remote, local, commands):  # noqa: F811
    with stage(control=place, management=served, neighbours=0):
        tokens = {role: commands.run("token", "add", role, "--role", role).strip()
                  for role in ("viewer", "operator", "admin")}
        for role in ("viewer", "operator"):
            for topic in ("audit", "configuration", "finding,audit"):
                answer = remote.get(f"/api/v1/events?topics={topic}", **bearer(tokens[role]))
                assert answer.status == 403, (role, topic)

        def heard(token, seconds=3):
            connection = remote.connection()
            connection.request("GET", "/api/v1/events",
                               headers={**bearer(token), "Last-Event-ID": "0"})
            answer = connection.getresponse()
            text = b""
            end = time.monotonic() + seconds
            while time.monotonic() < end:  # Ticks come every second.
                text += answer.read1(4096)
            connection.close()
            return text.decode()

        commands.run("bans", "add", "192.0.2.1")
        assert "event: audit" not in heard(tokens["viewer"], 2.5)
        assert "event: audit" in heard(tokens["admin"], 2.5)


def test_ending_nobodys_session_leaves_no_record(stage, place, commands, tmp_path):  # noqa: F811
    with stage(control=place, neighbours=0, reputation={"store": str(tmp_path / "b.db")}):
        for _ in range(5):
            assert commands.json("sessions", "kick", "203.0.113.9")["sessions"] == []
        assert commands.json("audit")["items"] == []


def test_texts_are_read_with_a_record_of_each_part(
        stage, place, served, local, commands):  # noqa: F811
    with stage(control=place, management=served) as scene:
        duel = scene.duel()
        number = commands.json("sessions", "list", "--listener", "odd")["items"][0]["id"]
        commands.run("capture", "start", number)
        for _ in range(3):
            duel.exchange(tera.packet(1, b"secret words"))
        masked = local.get("/api/v1/captures/1/transcript").json["text"]
        assert b"secret".hex() not in masked
        whole = local.get("/api/v1/captures/1/transcript?after=1&secrets=true").json["text"]
        assert b"secret".hex() in whole
        read = [entry["outcome"] for entry in commands.json("audit")["items"]
                if entry["action"] == "capture read"]
        assert read == ["with what players wrote, behind packet 1", "texts left out"]
