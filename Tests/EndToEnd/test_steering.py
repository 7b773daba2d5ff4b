"""Rules, packs, evidence, calibration and lists of bans of a running gateway, by API and by command."""

import tera
from processes import wait_until
from test_api import Described, local, port, post, served  # noqa: F401 (fixtures)
from test_configuration_changes import kept  # noqa: F401 (a fixture)
from test_control import Commands, place  # noqa: F401 (a fixture)


CASES = """cases:
  - title: Minus five
    packet: C_DEL_ITEM
    fields: {amount: -5}
    expect: count
  - title: What time it is
    packet: C_SERVER_TIME
    expect: forward
"""


def test_rules_packs_lists_and_evidence_are_there_by_api_and_by_command(
        stage, mystel, place, kept, local, tmp_path):  # noqa: F811
    commands = Commands(mystel, place)
    with stage(control=place, management=kept, neighbours=0, inspection={
            "profile": "balanced", "calibration": {"genuine": ["203.0.113.9"]}}):
        described = Described(local)
        answer = described.check(
            "POST", "/api/v1/rules/test", post(local, "/api/v1/rules/test", {"tests": CASES}))
        assert answer["cases"] == 2 and answer["tried"] > 2 and answer["failures"] == [], answer
        wrong = CASES.replace("expect: count", "expect: forward")
        failures = post(local, "/api/v1/rules/test",
                        {"tests": wrong, "rule": "400-amounts"}).json["failures"]
        assert failures and "discard, expected forward" in failures[0]
        assert post(local, "/api/v1/rules/test",
                    {"tests": CASES.replace("count", "discard"), "rule": "400-amounts"}
                    ).json["failures"] == []
        for order, status in (({"tests": "cases: 5"}, 422), ({"tests": ""}, 422), ({}, 400),
                              ({"tests": CASES, "rule": "no-rule"}, 404),
                              ({"tests": CASES.replace("-5}", "-5}\n    times: 10000")}, 413)):
            refused = post(local, "/api/v1/rules/test", order)
            assert refused.status == status, (order, refused.text)
            described.check("POST", "/api/v1/rules/test", refused)
        file = tmp_path / "cases.yaml"
        file.write_text(wrong)
        assert "0 failures" in commands.run("rules", "try", "-", stdin=CASES)
        commands.run("rules", "try", file, status=1)

        packs = described.check("GET", "/api/v1/packs", local.get("/api/v1/packs"))
        assert len(packs["items"]) == packs["total"] == 5
        assert packs["hash"] in commands.run("packs", "running")

        report = described.check("GET", "/api/v1/calibration",
                                 local.get("/api/v1/calibration?sessions=5&hours=1"))
        assert report["traffic"]["least"] == {"sessions": 5, "hours": 1}
        described.check("DELETE", "/api/v1/calibration",
                        local.ask("/api/v1/calibration", "DELETE"))
        assert local.get("/api/v1/calibration?sessions=0").status == 400

        taken = post(local, "/api/v1/bans/import", {
            "format": "plain", "list": "friends", "text": "203.0.113.7\n198.51.100.0/24\n",
            "seconds": 600})
        assert described.check("POST", "/api/v1/bans/import", taken)["taken"] == 2
        faulty = post(local, "/api/v1/bans/import", {
            "format": "plain", "list": "friends", "text": "203.0.113.8\nnobody\n"})
        assert faulty.status == 409
        assert local.get("/api/v1/bans/check?target=203.0.113.8").json["isBanned"] is False
        long = "".join(f"203.0.{number // 256}.{number % 256}\n" for number in range(20_000))
        much = post(local, "/api/v1/bans/import",
                    {"format": "plain", "list": "long", "text": long, "seconds": 600})
        assert much.status == 200 and much.json["taken"] > 19_000
        exported = described.check("GET", "/api/v1/bans/export",
                                   local.get("/api/v1/bans/export?format=plain"))
        assert "203.0.113.7" in exported["text"] and exported["bans"] > 19_000
        assert local.get("/api/v1/bans/export").status == 400
        assert local.get("/api/v1/bans/export?format=odd").status == 400

        page = described.check("GET", "/api/v1/evidence", local.get("/api/v1/evidence"))
        assert page["items"] == []


def test_evidence_is_listed_by_session_and_by_target(
        stage, mystel, place, kept, local):  # noqa: F811
    commands = Commands(mystel, place)
    with stage(control=place, management=kept, neighbours=0,
               inspection={"profile": "balanced"}) as scene:
        duel = scene.duel()
        duel.say(tera.login())
        duel.say(tera.packet(65000, b"?"))
        found = wait_until(lambda: local.get("/api/v1/evidence").json["items"], 10, step=0.2)
        assert found
        described = Described(local)
        page = described.check("GET", "/api/v1/evidence", local.get("/api/v1/evidence"))
        entry = page["items"][0]
        assert local.get(f"/api/v1/evidence/{entry['id']}").status == 200
        session = entry["session"]
        assert local.get(f"/api/v1/evidence?session={session}").json["items"]
        assert not local.get(f"/api/v1/evidence?session={session + 999}").json["items"]
        assert local.get("/api/v1/evidence?target=127.0.0.0/8").json["items"]
        assert not local.get("/api/v1/evidence?target=203.0.113.0/24").json["items"]
        assert entry["id"] in commands.run("evidence", "--of", "127.0.0.1")
