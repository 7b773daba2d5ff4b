"""Changes of the configuration of a running gateway: by API and by command, with history, kept over a
start, and set aside where they no longer fit the file."""

import json
import os
import pathlib
import subprocess

import pytest

import tera
from management import Management
from processes import wait_until
from test_api import Described, bearer, local, port, post, remote, served  # noqa: F401 (fixtures)
from test_control import Commands, place  # noqa: F401 (a fixture)

PATCH = "application/merge-patch+json"


def version(server):
    return server.get("/api/v1/config").json["version"]


def patch(server, changes, if_match=None, note="", status=200, **headers):
    if_match = if_match or version(server)
    answer = server.ask(f"/api/v1/config?if_match={if_match}&note={note}", "PATCH",
                        json.dumps(changes), Content_Type=PATCH, **headers)
    assert answer.status == status, answer.text
    return answer.json


def roll_back(server, number):
    answer = post(server, "/api/v1/config/rollback",
                  {"number": number, "ifMatch": version(server)})
    assert answer.status == 200, answer.text
    return answer.json


def keys(server):
    return {key["path"]: key for key in server.get("/api/v1/config").json["keys"]}


@pytest.fixture
def kept(served, tmp_path):  # noqa: F811
    return {**served, "changes": str(tmp_path / "changes.json")}


def test_a_change_is_in_force_at_once_and_after_a_start_and_can_be_taken_back(
        stage, mystel, place, kept, local):  # noqa: F811
    commands = Commands(mystel, place)
    with stage(control=place, management=kept) as scene:
        described = Described(local)
        first = described.check("GET", "/api/v1/config", local.get("/api/v1/config"))
        assert first["number"] == 0 and first["patch"] == {} and first["isStored"] is True
        assert first["path"] == str(scene.gateway.file)
        idle = keys(local)["timeouts.idle"]
        assert (idle["origin"], idle["usual"]) == ("usual", idle["value"])
        assert keys(local)["timeouts.drain"]["origin"] == "file"
        assert keys(local)["limits.session.mode"]["value"] == "off"

        asked = post(local, "/api/v1/config/validate", {"patch": {"timeouts": {"idle": "7m"}}})
        would = described.check("POST", "/api/v1/config/validate", asked)
        assert would["isValid"] and would["needsRestart"] == []
        assert would["changes"] == [
            {"path": "timeouts.idle", "before": idle["value"], "after": "7m"}]
        assert version(local) == first["version"]

        made = local.ask(f"/api/v1/config?if_match={first['version']}&note=slow%20players", "PATCH",
                         json.dumps({"timeouts": {"idle": "7m"}}), Content_Type=PATCH)
        done = described.check("PATCH", "/api/v1/config", made)
        assert done["number"] == 1 and done["changes"] == would["changes"]
        assert done["version"] == version(local) != first["version"]
        assert keys(local)["timeouts.idle"]["value"] == "7m"
        assert keys(local)["timeouts.idle"]["origin"] == "change"
        assert "  idle: 7m\n" in commands.run("config", "get")
        # The file is as it was, and a reload of it keeps the change.
        assert "7m" not in scene.gateway.file.read_text()
        assert post(local, "/api/v1/reload").status == 200
        assert keys(local)["timeouts.idle"]["value"] == "7m"
        assert "change 2" in commands.run(
            "config", "apply", "--set", "timeouts.packet=11s", "--set", "limits.queue_bytes=512KiB")
        history = described.check(
            "GET", "/api/v1/config/history", local.get("/api/v1/config/history"))["items"]
        assert [(entry["number"], entry["kind"], entry["note"]) for entry in history] == [
            (2, "apply", ""), (1, "apply", "slow players")]
        assert history[0]["by"] == f"uid {os.getuid()}"
        mode = os.stat(kept["changes"]).st_mode & 0o777
        assert mode == 0o600
    with stage(control=place, management=kept, neighbours=0):
        assert keys(local)["timeouts.packet"]["value"] == "11s"
        assert local.get("/api/v1/config").json["number"] == 2
        # A change taken back by null, a rollback, and a rollback of that.
        patch(local, {"timeouts": {"packet": None}})
        assert keys(local)["timeouts.packet"]["origin"] == "usual"
        assert keys(local)["timeouts.idle"]["value"] == "7m"
        assert roll_back(local, 1)["number"] == 4
        assert local.get("/api/v1/config").json["patch"] == {"timeouts": {"idle": "7m"}}
        assert roll_back(local, 2)["number"] == 5
        assert keys(local)["timeouts.packet"]["value"] == "11s"
        assert "change 6 is in force" in commands.run("config", "rollback", "0")
        assert local.get("/api/v1/config").json["patch"] == {}
        assert "rollback" in commands.run("config", "history")
        assert "no change 99" in commands.run("config", "rollback", "99", status=1)


def test_a_change_that_is_faulty_changes_nothing_not_even_the_history(
        stage, mystel, place, kept, local):  # noqa: F811
    commands = Commands(mystel, place)
    with stage(control=place, management=kept, neighbours=0):
        described = Described(local)
        before = local.get("/api/v1/config").json
        for changes, key, words in (
                ({"timeouts": {"idle": "7 minutes"}}, "timeouts.idle", "7m"),
                ({"timeouts": {"idl": "7m"}}, "timeouts.idl", "idle"),
                ({"limits": {"sessions": 1.5}}, "limits.sessions", ""),
                ({"limits": {"sessions": "500"}}, "limits.sessions", ""),
                ({"listeners": {}, "backends": []}, "backends", ""),
                ({"inspection": {"rules": {"400-amount": "off"}}},
                 "inspection.rules.400-amount", "400-amounts"),
                ({"limits": {"client_packet_bytes": "64KiB"}}, "limits.client_packet_bytes", "")):
            answer = local.ask(f"/api/v1/config?if_match={before['version']}", "PATCH",
                               json.dumps(changes), Content_Type=PATCH)
            assert answer.status == 422, (changes, answer.text)
            problems = described.check("PATCH", "/api/v1/config", answer)["problems"]
            mine = [problem for problem in problems if problem["key"] == key]
            assert mine and mine[0]["place"] == "change 1", (changes, problems)
            assert words in json.dumps(mine)
            would = post(local, "/api/v1/config/validate", {"patch": changes}).json
            assert not would["isValid"] and would["problems"] == problems
        assert "change 1: timeouts.idle" in commands.run(
            "config", "validate", "--set", "timeouts.idle=7", status=78)
        after = local.get("/api/v1/config").json
        assert after == before
        assert local.get("/api/v1/config/history").json["items"] == []
        assert not pathlib.Path(kept["changes"]).exists()


def test_a_change_is_made_for_a_version_and_not_for_a_later_one(stage, kept, local):  # noqa: F811
    with stage(management=kept, neighbours=0):
        old = version(local)
        missing = local.ask("/api/v1/config", "PATCH", "{}", Content_Type=PATCH)
        assert missing.status == 428
        assert local.ask(f"/api/v1/config?if_match={old}", "PATCH", "{}",
                         Content_Type="application/json").status == 415
        patch(local, {"timeouts": {"idle": "7m"}}, old)
        patch(local, {"timeouts": {"idle": "8m"}}, old, status=412)
        assert post(local, "/api/v1/config/rollback",
                    {"number": 0, "ifMatch": old}).status == 412
        assert post(local, "/api/v1/config/rollback", {"number": 0}).status == 428
        assert keys(local)["timeouts.idle"]["value"] == "7m"
        for body in ("[]", "5", "null", '{"timeouts": {"idle": "1m", "idle": "2m"}}',
                     '{"a":' * 40 + "1" + "}" * 40, '{"limits": {"sessions": 1e999}}', "{NaN: 1}"):
            answer = local.ask(f"/api/v1/config?if_match={version(local)}", "PATCH", body,
                               Content_Type=PATCH)
            assert answer.status == 400, (body, answer.text)


def test_lists_are_replaced_whole_and_maps_are_merged(stage, kept, local):  # noqa: F811
    with stage(management=kept, neighbours=0,
               inspection={"profile": "observe", "rules": {"400-amounts": "off"}}):
        patch(local, {"limits": {"address": {"exempt": ["203.0.113.0/24", "198.51.100.0/24"]}}})
        patch(local, {"limits": {"address": {"exempt": ["192.0.2.0/24"]}}})
        assert keys(local)["limits.address.exempt"]["value"] == ["192.0.2.0/24"]
        rules = {rule["id"]: rule["mode"] for rule in local.get("/api/v1/rules").json["items"]}
        other = next(name for name, mode in rules.items() if mode == "shadow")
        done = patch(local, {"inspection": {"rules": {other: "enforce"}}})
        assert done["changes"] == [
            {"path": f"inspection.rules.{other}", "before": None, "after": "enforce"}]
        rules = {rule["id"]: rule["mode"] for rule in local.get("/api/v1/rules").json["items"]}
        assert rules["400-amounts"] == "off" and rules[other] == "enforce"


def test_a_rule_is_switched_by_an_operator_and_that_is_a_change(
        stage, mystel, place, kept, local, remote):  # noqa: F811
    commands = Commands(mystel, place)
    with stage(control=place, management=kept, neighbours=0):
        token = post(local, "/api/v1/tokens", {"name": "bob", "role": "operator"}).json["token"]
        answer = remote.ask("/api/v1/rules/400-amounts", "PUT", '{"mode": "enforce"}',
                            Content_Type="application/json", **bearer(token))
        rule = Described(local).check("PUT", "/api/v1/rules/{id}", answer)
        assert rule["mode"] == "enforce"
        history = local.get("/api/v1/config/history").json["items"]
        assert history[0]["by"] == "token bob"
        assert history[0]["changes"][0]["path"] == "inspection.rules.400-amounts"
        for path, body, status in (("400-amount", {"mode": "off"}, 404),
                                   ("400-amounts", {"mode": "on"}, 400)):
            answer = local.ask(f"/api/v1/rules/{path}", "PUT", json.dumps(body),
                               Content_Type="application/json")
            assert answer.status == status
        roll_back(local, 0)
        rules = {rule["id"]: rule["mode"] for rule in local.get("/api/v1/rules").json["items"]}
        assert rules["400-amounts"] == "shadow"
        commands.run("rules", "mode", "400-amounts", "off")
        rules = {rule["id"]: rule["mode"] for rule in local.get("/api/v1/rules").json["items"]}
        assert rules["400-amounts"] == "off"
