#!/usr/bin/env python3
"""Makes wire.json: whole conversations in the tunnel's protocol, by the agent in Examples.

  python3 Tests/Tunnel/make_wire.py >Tests/Tunnel/wire.json

The other end is the Noise implementation of the package noiseprotocol, as for noise.json, and all
keys are SHA-256 hashes of a label, so that nothing in the file is a secret.
"""
import hashlib
import json
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../Examples/tunnel-agent"))
import mystel_tunnel as agent  # noqa: E402
from noise.connection import Keypair, NoiseConnection  # noqa: E402

NAME = "public"


def secret(label):
    return hashlib.sha256(b"mystel tunnel wire vector: " + label.encode()).digest()


def responder(mode, static, ephemeral, initiation):
    """The gateway's end of Noise, by another implementation."""
    made = NoiseConnection.from_name(agent.MODES[mode][1])
    made.set_as_responder()
    made.set_prologue(b"mystel tunnel" + initiation[:38]
                      + struct.pack(">H", len(NAME)) + NAME.encode())
    made.set_keypair_from_private_bytes(Keypair.EPHEMERAL, ephemeral)
    if mode == "nk":
        made.set_keypair_from_private_bytes(Keypair.STATIC, static)
    else:
        made.set_psks(psk=static)
    made.start_handshake()
    made.read_message(initiation[38:])
    return made


def conversation(mode, has_cookie):
    label = f"{mode} {has_cookie} "
    keys = {name: secret(label + name) for name in
            ("key", "initiatorEphemeral", "responderEphemeral", "cookie")}
    static = keys["key"]
    pinned = agent.public_key(static) if mode == "nk" else static
    cookie = keys["cookie"] if has_cookie else bytes(32)
    handshake = agent.Handshake(mode, pinned, NAME.encode(), cookie, keys["initiatorEphemeral"])
    initiation = handshake.initiation()
    other = responder(mode, static, keys["responderEphemeral"], initiation)
    message = bytes(other.write_message(b""))
    response = agent.head(agent.RESPONSE, agent.MODES[mode][0], 48) + message
    to_send, to_receive = handshake.complete(message)
    to_backend, to_client = agent.Sender(to_send), agent.Sender(to_receive)
    opening = to_backend.record(agent.OPEN)
    # The other implementation opens our first cell, so both have the same key and nonce.
    assert other.decrypt(opening)[0] == agent.OPEN
    contents = [b"hello", b"x" * 123, b"y" * 124, bytes(range(256)) * 3]
    said = [(sender, content) for content in contents for sender in (to_backend, to_client)]
    records = [{"from": "initiator", "kind": "open", "content": "", "wire": opening.hex()}]
    for number, (sender, content) in enumerate(said):
        name = "initiator" if sender is to_backend else "responder"
        if number == 4:
            records.append({"from": name, "kind": "rekey", "content": "",
                            "wire": sender.rekey().hex()})
        records.append({"from": name, "kind": "data", "content": content.hex(),
                        "wire": sender.data(content).hex()})
    for name, sender in (("initiator", to_backend), ("responder", to_client)):
        records.append({"from": name, "kind": "end", "content": "",
                        "wire": sender.record(agent.END).hex()})
    return {"mode": mode, "name": NAME, "cookie": cookie.hex(),
            "keys": {name: value.hex() for name, value in keys.items() if name != "cookie"},
            "initiation": initiation.hex(), "response": response.hex(), "records": records}


if __name__ == "__main__":
    print(json.dumps([conversation(mode, has_cookie)
                      for mode in ("nk", "psk") for has_cookie in (False, True)], indent=1))
