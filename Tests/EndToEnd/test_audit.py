"""The record of what operators did: who was refused, that nobody changes it, and that nothing goes
unrecorded where that is asked."""

import sqlite3

import pytest

from management import Management
from processes import free_port, wait_until
from test_control import Commands, place  # noqa: F401 (a fixture)


@pytest.fixture
def commands(mystel, place):
    return Commands(mystel, place)


@pytest.fixture
def store(tmp_path):
    return tmp_path / "reputation.db"


def change(store, statement):
    """What somebody does who can write the file, and knows of the trigger."""
    with sqlite3.connect(store, timeout=10) as file:
        file.execute("DROP TRIGGER IF EXISTS audit_stays")
        file.execute(statement)
    file.close()


def ban_some(commands, count=5):
    for number in range(count):
        commands.run("bans", "add", f"192.0.2.{number}", "--reason", f"number {number}")


@pytest.mark.parametrize("statement, broken", [
    ("UPDATE audit SET actor = 'somebody else' WHERE id = 3", 3),
    ("UPDATE audit SET outcome = 'refused' WHERE id = 1", 1),
    ("DELETE FROM audit WHERE id = 2", 3),
    ("INSERT INTO audit (at, actor, action, subject, outcome, seal, link)"
     " SELECT at, actor, action, subject, outcome, seal, link FROM audit WHERE id = 1", 6),
])
def test_a_record_that_was_changed_taken_out_or_put_in_is_told(
        stage, place, commands, store, statement, broken):
    with stage(control=place, neighbours=0, reputation={"store": str(store)}):
        ban_some(commands)
        whole = commands.json("audit", "--verify")
        assert whole["entries"] == 5 and len(whole["head"]) == 64 and "brokenAt" not in whole
        assert whole["head"] in commands.run("audit", "--verify")
        with pytest.raises(sqlite3.IntegrityError):
            with sqlite3.connect(store, timeout=10) as file:
                file.execute("UPDATE audit SET actor = 'x'")
        change(store, statement)
        assert "BROKEN at record" in commands.shown("audit", "--verify", status=1)
        assert commands.json_of_failure("audit", "--verify")["brokenAt"] == broken


def test_what_a_role_may_not_do_is_refused_and_recorded_a_few_times_a_minute(
        stage, place, commands, store):
    port = free_port()
    with stage(control=place, neighbours=0, reputation={"store": str(store)},
               management={"http": f"127.0.0.1:{port}"}):
        token = commands.run("token", "add", "website", "--role", "viewer").strip()
        http = Management(port)
        for _ in range(20):
            assert http.ask("/api/v1/reload", "POST",
                            Authorization=f"Bearer {token}").status == 403
        entries = [entry for entry in commands.json("audit")["items"]
                   if entry["actor"] == "token website"]
        assert len(entries) == 5
        assert {entry["action"] for entry in entries} == {"reload"}
        assert {entry["outcome"] for entry in entries} == {"refused: the role may not"}


def test_i12_where_it_is_asked_nothing_is_done_that_cannot_be_recorded(
        stage, place, commands, store):
    with stage(control=place, neighbours=0, reputation={"store": str(store)},
               management={"require_audit": "true"}):
        commands.run("bans", "add", "192.0.2.1")
        asked = [(entry["action"], entry["outcome"]) for entry in commands.json("audit")["items"]]
        assert asked == [("ban", "done"), ("bans.add", "asked")]
        held = sqlite3.connect(store, isolation_level=None)
        held.execute("BEGIN EXCLUSIVE")
        try:
            for order in (["bans", "add", "192.0.2.2"], ["drain"], ["log-level", "error"],
                          ["token", "add", "late"]):
                refusal = commands.run(*order, status=1)
                assert "not done: it cannot be recorded" in refusal, order
        finally:
            held.close()
        assert commands.json("status")["phase"] == "serving"
        assert commands.run("log-level") == "debug\n"
        assert wait_until(lambda: commands.json("status")["isStored"], 15, step=0.5)
        assert [ban["target"] for ban in commands.json("bans", "list")["items"]] == ["192.0.2.1"]
        commands.run("bans", "add", "192.0.2.3")
        assert commands.json("audit", "--verify").get("brokenAt") is None


def test_without_a_store_the_latest_records_are_in_memory(stage, place, commands):
    with stage(control=place, neighbours=0):
        ban_some(commands, 3)
        assert [entry["subject"] for entry in commands.json("audit")["items"]] == [
            "192.0.2.2", "192.0.2.1", "192.0.2.0"]
        assert "name a file as reputation.store" in commands.run("audit", "--verify", status=1)
