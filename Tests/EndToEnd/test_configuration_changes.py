"""Changes of the configuration of a running gateway: by API and by command, with history, kept over a
start, and set aside where they no longer fit the file."""

import json
import os
import pathlib
import subprocess
import threading

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


def test_changes_that_no_longer_fit_the_file_are_set_aside_at_a_start(
        stage, mystel, place, kept, local):  # noqa: F811
    commands = Commands(mystel, place)
    with stage(control=place, management=kept, neighbours=0) as scene:
        backends = [{"name": name, "address": entry["address"], "builds": entry["builds"]}
                    for entry in scene.settings["backends"] for name in [entry["name"]]]
        backends[0]["builds"] = [backends[0]["builds"][0], 999999]
        faulty = post(local, "/api/v1/config/validate", {"patch": {"backends": backends}}).json
        assert [problem["place"] for problem in faulty["problems"]] == ["change 1"]
        patch(local, {"listeners": [dict(scene.settings["listeners"][0], backend="odd"),
                                    scene.settings["listeners"][1]],
                      "timeouts": {"idle": "7m"}})
        # A reload with which they do not hold is rejected, and says which change it is.
        scene.settings["backends"][1]["name"] = "other"
        scene.settings["listeners"][1]["backend"] = "other"
        scene.gateway.write(scene.settings)
        rejected = commands.run("reload", status=1)
        assert "change 1: listeners[0].backend" in rejected, rejected
        assert local.metrics()["mystel_config_changes_set_aside"] == 0
        file = scene.gateway.file
        check = subprocess.run([mystel, "check", "--config", file], capture_output=True, text=True)
        assert check.returncode == 0 and "would be set aside" in check.stderr
        assert "change 1: listeners[0].backend" in check.stderr
    # With what they need gone the gateway starts all the same.
    book = json.loads(pathlib.Path(kept["changes"]).read_text())
    book["entries"][0]["patch"]["listeners"][0]["backend"] = "gone"
    pathlib.Path(kept["changes"]).write_text(json.dumps(book))
    with stage(control=place, management=kept, neighbours=0) as scene:
        answer = local.get("/api/v1/config").json
        assert answer["number"] == 0 and answer["patch"] == {}
        assert "change 1: listeners[0].backend" in answer["setAside"]
        assert local.metrics()["mystel_config_changes_set_aside"] == 1
        assert scene.gateway.wait_loud("set aside")[0]["level"] == "error"
        scene.duel().exchange(tera.login())
        # They stay in the history, and another change goes on from the file.
        assert patch(local, {"timeouts": {"idle": "8m"}})["number"] == 2
        assert [entry["number"] for entry in local.get("/api/v1/config/history").json["items"]] \
            == [2, 1]
        assert local.metrics()["mystel_config_changes_set_aside"] == 0


@pytest.mark.parametrize("damage", ["cut", "open", "link", "garbage", "twice"])
def test_a_file_of_changes_that_cannot_be_used_is_set_aside_and_kept(
        stage, kept, local, damage):  # noqa: F811
    path = pathlib.Path(kept["changes"])
    with stage(management=kept, neighbours=0):
        patch(local, {"timeouts": {"idle": "7m"}})
    whole = path.read_text()
    if damage == "cut":
        path.write_text(whole[:-20])
    elif damage == "open":
        path.chmod(0o644)
    elif damage == "link":
        path.rename(path.with_name("elsewhere"))
        path.symlink_to("elsewhere")
    elif damage == "garbage":
        path.write_bytes(b"\x00\xff" * 50)
    else:
        path.write_text(whole.replace('"format":1', '"format":1,"format":1'))
    before = path.read_bytes()
    with stage(management=kept, neighbours=0) as scene:
        answer = local.get("/api/v1/config").json
        assert (answer["number"], answer["patch"]) == (0, {}) and answer["setAside"], answer
        assert keys(local)["timeouts.idle"]["origin"] == "usual"
        scene.duel().exchange(tera.login())
        assert path.read_bytes() == before
        assert patch(local, {"timeouts": {"idle": "9m"}})["number"] == 1
        assert path.with_name("changes.json.set-aside").read_bytes() == before
    with stage(management=kept, neighbours=0):
        assert keys(local)["timeouts.idle"]["value"] == "9m"


def test_a_change_that_cannot_be_put_into_force_or_kept_is_none(
        stage, kept, local, tmp_path):  # noqa: F811
    folder = tmp_path / "state"
    folder.mkdir()
    kept["changes"] = str(folder / "changes.json")
    with stage(management=kept, neighbours=0) as scene:
        before = local.get("/api/v1/config").json
        busy = scene.odd_server.address[1]
        listeners = [dict(scene.settings["listeners"][0], bind=f"127.0.0.1:{busy}"),
                     scene.settings["listeners"][1]]
        answer = local.ask(f"/api/v1/config?if_match={before['version']}", "PATCH",
                           json.dumps({"listeners": listeners}), Content_Type=PATCH)
        assert answer.status in (409, 422), answer.text
        assert local.get("/api/v1/config").json == before and not os.listdir(folder)
        folder.rename(tmp_path / "moved")
        answer = local.ask(f"/api/v1/config?if_match={before['version']}", "PATCH",
                           '{"timeouts": {"idle": "7m"}}', Content_Type=PATCH)
        assert answer.status == 503 and "nothing has changed" in answer.text
        assert local.get("/api/v1/config").json == before
        scene.duel().exchange(tera.login())


def test_keys_of_the_start_wait_for_it_and_those_of_the_environment_are_shadowed(
        stage, mystel, kept, local, monkeypatch):  # noqa: F811
    with stage(management=kept, neighbours=0):
        done = patch(local, {"workers": 2})
        assert done["needsRestart"] == ["workers"]
        assert local.get("/api/v1/config").json["awaitsRestart"] == ["workers"]
    with stage(management=kept, neighbours=0):
        assert local.get("/api/v1/config").json["awaitsRestart"] == []
        assert keys(local)["workers"]["value"] == 2
        own = local.ask(f"/api/v1/config?if_match={version(local)}", "PATCH",
                        '{"management": {"changes": "/tmp/x"}}', Content_Type=PATCH)
        assert own.status == 400 and "file alone" in own.text


def test_the_file_that_was_edited_meanwhile_comes_with_a_reload_only(
        stage, kept, local):  # noqa: F811
    with stage(management=kept, neighbours=0) as scene:
        scene.settings["timeouts"]["packet"] = "13s"
        scene.gateway.write(scene.settings)
        done = patch(local, {"timeouts": {"idle": "7m"}})
        assert [entry for entry in done["warnings"] if "was edited" in entry["message"]]
        assert [entry["path"] for entry in done["changes"]] == ["timeouts.idle"]
        assert keys(local)["timeouts.packet"]["origin"] == "usual"
        assert post(local, "/api/v1/reload").status == 200
        assert keys(local)["timeouts.packet"]["value"] == "13s"
        assert keys(local)["timeouts.idle"]["value"] == "7m"


def test_many_who_change_at_once_do_not_overwrite_each_other(stage, kept, local):  # noqa: F811
    with stage(management=kept, neighbours=0):
        old = version(local)
        statuses = []

        def try_it(number):
            answer = Management(local.place).ask(
                f"/api/v1/config?if_match={old}", "PATCH",
                json.dumps({"timeouts": {"idle": f"{number + 5}m"}}), Content_Type=PATCH)
            statuses.append((answer.status, number))

        threads = [threading.Thread(target=try_it, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(status for status, _ in statuses) == [200] + [412] * 7
        winner = next(number for status, number in statuses if status == 200)
        assert keys(local)["timeouts.idle"]["value"] == f"{winner + 5}m"


def test_a_change_is_in_the_audit(stage, kept, local, tmp_path):  # noqa: F811
    with stage(management=kept, neighbours=0,
               reputation={"store": str(tmp_path / "reputation.db")}):
        patch(local, {"timeouts": {"idle": "7m"}})
        local.ask(f"/api/v1/config?if_match={version(local)}", "PATCH",
                  '{"timeouts": {"idle": "x"}}', Content_Type=PATCH)
        roll_back(local, 0)

        def recorded():
            return [(entry["action"], entry["outcome"])
                    for entry in local.get("/api/v1/audit").json["items"]]

        wanted = [("config rollback", "change 2: timeouts.idle"),
                  ("config apply", "refused: invalid"), ("config apply", "change 1: timeouts.idle")]
        assert wait_until(lambda: recorded() == wanted, 20, step=0.5), recorded()
