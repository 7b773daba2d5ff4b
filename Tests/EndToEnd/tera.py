"""The wire of the game as Python tests need it; the cipher is the C one of Tests/Peers."""

import ctypes
import struct
from dataclasses import dataclass

BUILD = 367081
HELLO = bytes([1, 0, 0, 0])
KEY_BYTES = 128
CHECK_VERSION = 19900
LOGIN = 64460  # C_LOGIN_ARBITER of build 367081
LONGEST_CLIENT_PACKET = 16 * 1024

_library = None


def load_cipher(path):
    global _library
    _library = ctypes.CDLL(str(path))


class _Stream(ctypes.Structure):
    """struct keystream of cipher.h."""

    _fields_ = [
        ("words", ctypes.c_uint32 * 170),
        ("index", ctypes.c_uint32 * 3),
        ("sum", ctypes.c_uint32 * 3),
        ("carry", ctypes.c_uint32 * 3),
        ("word", ctypes.c_uint32),
        ("unused", ctypes.c_uint),
    ]


class Keystream:
    """One direction, from its first payload byte on."""

    def __init__(self, stream=None):
        self.stream = stream or _Stream()

    def apply(self, data):
        buffer = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
        _library.keystream_apply(
            ctypes.byref(self.stream), buffer, ctypes.c_size_t(len(data)))
        return bytes(buffer)

    def copy(self):
        return Keystream(_Stream.from_buffer_copy(self.stream))


def sha0(message):
    digest = (ctypes.c_uint32 * 5)()
    _library.sha0(message, ctypes.c_size_t(len(message)), digest)
    return b"".join(struct.pack(">I", word) for word in digest)


def expanded(key):
    """The 680 bytes that a 128-byte key becomes."""
    stream = _Stream()
    _library.keystream_init(ctypes.byref(stream), bytes(key))
    return struct.pack("<170I", *stream.words)


@dataclass
class Keys:
    client1: bytes
    server1: bytes
    client2: bytes
    server2: bytes

    def ciphers(self, legacy=False):
        """(to server, to client)."""
        keys = ctypes.create_string_buffer(
            self.client1 + self.server1 + self.client2 + self.server2, 4 * KEY_BYTES)
        to_server, to_client = _Stream(), _Stream()
        _library.derive_ciphers(
            keys, ctypes.c_bool(legacy), ctypes.byref(to_server), ctypes.byref(to_client))
        return Keystream(to_server), Keystream(to_client)


def random_keys(random):
    return Keys(*(random.randbytes(KEY_BYTES) for _ in range(4)))


def packet(opcode, body=b"", length=None):
    """A frame; `length` overrides the honest one."""
    return struct.pack("<HH", len(body) + 4 if length is None else length, opcode) + body


def check_version(build=BUILD):
    return packet(CHECK_VERSION, struct.pack(
        "<HH HHII HHII", 2, 8, 8, 20, 0, build, 20, 0, 1, 363186))


def login(seed=1, burst=0, rate=0, name="player"):
    """C_LOGIN_ARBITER; the ticket tells a terapeer server what to send."""
    written = name.encode("utf-16-le") + b"\0\0"
    ticket = f"{seed:016x}{burst:08x}{rate:08x}{0:018d}".encode()
    at = 23
    fixed = struct.pack("<HHHIBII", at, at + len(written), len(ticket), 0, 0, 6, 9204)
    return packet(LOGIN, fixed + written + ticket)


def random_packets(random, count, longest=600):
    """Well-framed packets of opcodes that mean nothing."""
    return b"".join(
        packet(random.randrange(20000, 64000), random.randbytes(random.randrange(longest - 3)))
        for _ in range(count))


# The PROXY protocol, version 2. -----------------------------------------------------------------

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def proxy_v2(source="203.0.113.9", port=40000, command=1, family=0x11, tlvs=b"", length=None,
             destination="192.0.2.1"):
    def octets(address):
        return bytes(int(part) for part in address.split("."))

    block = b""
    if family == 0x11:
        block = octets(source) + octets(destination) + struct.pack(">HH", port, 7801)
    block += tlvs
    size = len(block) if length is None else length
    return SIGNATURE + bytes([0x20 | command, family]) + struct.pack(">H", size) + block


def tlv(kind, value):
    return bytes([kind]) + struct.pack(">H", len(value)) + value


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def proxy_v2_with_checksum(wrong=False, **fields):
    blank = proxy_v2(tlvs=tlv(3, bytes(4)), **fields)
    checksum = crc32c(blank) ^ (1 if wrong else 0)
    return blank[:-4] + struct.pack(">I", checksum)
