"""Recorded sessions through agent, tunnel, gateway and game server, byte for byte."""

import threading
import time

import pytest
import tera
from duel import Duel
from transcripts import honest
from tunnels import Agent, Key, Middle, RekeyingAgent

TRANSCRIPTS = honest()
# The one that says least: for what is slow.
SHORT = min(TRANSCRIPTS, key=lambda transcript: sum(len(plain) for _, plain in transcript.runs))


@pytest.fixture
def key(mystel, tmp_path):
    return Key(mystel, tmp_path)


def play(scene, agent, transcripts, **more):
    for transcript in transcripts:
        transcript.play(agent.address, scene.odd_server, **more)
    ends = scene.gateway.wait_end("client_closed", count=len(transcripts))
    assert len(ends) == len(scene.gateway.ends()), scene.gateway.ends()


@pytest.mark.parametrize("agent", ["swift", "python"])
def test_recorded_sessions_pass_the_tunnel(stage, mystel, key, agent):
    with stage(odd_listener=key.settings()) as scene:
        made = scene.keep(Agent.swift(mystel, scene.odd, key.public) if agent == "swift"
                          else Agent.python(scene.odd, key.public))
        play(scene, made, TRANSCRIPTS if agent == "swift" else [SHORT], timeout=15)


@pytest.mark.parametrize("segment", [1, 1460])
def test_recorded_sessions_pass_in_segments_of_any_size(stage, mystel, key, segment):
    with stage(odd_listener=key.settings()) as scene:
        middle = scene.keep(Middle(scene.odd, segment=segment))
        agent = scene.keep(Agent.swift(mystel, middle.address, key.public))
        play(scene, agent, [SHORT] if segment == 1 else TRANSCRIPTS, timeout=15)


@pytest.mark.parametrize("is_to_gateway", [True, False], ids=["to-gateway", "to-player"])
def test_a_recorded_session_outlives_a_network_that_stands_still(
        stage, mystel, key, is_to_gateway):
    """Five seconds, with half of a record on its way in one direction, and nothing in either."""
    with stage(odd_listener=key.settings()) as scene:
        # In pieces that are no record's length, so that one is cut where the network stops.
        middle = scene.keep(Middle(scene.odd, segment=100, stop=(is_to_gateway, 5000, 5)))
        agent = scene.keep(Agent.swift(mystel, middle.address, key.public))
        start = time.monotonic()
        play(scene, agent, [SHORT], timeout=15)
        assert middle.stop is None and time.monotonic() - start > 5


@pytest.mark.parametrize("piece", [10, 1000])
def test_a_recorded_session_takes_new_keys_in_the_middle_of_packets(stage, key, piece):
    """Each record is sealed with the next key; records end where no packet does."""
    with stage(odd_listener=key.settings()) as scene:
        agent = scene.keep(RekeyingAgent(scene.odd, key, piece=piece))
        play(scene, agent, [SHORT], timeout=30)
        assert agent.rekeys > 20


@pytest.mark.long
@pytest.mark.parametrize("side", ["player", "server"])
def test_a_session_outlives_what_one_key_may_seal(stage, mystel, key, side):
    """More than 2^30 bytes: receivers end a tunnel in which no new key has come by then."""
    with stage(odd_listener=key.settings()) as scene:
        agent = scene.keep(Agent.swift(mystel, scene.odd, key.public))
        duel = scene.keep(Duel(agent.address, scene.odd_server))
        plain = tera.random_packets(duel.random, 300, 16_000)
        say, hear = (duel.say, duel.server_hears) if side == "player" \
            else (duel.tell, duel.player_hears)
        left = (1 << 30) + (1 << 24)
        while left > 0:
            sender = threading.Thread(target=say, args=(plain,))
            sender.start()
            assert hear(len(plain)) == plain
            sender.join()
            left -= len(plain)
