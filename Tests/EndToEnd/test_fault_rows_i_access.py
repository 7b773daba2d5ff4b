"""Faults at the management API, row by row: guessing, paths, wide bans, roles, secrets, floods."""

import json
import re
import socket
import threading
import time

import pytest

from management import Management
from processes import wait_until
from test_api import bearer, local, post, remote, served  # noqa: F401 (fixtures)
from test_control import Commands, place  # noqa: F401 (a fixture)
from test_management import port  # noqa: F401 (a fixture)


@pytest.fixture
def commands(mystel, place):  # noqa: F811
    return Commands(mystel, place)


def token_of(commands, role):
    return commands.run("token", "add", f"a-{role}", "--role", role).strip()


def test_i1_guesses_look_alike_and_five_a_minute_are_all_there_are(
        stage, place, served, remote, commands):  # noqa: F811
    with stage(control=place, management=served, neighbours=0):
        token = token_of(commands, "viewer")
        name, number, secret = token.split("_")
        guesses = ["", "x", f"{name}_{number}_{'0' * 64}", f"{name}_00000000_{secret}",
                   f"{name}_{number}_{secret[:-1]}{'0' if secret[-1] != '0' else '1'}"]
        answers = [remote.get("/api/v1/status", **bearer(guess)) for guess in guesses]
        assert {answer.status for answer in answers} == {401}
        assert len({answer.body for answer in answers}) == 1
        assert len({tuple(sorted(set(answer.headers) - {"Date"})) for answer in answers}) == 1
        for _ in range(5):
            answer = remote.get("/api/v1/status", **bearer("y"))
        assert answer.status == 429 and answer.headers["Retry-After"] == "60"
        # Who has the right one is not locked out by others behind the same address.
        assert remote.get("/api/v1/status", **bearer(token)).status == 200


@pytest.mark.parametrize("path", [
    "/dashboard/../etc/passwd", "/dashboard/%2e%2e/%2e%2e/etc/passwd", "/dashboard/..%2f..%2fetc",
    "/dashboard//etc/passwd", "/dashboard/index.html%00.js", "/dashboard/views/../../index.html",
    "/api/v1/../../etc/passwd", "/api/v1/evidence/..%2f..%2fetc%2fpasswd",
    "/dashboard/" + "a/" * 2000, "/api/v1/sessions/1e3", "/api/v1/rules/%ff%fe", "//", "/%"])
def test_i6_no_path_leads_out(stage, served, local, path):  # noqa: F811
    with stage(management=served, neighbours=0):
        answer = local.get(path)
        assert answer.status in (302, 400, 404, 405, 414, 431), answer.status
        assert b"root:" not in answer.body and b"<html" not in answer.body


def test_i9_nobody_is_banned_by_one_slip_and_tries_are_recorded(
        stage, place, served, local, commands, tmp_path):  # noqa: F811
    with stage(control=place, management=served, neighbours=2,
               reputation={"store": str(tmp_path / "bans.db")}):
        for wide in ("0.0.0.0/0", "::/0", "10.0.0.0/7"):
            answer = post(local, "/api/v1/bans", {"target": wide})
            assert answer.status == 409, (wide, answer.text)
            assert "wide" in answer.text or "everybody" in answer.text or "hint" in answer.json
        # All bans at once cannot be lifted by leaving out which.
        commands.run("bans", "add", "192.0.2.1")
        assert local.ask("/api/v1/bans", "DELETE").status == 400
        assert len(commands.json("bans", "list")["items"]) == 1
        # The gateway's own game server is nobody to ban.
        assert post(local, "/api/v1/bans", {"target": "127.0.0.1"}).status == 409
        tried = [(entry["subject"], entry["outcome"]) for entry in
                 commands.json("audit")["items"] if entry["action"] == "ban"]
        assert ("0.0.0.0/0", ) == tried[-1][:1] and "refused" in tried[-1][1]
        assert commands.json("status")["sessions"] == 2


def test_i11_no_route_is_open_to_a_role_below_its_own(
        stage, place, served, local, remote, commands):  # noqa: F811
    """Every route of the document times every role, and nobody."""
    with stage(control=place, management=served, neighbours=0):
        document = local.get("/api/v1/openapi.json").json
        tokens = {role: token_of(commands, role) for role in ("viewer", "operator", "admin")}
        ranks = ["nobody", *tokens]
        tried = 0
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                needed = operation.get("x-role")
                for caller in ranks:
                    if needed and ranks.index(caller) >= ranks.index(needed):
                        continue  # What opens is tried in other tests.
                    headers = bearer(tokens[caller]) if caller in tokens else {}
                    if needed is None:
                        continue
                    concrete = re.sub(r"\{\w+\}", "1", path)
                    answer = remote.ask(concrete, method.upper(), "{}", **headers,
                                        Content_Type="application/json")
                    wanted = 401 if caller == "nobody" else 403
                    assert answer.status == wanted, (method, path, caller, answer.text)
                    tried += 1
        assert tried > 80


def test_i13_secrets_stand_in_no_answer_no_log_and_no_metric(
        stage, place, served, local, remote, commands):  # noqa: F811
    with stage(control=place, management=served, neighbours=0) as scene:
        token = token_of(commands, "admin")
        secret = token.split("_")[2]
        remote.get(f"/api/v1/status?token={token}", **bearer(token))
        remote.get("/api/v1/status", **bearer(token + "0"))
        remote.get(f"/api/v1/nothing/{token}", **bearer(token))
        seen = [remote.get(path, **bearer(token)).text for path in (
            "/api/v1/tokens", "/api/v1/config", "/api/v1/audit", "/api/v1/status", "/metrics",
            f"/api/v1/status?token={token}", "/api/v1/openapi.json")]
        assert all(secret not in text for text in seen)
        assert secret not in json.dumps(scene.gateway.lines)


def test_i8_a_flood_of_requests_leaves_the_health_endpoint_and_the_socket_free(
        stage, served, local, port):  # noqa: F811
    """What it costs players is measured by `mystel bench api`."""
    with stage(management=served):
        stop = threading.Event()

        def flood():
            while not stop.is_set():
                with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
                    peer.settimeout(5)
                    try:
                        for _ in range(50):
                            peer.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        peer.recv(1 << 16)
                    except OSError:
                        pass

        threads = [threading.Thread(target=flood, daemon=True) for _ in range(6)]
        for thread in threads:
            thread.start()
        try:
            took = []
            for _ in range(20):
                begin = time.monotonic()
                assert local.get("/healthz", ).status == 200
                took.append(time.monotonic() - begin)
            assert sorted(took)[10] < 2
        finally:
            stop.set()
            for thread in threads:
                thread.join(20)
        assert wait_until(lambda: Management(port).get("/healthz").status == 200, 10, step=0.2)
