"""What the gateway tells other programs: webhooks, and tera-api's bans, kicks and reports."""

import contextlib
import hashlib
import hmac
import json
import time

import pytest

import tera
from duel import drain
from management import Management
from processes import wait_until
from standin import StandIn
from test_control import Commands, place  # noqa: F401 (a fixture)
from test_launcher import secret
from test_management import port  # noqa: F401 (a fixture)
from test_reputation import let_in

SIGNED = "0123456789abcdef0123456789abcdef"
DONE = (200, {"Return": True, "ReturnCode": 0, "Msg": "success"})
BAN, KICK, REPORT = ("/accountApi/BanAccountByUserNo", "/serverApi/KickAccountByUserNo",
                     "/api/report_cheater")


@pytest.fixture
def receiver():
    with contextlib.closing(StandIn({"/hook": (204, b""), "/other": (204, b"")})) as server:
        yield server


@pytest.fixture
def commands(mystel, place):  # noqa: F811
    return Commands(mystel, place)


def hook(receiver, path="/hook", name="hook", **more):
    return {"name": name, "url": receiver.url + path, "timeout": "2s", **more}


def test_a_webhook_is_told_what_it_asked_for_signed(
        stage, place, commands, receiver, port, tmp_path):  # noqa: F811
    hooks = [
        hook(receiver, events=["ban_added", "ban_removed", "audit"],
             secret=secret(tmp_path / "hook.key", SIGNED)),
        hook(receiver, "/other", "discord", format="discord", events=["ban_added"])]
    with stage(control=place, management={"http": f"127.0.0.1:{port}"}, webhooks=hooks):
        commands.run("bans", "add", "198.51.100.7", "--reason", "bots @everyone")
        commands.run("bans", "remove", "198.51.100.7")
        kinds = []
        for asked in receiver.wait_for("/hook", 4):
            stamp = asked.headers["X-Mystel-Timestamp"]
            assert abs(time.time() - int(stamp)) < 10
            wanted = hmac.new(SIGNED.encode(), stamp.encode() + b"." + asked.body, hashlib.sha256)
            assert asked.headers["X-Mystel-Signature"] == "v1=" + wanted.hexdigest()
            assert asked.headers["Content-Type"] == "application/json"
            kinds.append(json.loads(asked.body)["kind"])
        assert sorted(kinds) == ["audit", "audit", "ban_added", "ban_removed"]
        said = json.loads(receiver.wait_for("/other")[0].body)
        assert "198.51.100.7" in said["content"] and "bots" in said["content"]
        assert said["allowed_mentions"] == {"parse": []}
        assert "X-Mystel-Signature" not in receiver.at("/other")[0].headers
        key = 'mystel_webhook_messages_total{webhook="hook",outcome="delivered"}'
        assert wait_until(lambda: Management(port).metrics()[key] == 4, 5)


def test_a_backend_that_goes_down_and_up_is_told(stage, receiver):
    with stage(neighbours=0, webhooks=[hook(receiver, format="text")],
               timeouts={"health_check": "250ms"}) as scene:
        scene.world.terminate()
        down = receiver.wait_for("/hook")[0]
        assert down.body.decode().startswith("backend world (")
        assert "is down" in down.body.decode()
        assert down.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_receiver_that_stumbles_is_tried_again_and_a_refusal_is_final(
        stage, place, commands, receiver, port):  # noqa: F811
    receiver.answers["/hook"] = [(500, b""), (429, b"", {"Retry-After": "1"}), (204, b""),
                                 (404, b""), (204, b"")]
    with stage(neighbours=0, control=place, management={"http": f"127.0.0.1:{port}"},
               webhooks=[hook(receiver, events=["ban_added"], retries=3)]) as scene:
        for number in range(1, 4):
            commands.run("bans", "add", f"198.51.100.{number}")
        told = [json.loads(asked.body)["ban"]["target"] for asked in receiver.wait_for("/hook", 5)]
        assert told == ["198.51.100.1"] * 3 + ["198.51.100.2", "198.51.100.3"]
        values = Management(port).metrics()
        assert values['mystel_webhook_messages_total{webhook="hook",outcome="delivered"}'] == 2
        assert values['mystel_webhook_messages_total{webhook="hook",outcome="failed"}'] == 1
        assert values['mystel_webhook_retries_total{webhook="hook"}'] == 2
        messages = [line.get("message", "") for line in scene.gateway.loud_lines()]
        assert sum("a message was given up" in text for text in messages) == 1
        assert sum("webhook answers again" in text for text in messages) == 1


def test_a_redirect_is_not_followed_and_a_secret_url_is_not_told(
        stage, place, commands, receiver, port, tmp_path):  # noqa: F811
    with contextlib.closing(StandIn({"/": (204, b"")})) as elsewhere:
        receiver.answers["/token-4711"] = (302, b"", {"Location": elsewhere.url + "/"})
        entry = hook(receiver, events=["ban_added"], retries=0)
        entry["url"] = secret(tmp_path / "url", receiver.url + "/token-4711")
        with stage(neighbours=0, control=place, management={"http": f"127.0.0.1:{port}"},
                   webhooks=[entry]) as scene:
            commands.run("bans", "add", "198.51.100.1")
            receiver.wait_for("/token-4711")
            assert wait_until(lambda: Management(port).metrics()[
                'mystel_webhook_messages_total{webhook="hook",outcome="failed"}'] == 1, 5)
            assert not elsewhere.asked
            shown = json.dumps(scene.gateway.lines) + Management(port).get("/metrics").text
            assert "token-4711" not in shown + commands.run("config", "get")


def test_receivers_that_hang_disturb_no_player(stage, place, commands, receiver):  # noqa: F811
    receiver.delay = 20
    hooks = [hook(receiver, name=f"h{number}", events=["ban_added", "session_opened", "audit"])
             for number in range(16)]
    with stage(control=place, webhooks=hooks) as scene:
        for number in range(40):
            commands.run("bans", "add", f"198.51.100.{number}")
        scene.duel().exchange(tera.packet(1, b"x" * 8))
        del scene.settings["webhooks"]
        scene.gateway.write(scene.settings)
        commands.run("reload")
        # The neighbours are checked when the stage ends.


def test_a_gateway_that_stops_says_so_before_it_is_gone(stage, receiver):
    """With nobody to wait for it ends at once, but not before this was told."""
    receiver.delay = 0.3
    with stage(neighbours=0, webhooks=[hook(receiver, events=["draining"])]) as scene:
        scene.gateway.process.terminate()
        assert scene.gateway.process.wait(timeout=10) == 0
        assert [json.loads(asked.body)["kind"] for asked in receiver.at("/hook")] == ["draining"]
        scene.check = lambda: None  # There is no gateway any more.


def test_sessions_that_a_stop_ends_are_told_of(stage, receiver):
    with stage(neighbours=0, timeouts={"drain": "1s"},
               webhooks=[hook(receiver, events=["session_ended"])]) as scene:
        for account in (4242, 4243, 4244):
            let_in(scene.duel(), account)
        scene.gateway.process.terminate()
        assert scene.gateway.process.wait(timeout=15) == 0
        ended = [json.loads(asked.body) for asked in receiver.at("/hook")]
        assert {entry["reason"] for entry in ended} == {"drained"}, ended
        assert len(ended) == 3
        scene.check = lambda: None  # There is no gateway any more.


def test_a_receiver_that_hangs_holds_a_stop_up_for_two_seconds_at_most(stage, receiver):
    receiver.delay = 20
    with stage(neighbours=0, webhooks=[hook(receiver, events=["draining"], timeout="10s")]) as scene:
        start = time.monotonic()
        scene.gateway.process.terminate()
        assert scene.gateway.process.wait(timeout=10) == 0
        assert time.monotonic() - start < 6
        scene.check = lambda: None


def test_a_crowd_of_bans_pushes_out_no_alarm(
        stage, place, commands, receiver, port):  # noqa: F811
    receiver.answers["/hook"] = [(429, b"", {"Retry-After": "60"})]
    with stage(neighbours=0, control=place, management={"http": f"127.0.0.1:{port}"},
               webhooks=[hook(receiver, events=["ban_added", "draining"])]):
        text = "".join(f"198.51.{number // 250}.{number % 250}\n" for number in range(600))
        commands.run("bans", "import", "-", stdin=text)
        receiver.wait_for("/hook")
        receiver.answers["/hook"] = (204, b"")
        commands.run("drain")
        told = wait_until(lambda: [asked for asked in receiver.at("/hook")
                                   if json.loads(asked.body)["kind"] == "draining"], 10)
        assert told
        values = Management(port).metrics()
        assert values['mystel_webhook_messages_total{webhook="hook",outcome="delivered"}'] == 1


def test_a_reload_takes_webhooks_in_and_out(stage, place, commands, receiver):  # noqa: F811
    with stage(neighbours=0, control=place) as scene:
        commands.run("bans", "add", "198.51.100.1")
        scene.settings["webhooks"] = [hook(receiver, events=["ban_added"])]
        scene.gateway.write(scene.settings)
        commands.run("reload")
        commands.run("bans", "add", "198.51.100.2")
        receiver.wait_for("/hook")
        scene.settings["webhooks"] = [hook(receiver, events=["ban_added"], template="{{#open}}")]
        scene.gateway.write(scene.settings)
        assert "template" in commands.run("reload", status=1)
        commands.run("bans", "add", "198.51.100.3")
        receiver.wait_for("/hook", 2)
        del scene.settings["webhooks"]
        scene.gateway.write(scene.settings)
        commands.run("reload")
        commands.run("bans", "add", "198.51.100.4")
        time.sleep(0.5)
        told = [json.loads(asked.body)["ban"]["target"] for asked in receiver.at("/hook")]
        assert told == ["198.51.100.2", "198.51.100.3"]


# tera-api


@pytest.fixture
def api():
    with contextlib.closing(
            StandIn({BAN: DONE, KICK: DONE, REPORT: (200, {"result_code": 0})})) as server:
        yield server


def told(api, tmp_path, **more):
    return {"gateway": api.url, "arbiter": api.url, "timeout": "2s",
            "key": secret(tmp_path / "api.key", "api-key"), **more}


def test_bans_of_accounts_are_told_with_their_end(
        stage, place, commands, api, port, tmp_path):  # noqa: F811
    with stage(neighbours=0, control=place, management={"http": f"127.0.0.1:{port}"},
               tera_api=told(api, tmp_path, bans="true")):
        commands.run("bans", "add", "198.51.100.1")  # no account's
        commands.run("bans", "add", "account:4242", "--for", "2h", "--reason", "bots")
        commands.run("bans", "add", "account:4243", "--permanent", "--reason", "sold gold")
        first, second = api.wait_for(BAN, 2)
        body = json.loads(first.body)
        assert first.headers["X-Api-Key"] == "api-key"
        assert body["userNo"] == 4242 and body["active"] == "on"
        assert body["description"].startswith("Mystel: bots")
        start, end = (time.strptime(body[key], "%Y-%m-%dT%H:%M:%SZ")
                      for key in ("startTime", "endTime"))
        length = time.mktime(end) - time.mktime(start)
        assert 7195 < length < 7210
        assert json.loads(second.body)["endTime"].startswith("2099-")
        time.sleep(0.5)
        assert len(api.asked) == 2
        values = Management(port).metrics()
        assert values['mystel_tera_api_calls_total{call="ban",outcome="done"}'] == 2


def test_what_it_refuses_is_counted_and_not_tried_again(
        stage, place, commands, api, port, tmp_path):  # noqa: F811
    api.answers[BAN] = (200, {"Return": False, "ReturnCode": 2, "Msg": "Already banned account ID"})
    with stage(neighbours=0, control=place, management={"http": f"127.0.0.1:{port}"},
               tera_api=told(api, tmp_path, bans="true")) as scene:
        commands.run("bans", "add", "account:4242")
        name = 'mystel_tera_api_calls_total{call="ban",outcome="refused"}'
        assert wait_until(lambda: Management(port).metrics()[name] == 1, 5)
        assert len(api.asked) == 1
        line = [line for line in scene.gateway.loud_lines()
                if line.get("message") == "tera-api refuses a call"][0]
        assert line["why"] == "Already banned account ID"


def test_players_whose_session_is_ended_are_kicked_and_those_who_leave_are_not(
        stage, place, commands, api, tmp_path):  # noqa: F811
    with stage(neighbours=0, control=place,
               tera_api=told(api, tmp_path, kicks="true", server_id=2801)) as scene:
        leaving = scene.duel(source="127.45.0.1")
        let_in(leaving, 4242)
        leaving.close()
        scene.gateway.wait_end("client_closed")
        kicked = scene.duel(source="127.45.0.2")
        let_in(kicked, 4243)
        commands.run("sessions", "kick", "account:4243")
        drain(kicked.player)
        asked = api.wait_for(KICK)
        assert [json.loads(entry.body) for entry in asked] == [{"userNo": 4243, "serverId": 2801}]
        time.sleep(1.2)
        assert len(api.asked) == 1


def test_nothing_is_told_unless_it_is_asked_for(stage, place, commands, api, tmp_path):  # noqa: F811
    with stage(neighbours=0, control=place, tera_api=told(api, tmp_path)) as scene:
        commands.run("bans", "add", "account:4242")
        duel = scene.duel()
        let_in(duel, 4243)
        commands.run("sessions", "kick", "account:4243")
        drain(duel.player)
        time.sleep(1.5)
        assert not api.asked


def test_what_rules_act_on_is_reported_once(stage, place, api, tmp_path):  # noqa: F811
    with stage(neighbours=0, control=place, inspection={"profile": "balanced"},
               tera_api=told(api, tmp_path, reports="true")) as scene:
        duel = scene.duel(source="127.45.1.1")
        let_in(duel, 4242)
        for _ in range(3):
            duel.say(tera.packet(48500, b"x" * 8))  # only servers send that
        asked = api.wait_for(REPORT)
        body = json.loads(asked[0].body)
        assert body["usr_srl"] == 4242 and body["ip"] == "127.45.1.1"
        assert body["svr_id"] == 2800 and body["type"] == 1 and body["cheat_info"] > 0
        time.sleep(1.5)
        assert len(api.at(REPORT)) == 1


def test_everybody_is_told_how_many_play_where_that_is_wanted(stage, port):  # noqa: F811
    served = {"http": f"127.0.0.1:{port}", "online": "true"}
    with stage(neighbours=3, management=served) as scene:
        for account in (4242, 4243):
            let_in(scene.duel(), account)
        scene.duel()  # Of whom nobody knows yet whether he may play.
        answer = Management(port).get("/status/online")
        assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
        assert wait_until(
            lambda: Management(port).get("/status/online").json["online"] == 2, 5)
        page = Management(port).get("/status/online").json
        assert page["isUp"] is True
        assert [server["name"] for server in page["servers"]] == ["public", "odd"]
        assert "127.0.0.1" not in json.dumps(page)
