"""Bans by hand and by list, at a gateway that carries players."""

import contextlib
import json
import os

import pytest

import tera
from duel import connect, drain, receive_exactly, seconds_until_closed
from processes import wait_until
from test_control import Commands, commands, place  # noqa: F401 (fixtures)

CROWDSEC = json.dumps([{"id": 1, "decisions": [
    {"duration": "4h", "scope": "Ip", "type": "ban", "value": "203.0.113.5", "scenario": "http-bf"},
    {"duration": "4h", "scope": "Range", "type": "captcha", "value": "198.51.100.0/24"}]}])


def test_a_ban_is_made_shown_explained_and_taken_back(stage, place, commands):
    with stage(control=place) as scene:
        assert commands.run("bans", "list") == "nobody is banned\n"
        said = commands.run("bans", "add", "203.0.113.7", "--for", "2h", "--reason", "bots, seen live")
        assert said.startswith("banned 203.0.113.7 for 2h, until 20")
        commands.run("bans", "add", "198.51.100.0/24", "--permanent")
        commands.run("bans", "add", "account:500001")
        page = commands.json("bans", "list")
        assert page["total"] == 3
        assert [ban["target"] for ban in page["items"]] == [
            "account:500001", "198.51.100.0/24", "203.0.113.7"]
        assert page["items"][2]["reason"] == "bots, seen live"
        assert page["items"][2]["source"] == "manual"
        assert page["items"][2]["origin"] == f"uid {os.getuid()}"
        assert 7190 < page["items"][2]["secondsLeft"] <= 7200
        assert "secondsLeft" not in page["items"][1]
        assert page["items"][0]["secondsLeft"] > 6 * 86400  # manual bans are finite by default
        text = commands.run("bans", "list")
        assert "for good" in text and "bots, seen live" in text

        text = commands.run("bans", "check", "203.0.113.7", status=3)
        assert "banned by the entry 203.0.113.7" in text and "bots, seen live" in text
        assert "mystel bans remove 203.0.113.7" in text
        text = commands.run("bans", "check", "198.51.100.99", status=3)
        assert "by the entry 198.51.100.0/24, for good" in text
        assert commands.json("bans", "check", "account:500001", status=3)["isBanned"] is True
        assert "is not banned" in commands.run("bans", "check", "203.0.113.8")

        error = commands.run("bans", "remove", "198.51.100.99", status=1)
        assert "itself is not banned" in error and "bans remove 198.51.100.0/24" in error
        for target in ("203.0.113.7", "198.51.100.0/24", "account:500001"):
            assert "lifted the ban of " + target in commands.run("bans", "remove", target)
        assert "is not banned" in commands.run("bans", "check", "203.0.113.7")
        assert commands.json("bans", "list")["total"] == 0
        assert "no evidence" in commands.run("explain", "nothing", status=1)
        assert commands.json("status")["sessions"] == 6


def test_a_ban_ends_live_sessions_within_a_second_and_keeps_newcomers_out(stage, place, commands):
    with stage(control=place) as scene:
        cheater = scene.duel(source="127.0.0.9")
        commands.run("bans", "add", "127.0.0.9")
        assert seconds_until_closed(cheater.player, 3) < 1.0
        scene.gateway.wait_end("banned")
        with contextlib.suppress(ConnectionResetError):  # before connect() has returned
            assert drain(connect(scene.odd, "127.0.0.9"), 3) == b""
        assert scene.odd_server.is_untouched(0.3)
        commands.run("bans", "remove", "127.0.0.9")
        assert wait_until(lambda: connects(scene, "127.0.0.9"), 3)


def connects(scene, source):
    try:
        with connect(scene.odd, source) as peer:
            return receive_exactly(peer, 4) == tera.HELLO
    except ConnectionResetError:
        return False


def test_behind_a_proxy_the_player_is_banned_and_not_the_proxy(stage, place, commands):
    with stage(control=place, accept="v2", trusted=["127.0.0.0/8"]) as scene:
        cheater = scene.duel(header=tera.proxy_v2("203.0.113.7"))
        neighbour = scene.duel(header=tera.proxy_v2("203.0.113.8"))
        commands.run("bans", "add", "203.0.113.7")
        assert seconds_until_closed(cheater.player, 3) < 1.0
        neighbour.exchange(tera.packet(1, b"x" * 8))
        peer = connect(scene.odd)
        peer.sendall(tera.proxy_v2("203.0.113.7") + bytes(range(128)))
        assert drain(peer, 3) == b""
        neighbour.exchange(tera.packet(1, b"y" * 8))


@pytest.mark.parametrize("target, words", [
    ("0.0.0.0/0", "too wide"), ("::/0", "too wide"), ("10.0.0.0/7", "too wide"),
    ("2000::/12", "too wide"), ("127.0.0.1", "cannot be banned"), ("127.0.0.0/8", "cannot be banned")])
def test_bans_that_would_shut_out_everybody_or_ourselves_are_refused(
        stage, place, commands, target, words):
    with stage(control=place, neighbours=0):
        assert words in commands.run("bans", "add", target, status=1)
        assert commands.json("bans", "list")["total"] == 0
        commands.run("bans", "add", "0.0.0.0/0", "--allow-wide", status=1)
        commands.run("bans", "add", "12.0.0.0/6", "--allow-wide")


def test_mistyped_targets_and_times_are_told_before_anything_is_done(commands):
    for arguments in (["bans", "add", "everybody"], ["bans", "add", "192.0.2.1/24"],
                      ["bans", "add", "192.0.2.1", "--for", "soon"],
                      ["bans", "import", "-", "--format", "csv"],
                      ["sessions", "kick", "nobody"]):
        assert commands.run(*arguments, status=64)


def test_the_allow_list_frees_one_address_from_the_ban_of_its_network(stage, place, commands):
    with stage(control=place, neighbours=0):
        commands.run("bans", "add", "198.51.100.0/24")
        commands.run("allow", "add", "198.51.100.7", "--note", "the guild's flat")
        assert "the guild's flat" in commands.run("allow", "list")
        text = commands.run("bans", "check", "198.51.100.7")
        assert "is not banned" in text and "lies in 198.51.100.7 of the allow-list" in text
        commands.run("bans", "check", "198.51.100.8", status=3)
        commands.run("allow", "remove", "198.51.100.7")
        commands.run("bans", "check", "198.51.100.7", status=3)
        assert "not on the allow-list" in commands.run("allow", "remove", "198.51.100.7", status=1)
        assert commands.run("allow", "list") == "the allow-list is empty\n"


def test_lists_are_taken_whole_or_not_at_all(stage, place, commands, tmp_path):
    with stage(control=place, neighbours=0):
        good = tmp_path / "drop.txt"
        good.write_text("# a list\n" + "".join(
            f"203.0.{index // 250}.{index % 250 + 1}\n" for index in range(2000)))
        assert commands.run("bans", "import", good) == "banned 2000, lifted 0\n"
        page = commands.json("bans", "list", "--limit", 5)
        assert page["total"] == 2000 and page["items"][0]["origin"] == "drop.txt"
        exported = commands.run("bans", "export")
        assert len(exported.splitlines()) == 2000
        for name, text in {
                "everybody": "192.0.2.1\n0.0.0.0/0\n", "page": "<html><body>404</body></html>\n",
                "bits": "192.0.2.1\n192.0.2.1/24\n"}.items():
            (tmp_path / name).write_text(text)
            error = commands.run("bans", "import", tmp_path / name, status=1)
            assert "nobody on it was banned" in error and "line " in error, error
        (tmp_path / "binary").write_bytes(b"\x1f\x8b\0\0")
        assert "no text" in commands.run("bans", "import", tmp_path / "binary", status=65)
        commands.run("bans", "check", "192.0.2.1")
        assert commands.json("bans", "list")["total"] == 2000

        answer = commands.json("bans", "import", "-", "--format", "crowdsec", "--name", "cs",
                               stdin=CROWDSEC)
        assert answer["taken"] == 1 and "captcha" in answer["warnings"][0]
        assert "http-bf" in commands.run("bans", "check", "203.0.113.5", status=3)
        ours = commands.run("bans", "import", "-", stdin="127.0.0.1\n192.0.2.77\n")
        assert ours == "banned 1, lifted 0\n"
        for format in ("crowdsec", "fail2ban"):
            text = commands.run("bans", "export", "--format", format)
            assert "192.0.2.77" in text
            again = commands.json("bans", "import", "-", "--format", format, stdin=text)
            assert again["taken"] == 2002 and not again["warnings"]
