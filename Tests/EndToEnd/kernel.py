"""Socket options of another process's sockets, read through a borrowed descriptor (Linux)."""

import ctypes
import os
import socket

PIDFD_GETFD = 438
_libc = ctypes.CDLL(None, use_errno=True)


def borrowed_sockets(pid):
    """Every TCP socket of a process, as sockets of ours that share the same open file."""
    process = os.pidfd_open(pid)
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
                    continue
            except OSError:
                continue
            descriptor = _libc.syscall(PIDFD_GETFD, process, int(name), 0)
            if descriptor < 0:
                continue
            borrowed = socket.socket(fileno=descriptor)
            if borrowed.type == socket.SOCK_STREAM and borrowed.family != socket.AF_UNIX:
                yield borrowed
            else:
                borrowed.close()
    finally:
        os.close(process)


def options_of(pid, peer, options):
    """Values of socket options of the process's connection whose far end is `peer`."""
    for borrowed in borrowed_sockets(pid):
        with borrowed:
            try:
                if borrowed.getpeername()[:2] != peer[:2]:
                    continue
            except OSError:
                continue
            return {name: borrowed.getsockopt(level, name) for level, name in options}
    raise AssertionError(f"process {pid} has no connection to {peer}")
