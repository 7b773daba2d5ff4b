#!/usr/bin/env python3
"""Makes noise.json: handshakes by a Noise implementation that shares no code with ours.

  python3 -m venv .build/noise && .build/noise/bin/pip install noiseprotocol==0.3.1
  .build/noise/bin/python Tests/Tunnel/make.py >Tests/Tunnel/noise.json

All keys are SHA-256 hashes of a label, so that nothing in the file is a secret.
"""
import hashlib
import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from noise.connection import Keypair, NoiseConnection

PATTERNS = ("NK", "IK", "NNpsk0")
# Prologue, payloads of the handshake, and of what is sent after it.
CASES = (
    (b"", (b"", b""), (b"", b"a", b"b" * 300, b"\0" * 16)),
    (b"mystel tunnel\0\1", (b"", b""), (b"hello", b"world", b"again", b"and again")),
    (b"prologue" * 20, (b"first payload", b"second payload"), (b"x" * 1000, b"", b"y", b"")),
)


def secret(label):
    return hashlib.sha256(b"mystel tunnel vector: " + label.encode()).digest()


def public(private):
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def connection(pattern, keys, prologue, is_initiator):
    made = NoiseConnection.from_name(f"Noise_{pattern}_25519_ChaChaPoly_SHA256".encode())
    made.set_as_initiator() if is_initiator else made.set_as_responder()
    made.set_prologue(prologue)
    own = "initiator" if is_initiator else "responder"
    made.set_keypair_from_private_bytes(Keypair.EPHEMERAL, keys[f"{own}Ephemeral"])
    if pattern == "NNpsk0":
        made.set_psks(psk=keys["preshared"])
    else:
        if is_initiator:
            made.set_keypair_from_public_bytes(
                Keypair.REMOTE_STATIC, public(keys["responderStatic"]))
        if not is_initiator or pattern == "IK":
            made.set_keypair_from_private_bytes(Keypair.STATIC, keys[f"{own}Static"])
    made.start_handshake()
    return made


def vector(pattern, number, prologue, payloads, transport):
    names = ["initiatorEphemeral", "responderEphemeral"]
    names += {"NK": ["responderStatic"], "IK": ["initiatorStatic", "responderStatic"],
              "NNpsk0": ["preshared"]}[pattern]
    keys = {name: secret(f"{pattern} {number} {name}") for name in names}
    sides = [connection(pattern, keys, prologue, first) for first in (True, False)]
    handshake = []
    for index, payload in enumerate(payloads):
        sender, receiver = sides[index % 2], sides[1 - index % 2]
        message = bytes(sender.write_message(payload))
        assert bytes(receiver.read_message(message)) == payload
        handshake.append({"payload": payload.hex(), "message": message.hex()})
    name = sides[0].noise_protocol.handshake_hash.hex()
    records = []
    for index, payload in enumerate(transport):
        sender, receiver = sides[index % 2], sides[1 - index % 2]
        message = sender.encrypt(payload)
        assert receiver.decrypt(message) == payload
        records.append({"payload": payload.hex(), "message": message.hex()})
    # What the initiator sends after its key was replaced once.
    sides[0].rekey_outbound_cipher()
    rekeyed = sides[0].encrypt(b"after rekey").hex()
    return {
        "pattern": pattern, "prologue": prologue.hex(),
        "keys": {name: value.hex() for name, value in keys.items()},
        "handshake": handshake, "handshakeHash": name, "transport": records, "rekeyed": rekeyed,
    }


if __name__ == "__main__":
    print(json.dumps(
        [vector(pattern, number, *case)
         for pattern in PATTERNS for number, case in enumerate(CASES)], indent=1))
