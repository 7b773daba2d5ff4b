"""The HTTP API of a gateway that carries players: by its socket, by TCP with tokens, by its document."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

import jsonschema
import pytest

import tera
from duel import drain
from management import Management
from processes import free_port, wait_until
from test_control import Commands, place  # noqa: F401 (a fixture)
from test_management import port  # noqa: F401 (a fixture)


@pytest.fixture
def served(place, port, tmp_path):  # noqa: F811
    """Management at a socket and a port, and tokens in a file."""
    return {"socket": str(pathlib.Path(place).with_name("http.sock")),
            "http": f"127.0.0.1:{port}", "tokens": str(tmp_path / "tokens.json")}


@pytest.fixture
def local(served):
    return Management(served["socket"])


@pytest.fixture
def remote(port):  # noqa: F811
    return Management(port)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def post(server, path, body=None, **headers):
    return server.ask(path, "POST", json.dumps(body), Content_Type="application/json", **headers)


class Described:
    """The gateway's own OpenAPI document, to hold its answers to."""

    def __init__(self, server):
        self.document = server.get("/api/v1/openapi.json").json

    def check(self, method, path, answer):
        entry = self.document["paths"][path][method.lower()]["responses"]
        found = entry.get(str(answer.status), self.document["components"]["responses"]["Problem"])
        kind = answer.headers["Content-Type"]
        schema = dict(found["content"][kind]["schema"])
        schema["components"] = self.document["components"]
        jsonschema.Draft202012Validator(schema).validate(answer.json)
        return answer.json


def test_every_answer_is_as_its_document_says(stage, place, served, local):
    with stage(control=place, management=served) as scene:
        described = Described(local)
        duel = scene.duel()
        duel.exchange(tera.packet(1, b"x" * 8))
        for path in ("status", "listeners", "backends", "sessions", "bans", "allowed", "rules",
                     "config", "tokens"):
            answer = local.get(f"/api/v1/{path}")
            assert answer.status == 200, (path, answer.text)
            described.check("GET", f"/api/v1/{path}", answer)
        status = local.get("/api/v1/status").json
        assert status["sessions"] == 7
        page = local.get("/api/v1/sessions?listener=odd").json
        assert len(page["items"]) == 1
        number = page["items"][0]["id"]
        shown = described.check(
            "GET", "/api/v1/sessions/{id}", local.get(f"/api/v1/sessions/{number}"))
        assert shown["id"] == number and shown["listener"] == "odd"
        first = local.get("/api/v1/sessions?limit=3").json
        rest = local.get(f"/api/v1/sessions?after={first['next']}").json
        ids = [entry["id"] for entry in first["items"] + rest["items"]]
        assert len(ids) == 7 and ids == sorted(set(ids)) and "next" not in rest

        banned = post(local, "/api/v1/bans", {"target": "203.0.113.9", "seconds": 60})
        assert banned.status == 201
        described.check("POST", "/api/v1/bans", banned)
        check = local.get("/api/v1/bans/check?target=203.0.113.9")
        assert described.check("GET", "/api/v1/bans/check", check)["isBanned"] is True
        described.check("GET", "/api/v1/bans", local.get("/api/v1/bans"))
        lifted = local.ask("/api/v1/bans?target=203.0.113.9", "DELETE")
        described.check("DELETE", "/api/v1/bans", lifted)
        again = local.ask("/api/v1/bans?target=203.0.113.9", "DELETE")
        assert again.status == 404
        described.check("DELETE", "/api/v1/bans", again)
        everybody = post(local, "/api/v1/bans", {"target": "0.0.0.0/0"})
        assert everybody.status in (400, 409), everybody.text
        own = post(local, "/api/v1/bans", {"target": "127.0.0.1"})
        assert own.status == 409, own.text
        described.check("POST", "/api/v1/allowed",
                        post(local, "/api/v1/allowed", {"target": "203.0.113.0/24", "note": "us"}))
        described.check("GET", "/api/v1/allowed", local.get("/api/v1/allowed"))
        described.check("DELETE", "/api/v1/allowed",
                        local.ask("/api/v1/allowed?target=203.0.113.0/24", "DELETE"))
        described.check("POST", "/api/v1/reload", post(local, "/api/v1/reload"))
        nothing = local.get("/api/v1/evidence/none")
        assert nothing.status == 404
        described.check("GET", "/api/v1/evidence/{id}", nothing)

        ended = local.ask(f"/api/v1/sessions/{number}", "DELETE")
        assert described.check("DELETE", "/api/v1/sessions/{id}", ended) == {"sessions": [number]}
        scene.gateway.wait_end("kicked")
        drain(duel.player)
        kicked = scene.gateway.wait_loud("sessions kicked")
        assert kicked[0]["by"] == f"uid {os.getuid()}"


def test_its_document_is_an_openapi_document(stage, served, local):
    validator = pytest.importorskip("openapi_spec_validator")
    with stage(management=served, neighbours=0):
        validator.validate(Described(local).document)


def test_requests_that_its_document_allows_or_forbids_are_answered_as_it_says(
        stage, served, local, port, tmp_path):  # noqa: F811
    """Schemathesis makes them up: whatever they are, no answer is one that the document lacks."""
    tool = os.environ.get("SCHEMATHESIS") or shutil.which("schemathesis")
    if not tool:
        pytest.skip("no schemathesis: pip install schemathesis")
    with stage(management=served, neighbours=0):
        token = post(local, "/api/v1/tokens", {"name": "fuzz", "role": "admin"}).json["token"]
        # That a wrong token gets 429 in time, and that not every text of an address's letters is an
        # address, is right: the two checks left out would mind.
        done = subprocess.run(
            [tool, "run", f"http://127.0.0.1:{port}/api/v1/openapi.json",
             "-H", f"Authorization: Bearer {token}", "--checks", "all",
             "--exclude-checks", "ignored_auth,positive_data_acceptance",
             # It would end the gateway.
             "--exclude-operation-id", "revokeToken", "--exclude-operation-id", "drain",
             # It lasts; test_fault_rows_i.py reads it.
             "--exclude-operation-id", "streamEvents", "--max-examples", "30",
             "--generation-deterministic", "--no-color"],
            cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_tokens_open_what_their_role_may(stage, mystel, place, served, local, remote):
    commands = Commands(mystel, place)
    with stage(control=place, management=served, neighbours=0) as scene:
        assert remote.get("/api/v1/status").status == 401
        viewer = commands.run("token", "add", "grafana").strip()
        operator = commands.run("token", "add", "alice", "--role", "operator").strip()
        admin = commands.json("token", "add", "root", "--role", "admin", "--for", "1h")["token"]
        assert remote.get("/api/v1/status", **bearer(viewer)).status == 200
        ban = {"target": "203.0.113.9", "reason": "by hand"}
        assert post(remote, "/api/v1/bans", ban, **bearer(viewer)).status == 403
        made = post(remote, "/api/v1/bans", ban, **bearer(operator))
        assert made.status == 201 and made.json["origin"] == "token alice"
        assert post(remote, "/api/v1/reload", **bearer(operator)).status == 403
        assert post(remote, "/api/v1/reload", **bearer(admin)).status == 200
        listed = remote.get("/api/v1/tokens", **bearer(admin)).json["items"]
        assert [token["name"] for token in listed] == ["alice", "grafana", "root"]
        assert not any("token" in token for token in listed)
        assert "grafana" in commands.run("token", "list")

        # Revoked, it is nobody's at once, on a connection that is open too.
        connection = remote.connection()
        connection.request("GET", "/api/v1/status", headers=bearer(viewer))
        first = connection.getresponse()
        first.read()
        assert first.status == 200
        assert commands.run("token", "revoke", "grafana") == "revoked grafana\n"
        connection.request("GET", "/api/v1/status", headers=bearer(viewer))
        second = connection.getresponse()
        second.read()
        assert second.status == 401
        connection.close()
        assert "no token" in commands.run("token", "revoke", "grafana", status=1)
        text = pathlib.Path(served["tokens"]).read_text()
        with scene.gateway.changed:
            log = json.dumps(scene.gateway.lines)
        for secret in (viewer, operator, admin):
            assert secret not in text and secret not in log
        # Others outlive the gateway.
    with stage(control=place, management=served, neighbours=0):
        assert remote.get("/api/v1/status", **bearer(operator)).status == 200
        assert remote.get("/api/v1/status", **bearer(viewer)).status == 401


def test_a_token_file_that_others_can_read_is_a_reason_not_to_start(stage, served):
    path = pathlib.Path(served["tokens"])
    path.write_text("[]")
    path.chmod(0o644)
    with pytest.raises(AssertionError, match="chmod 600"):
        stage(management=served, neighbours=0)


def test_what_operators_do_is_recorded_with_their_names(
        stage, mystel, place, served, local, remote, tmp_path):
    commands = Commands(mystel, place)
    with stage(control=place, management=served, neighbours=0,
               reputation={"store": str(tmp_path / "reputation.db")}):
        token = post(local, "/api/v1/tokens", {"name": "alice", "role": "admin"}).json["token"]
        post(remote, "/api/v1/bans", {"target": "203.0.113.9"}, **bearer(token))
        remote.ask("/api/v1/bans?target=203.0.113.9", "DELETE", **bearer(token))
        post(remote, "/api/v1/reload", **bearer(token))
        # Seen once it is on the disk.
        wanted = [("token alice", "reload", "", "done"),
                  ("token alice", "lift", "203.0.113.9", "done"),
                  ("token alice", "ban", "203.0.113.9", "done"),
                  (f"uid {os.getuid()}", "token add", "alice", "admin, no end")]

        def recorded():
            answer = local.get("/api/v1/audit")
            Described(local).check("GET", "/api/v1/audit", answer)
            return [(entry["actor"], entry["action"], entry["subject"], entry["outcome"])
                    for entry in answer.json["items"]] == wanted

        assert wait_until(recorded, 20, step=0.5), local.get("/api/v1/audit").text
        assert "token alice" in commands.run("audit")
        assert len(local.get("/api/v1/audit?limit=1").json["items"]) == 1


def test_guessing_is_slowed_and_does_not_lock_others_out(stage, served, local, remote):
    with stage(management=served, neighbours=0):
        token = post(local, "/api/v1/tokens", {"name": "a", "role": "viewer"}).json["token"]
        seen = [remote.get("/api/v1/status", **bearer(f"guess{number}")).status
                for number in range(8)]
        assert seen[:5] == [401] * 5 and set(seen[5:]) == {429}
        assert remote.get("/api/v1/status", **bearer(token)).status == 200


def test_a_page_of_another_site_gets_nothing(stage, served, local, remote):
    with stage(management=served, neighbours=0):
        token = post(local, "/api/v1/tokens", {"name": "a", "role": "admin"}).json["token"]
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Host": "evil.example"}):
            answer = post(remote, "/api/v1/reload", **bearer(token), **headers)
            assert answer.status in (403, 421), headers
            assert not any(name.lower().startswith("access-control") for name in answer.headers)
        assert remote.ask("/api/v1/bans", "OPTIONS").status == 405


def test_the_configuration_is_the_one_in_force(stage, mystel, place, served, local, tmp_path):
    commands = Commands(mystel, place)
    with stage(control=place, management=served, neighbours=0):
        text = local.get("/api/v1/config").json["yaml"]
        assert text == commands.run("config", "get")
        file = tmp_path / "again.yaml"
        file.write_text(text)
        done = subprocess.run([mystel, "check", "--config", file], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_a_body_that_drips_holds_nobody_else_up(stage, served, local, port):
    with stage(management=served, neighbours=2):
        slow = []
        for _ in range(10):
            peer = socket.create_connection(("127.0.0.1", port), timeout=5)
            peer.sendall(b"POST /api/v1/bans HTTP/1.1\r\nHost: localhost\r\n"
                         b"Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{")
            slow.append(peer)
        began = time.monotonic()
        for _ in range(20):
            assert local.get("/api/v1/status").status == 200
        assert time.monotonic() - began < 10
        for peer in slow:
            peer.close()
        assert wait_until(lambda: local.metrics()["mystel_management_connections"] == 1, 5)


def test_healthcheck_says_by_its_status_whether_players_are_let_in(stage, mystel, served):
    def check(*more):
        return subprocess.run([mystel, "healthcheck", *more], capture_output=True, text=True,
                              timeout=20)

    with stage(management=served, neighbours=0) as scene:
        done = check("--socket", served["socket"])
        assert (done.returncode, done.stdout) == (0, "ready\n")
        assert check("--config", scene.gateway.file).returncode == 0
        scene.duel()
        scene.gateway.process.terminate()
        assert wait_until(lambda: check("--socket", served["socket"]).returncode == 1, 2)
        scene.check = lambda: scene.gateway.process.wait(10)
    done = check("--socket", served["socket"])
    assert done.returncode == 69 and "no such socket" in done.stderr
