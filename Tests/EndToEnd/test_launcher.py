"""Only whom the launcher knows: grants pushed as tera-api does, asked for, in all modes, over reloads."""

import contextlib
import json
import os
import random
import time

import pytest

import tera
from duel import connect, drain, receive_exactly
from management import Management
from processes import wait_until
from standin import StandIn
from test_control import Commands, place  # noqa: F401 (a fixture)
from test_management import port  # noqa: F401 (a fixture)
from test_reputation import let_in

KEY = "5f0c2a6b9d1e4f7a8c3b5f0c2a6b9d1e"
API_KEY = "another-secret-of-the-gateway-api"
ASK = "/accountApi/HasRecentLoginByIp"
YES = (200, {"Return": True, "ReturnCode": 0, "Msg": "success", "Authorized": True})
NO = (200, {"Return": True, "ReturnCode": 0, "Msg": "success", "Authorized": False})


@pytest.fixture
def api():
    with contextlib.closing(StandIn({ASK: NO})) as server:
        yield server


def secret(path, text):
    path.write_text(text + "\n")
    path.chmod(0o600)
    return f"file:{path}"


@pytest.fixture
def settings(place, port, tmp_path):  # noqa: F811
    """A gateway that takes grants at a port, in the mode that is given."""
    def make(mode="enforce", pull=None, **launcher):
        made = {
            "control": place,
            "management": {"http": f"127.0.0.1:{port}"},
            "launcher": {"mode": mode, "key": secret(tmp_path / "launcher.key", KEY),
                         "grace": "1s", **launcher}}
        if pull:
            made["launcher"]["pull"] = "true"
            made["tera_api"] = {"gateway": pull.url, "timeout": "1s",
                                "key": secret(tmp_path / "api.key", API_KEY)}
        return made
    return make


def push(port, ip, account=42, key=KEY, ttl=1800, **more):  # noqa: F811
    """As tera-api's proxyWebhook.js does it."""
    body = json.dumps({"ip": ip, "accountId": account, "name": "hero", "authKey": "a-ticket",
                       "ttlSeconds": ttl, **more})
    return Management(port).ask("/api/v1/launcher-grants", "POST", body,
                                Content_Type="application/json", X_Api_Key=key)


def wait_out_the_grace():
    time.sleep(1.2)


def attempt(scene, source):
    """A player's start from there, up to his first key."""
    player = connect(scene.odd, source)
    assert receive_exactly(player, 4) == tera.HELLO
    player.sendall(tera.random_keys(random.Random(9)).client1)
    return player


def is_refused(scene, source):
    with contextlib.closing(attempt(scene, source)) as player:
        return drain(player, 5) == b""


def explain(commands, line):
    try:
        return commands.run("explain", line["evidence"])
    except AssertionError:
        return ""


def test_who_has_logged_in_plays_and_nobody_else(stage, settings, port, place, mystel):  # noqa: F811
    with stage(neighbours=0, **settings()) as scene:
        wait_out_the_grace()
        commands = Commands(mystel, place)
        assert is_refused(scene, "127.44.1.1")
        refused = scene.gateway.wait_end("no_launcher_grant")[0]
        assert scene.odd_server.is_untouched()
        # Evidence is told once a second.
        assert wait_until(lambda: "no_launcher_grant" in explain(commands, refused), 5)

        answer = push(port, "127.44.1.1")
        assert answer.status == 201, answer.text
        assert "a-ticket" not in answer.text
        scene.duel(source="127.44.1.1").exchange(tera.packet(1, b"x" * 8))
        # A mapped address is its IPv4 address; a neighbour's is another one.
        assert push(port, "::ffff:127.44.1.2").status == 201
        scene.duel(source="127.44.1.2")
        assert is_refused(scene, "127.44.1.3")

        grants = commands.json("grants", "list")["items"]
        assert {grant["target"] for grant in grants} == {"127.44.1.1", "127.44.1.2"}
        assert grants[0]["logins"][0]["account"] == 42 and grants[0]["origin"] == "push"
        assert "hero" in commands.run("grants", "list")
        commands.run("grants", "revoke", "127.44.1.2")
        assert is_refused(scene, "127.44.1.2")
        values = Management(port).metrics()
        assert values['mystel_closes_total{reason="no_launcher_grant"}'] == 3
        assert values['mystel_launcher_decisions_total{decision="refused"}'] == 3
        assert values["mystel_launcher_logins_total"] == 2
        for text in (json.dumps(scene.gateway.lines), Management(port).get("/metrics").text):
            assert KEY not in text and "a-ticket" not in text


def test_a_wrong_key_grants_nothing(stage, settings, port):  # noqa: F811
    with stage(neighbours=0, **settings()) as scene:
        wait_out_the_grace()
        for key in ("", "wrong", KEY[:-1]):
            assert push(port, "127.44.2.1", key=key).status == 401
        assert is_refused(scene, "127.44.2.1")
        assert push(port, "nobody").status == 400
        assert push(port, "127.44.2.1").status == 201
        scene.duel(source="127.44.2.1")


def test_a_grant_that_ends_ends_no_session_and_its_player_may_come_back(
        stage, settings, port):  # noqa: F811
    with stage(neighbours=0, **settings(come_back="2s")) as scene:
        wait_out_the_grace()
        assert push(port, "127.44.3.1", ttl=1).status == 201
        duel = scene.duel(source="127.44.3.1")
        let_in(duel, 42)
        time.sleep(1.2)
        duel.exchange(tera.packet(1, b"x" * 8))
        duel.close()
        scene.gateway.wait_end("client_closed")
        again = scene.duel(source="127.44.3.1")
        again.exchange(tera.packet(1, b"x" * 8))
        again.close()
        # He was not let in this time, so that nothing is prolonged.
        time.sleep(2.2)
        assert is_refused(scene, "127.44.3.1")


def test_in_shadow_everybody_plays_and_is_counted(stage, settings, port, api):  # noqa: F811
    with stage(neighbours=0, **settings("shadow", pull=api)) as scene:
        wait_out_the_grace()
        api.delay = 0.3
        start = time.monotonic()
        scene.duel(source="127.44.4.1").exchange(tera.packet(1, b"x" * 8))
        assert time.monotonic() - start < 5
        api.wait_for(ASK)
        assert wait_until(lambda: Management(port).metrics().get(
            'mystel_notes_total{reason="no_launcher_grant"}') == 1, 5)
        assert not scene.gateway.ends("no_launcher_grant")


def test_after_a_start_everybody_plays_for_the_grace(stage, settings):
    made = settings()
    made["launcher"]["grace"] = "60s"
    with stage(neighbours=0, **made) as scene:
        scene.duel(source="127.44.5.1").exchange(tera.packet(1, b"x" * 8))


def test_tera_api_is_asked_while_the_player_waits(stage, settings, port, api):  # noqa: F811
    api.answers[ASK] = lambda asked: YES if asked.query["ip"] == "127.44.6.1" else NO
    api.delay = 0.2
    with stage(neighbours=0, **settings(pull=api, pull_age="10m")) as scene:
        wait_out_the_grace()
        scene.duel(source="127.44.6.1").exchange(tera.packet(1, b"x" * 8))
        asked = api.wait_for(ASK)[0]
        assert asked.method == "GET" and asked.headers["X-Api-Key"] == API_KEY
        assert asked.query == {"ip": "127.44.6.1", "maxAgeSeconds": "600"}
        # A yes is good for a while, a no for seconds; both cost one question.
        scene.duel(source="127.44.6.1")
        for _ in range(4):
            assert is_refused(scene, "127.44.6.2")
        assert [entry.query["ip"] for entry in api.at(ASK)] == ["127.44.6.1", "127.44.6.2"]
        # Who logs in meanwhile is not kept out by the no.
        assert push(port, "127.44.6.2").status == 201
        scene.duel(source="127.44.6.2")


@pytest.mark.parametrize("fault", [
    (401, {"Return": False, "ReturnCode": 401, "Msg": "unauthorized"}), (500, b"oops"),
    (200, b"x" * 200_000), (200, {"Return": False}), (200, b"[]"),
    (302, b"", {"Location": "http://127.0.0.1:1/"})])
def test_without_an_answer_that_makes_sense_players_play(
        stage, settings, port, api, fault):  # noqa: F811
    api.answers[ASK] = fault
    with stage(neighbours=0, **settings(pull=api)) as scene:
        scene.duel(source="127.44.7.1").exchange(tera.packet(1, b"x" * 8))
        values = Management(port).metrics()
        assert values['mystel_launcher_questions_total{answer="unreachable"}'] == 1
        assert values['mystel_launcher_decisions_total{decision="excused"}'] == 1
        scene.gateway.wait_loud("tera-api does not answer")
        assert API_KEY not in json.dumps(scene.gateway.lines)


def test_a_tera_api_that_is_gone_keeps_everybody_out_where_that_is_wanted(
        stage, settings, api):
    api.close()
    with stage(neighbours=0, **settings(pull=api, unreachable="refuse")) as scene:
        assert is_refused(scene, "127.44.8.1")
        scene.gateway.wait_end("no_launcher_grant")


def test_a_tera_api_that_hangs_holds_a_player_up_for_its_timeout_alone(stage, settings, api):
    api.delay = 30
    with stage(neighbours=2, **settings(pull=api, exempt=["127.0.0.1"])) as scene:
        start = time.monotonic()
        scene.duel(source="127.44.9.1").exchange(tera.packet(1, b"x" * 8))
        assert 0.8 < time.monotonic() - start < 4


def test_a_crowd_waits_for_its_turn_to_be_asked_about_and_is_let_in_by_none_of_it(
        stage, settings, port, api):  # noqa: F811
    """More at once than tera-api is asked about at once: nobody plays for that."""
    api.delay = 0.05
    with stage(neighbours=0, **settings(pull=api)) as scene:
        wait_out_the_grace()
        with contextlib.ExitStack() as stack:
            for host in range(150):
                stack.enter_context(
                    contextlib.closing(attempt(scene, f"127.44.{20 + host // 100}.{1 + host % 100}")))
            scene.gateway.wait_end("no_launcher_grant", count=150, timeout=20)
        assert scene.odd_server.is_untouched()
        assert len(api.at(ASK)) == 150
        values = Management(port).metrics()
        assert values['mystel_launcher_decisions_total{decision="refused"}'] == 150
        assert values['mystel_launcher_decisions_total{decision="excused"}'] == 0


def test_who_hangs_up_again_keeps_nobody_waiting(stage, settings, api):
    api.delay = 0.4
    api.answers[ASK] = lambda asked: YES if asked.query["ip"] == "127.44.30.1" else NO
    with stage(neighbours=0, **settings(pull=api)) as scene:
        wait_out_the_grace()
        for host in range(250):
            attempt(scene, f"127.44.{31 + host // 200}.{1 + host % 200}").close()
        start = time.monotonic()
        scene.duel(source="127.44.30.1").exchange(tera.packet(1, b"x" * 8))
        assert time.monotonic() - start < 3
        assert wait_until(lambda: scene.gateway.ends("client_closed", "client_reset"), 5)
        # Nobody is asked about who is not there any more.
        time.sleep(1)
        assert len(api.at(ASK)) < 100


def test_a_push_lets_in_who_waits_for_an_answer(stage, settings, port, api):  # noqa: F811
    api.delay = 0.8
    with stage(neighbours=0, **settings(pull=api)) as scene:
        wait_out_the_grace()
        with contextlib.closing(attempt(scene, "127.44.34.1")) as player:
            api.wait_for(ASK)
            assert push(port, "127.44.34.1").status == 201
            assert wait_until(lambda: not scene.odd_server.is_untouched(), 5)
            assert not scene.gateway.ends("no_launcher_grant")


def test_checks_of_the_port_are_answered_and_count_as_nothing(
        stage, settings, port, place, mystel, api):  # noqa: F811
    """As tera-api looks whether the server is up: it connects, and hangs up."""
    with stage(neighbours=0, **settings(pull=api)) as scene:
        for _ in range(200):
            with contextlib.closing(connect(scene.odd, "127.44.10.1")):
                pass
        scene.gateway.wait_end("empty", count=200)
        assert not api.asked
        assert scene.odd_server.is_untouched()
        commands = Commands(mystel, place)
        check = commands.json("bans", "check", "127.44.10.1")
        assert check["isBanned"] is False
        values = Management(port).metrics()
        assert values["mystel_bans"] == 0
        assert values["mystel_reputation_scores"] == 0
        assert values['mystel_closes_total{reason="no_launcher_grant"}'] == 0
        api.answers[ASK] = YES
        scene.duel(source="127.44.10.1").exchange(tera.packet(1, b"x" * 8))


def test_an_address_that_is_exempt_may_check_as_often_as_it_likes(stage, port):  # noqa: F811
    limits = {"address": {"mode": "enforce", "connections_per_second": 1, "burst_connections": 2,
                          "exempt": ["127.44.11.1"]}}
    with stage(neighbours=0, limits=limits) as scene:
        for _ in range(50):
            with contextlib.closing(connect(scene.odd, "127.44.11.1")) as peer:
                assert receive_exactly(peer, 4) == tera.HELLO
        assert not scene.gateway.ends("address_rate", "address_blocked")


def test_a_reload_changes_key_and_mode(stage, settings, port, tmp_path):  # noqa: F811
    with stage(neighbours=0, **settings("off")) as scene:
        wait_out_the_grace()
        scene.duel(source="127.44.12.1")
        assert push(port, "127.44.12.2").status == 201
        fresh = KEY[::-1]
        secret(tmp_path / "launcher.key", fresh)
        scene.settings["launcher"]["mode"] = "enforce"
        scene.gateway.write(scene.settings)
        scene.gateway.reload()
        scene.gateway.wait_for(message="configuration reloaded")
        assert push(port, "127.44.12.3").status == 401
        assert push(port, "127.44.12.3", key=fresh).status == 201
        # What was granted before the mode was on counts.
        scene.duel(source="127.44.12.2")
        scene.duel(source="127.44.12.3")
        assert is_refused(scene, "127.44.12.1")
        # A key that everybody may read is none: the reload is refused, and all stays as it was.
        os.chmod(tmp_path / "launcher.key", 0o644)
        scene.gateway.reload()
        assert wait_until(lambda: any(
            "can be read by everybody" in line.get("message", "")
            for line in scene.gateway.loud_lines()), 5)
        assert push(port, "127.44.12.4", key=fresh).status == 201
