"""Management over TLS: the certificate, its renewal, and what is no TLS."""

import os
import socket
import ssl
import subprocess
import time

import pytest

from gateway import Gateway, backend, configuration, listener, to_yaml
from processes import free_port, wait_until


def certificate(directory, name):
    """A new one for localhost, signed by itself, in the files that the gateway reads."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", directory / "key.pem", "-out", directory / "cert.pem"],
        check=True, capture_output=True)
    os.chmod(directory / "key.pem", 0o600)
    return ssl.create_default_context(cafile=directory / "cert.pem")


def settings(directory, port, **tls):
    return configuration(
        [listener("public", free_port(), "world")], [backend("world", ("127.0.0.1", 1))],
        log={"level": "info", "format": "json"},
        management={"http": f"127.0.0.1:{port}",
                    "tls": {"certificate": str(directory / "cert.pem"),
                            "key": str(directory / "key.pem"), **tls}})


def ask(context, port, path="/healthz"):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain, \
            context.wrap_socket(plain, server_hostname="localhost") as peer:
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while part := peer.recv(65536):
            answer += part
        return peer.version(), answer


def answers(context, port):
    try:
        return b"200 OK" in ask(context, port)[1]
    except ssl.SSLError:
        return False


def test_management_speaks_tls_and_nothing_else_and_takes_a_renewed_certificate(mystel, tmp_path):
    context = certificate(tmp_path, "old")
    port = free_port()
    gateway = Gateway(mystel, tmp_path, settings(tmp_path, port), awaited=[])
    try:
        assert wait_until(lambda: gateway.matching(message="management over HTTPS"), 10)
        version, answer = ask(context, port)
        assert version == "TLSv1.3" and b"200 OK" in answer and b"alive" in answer
        old = ssl.create_default_context(cafile=tmp_path / "cert.pem")
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        assert ask(old, port)[0] == "TLSv1.2"
        with pytest.raises(ssl.SSLError):
            ancient = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            ancient.check_hostname, ancient.verify_mode = False, ssl.CERT_NONE
            ancient.set_ciphers("ALL:@SECLEVEL=0")
            ancient.minimum_version = ancient.maximum_version = ssl.TLSVersion.TLSv1_1
            ask(ancient, port)
        # Whoever speaks no TLS, or nothing, gets nothing, and disturbs nobody.
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200" not in plain.recv(65536)
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(4)]
        assert answers(context, port)
        for peer in idle:
            peer.close()

        new = certificate(tmp_path, "new")
        assert answers(context, port) and not answers(new, port)
        gateway.reload()
        assert wait_until(lambda: answers(new, port), 10) and not answers(context, port)

        # A key of another certificate: the reload is rejected, and the old one is shown.
        other = tmp_path / "other"
        other.mkdir()
        certificate(other, "other")
        (other / "key.pem").rename(tmp_path / "key.pem")
        gateway.reload()
        assert wait_until(lambda: any(
            "configuration rejected" in line["message"] and "does not go with" in line["message"]
            for line in gateway.lines), 10)
        assert answers(new, port)
    finally:
        gateway.close()


@pytest.mark.parametrize("damage, words", [
    ("open", "everybody may open it"), ("gone", "no private key"), ("text", "no certificate")])
def test_h5_a_key_that_everybody_may_open_or_that_is_none_is_refused_at_the_start(
        mystel, tmp_path, damage, words):
    certificate(tmp_path, "x")
    if damage == "open":
        os.chmod(tmp_path / "key.pem", 0o644)
    elif damage == "gone":
        (tmp_path / "key.pem").unlink()
    else:
        (tmp_path / "cert.pem").write_text("no certificate")
    file = tmp_path / "mystel.yaml"
    file.write_text(to_yaml(settings(tmp_path, free_port())))
    done = subprocess.run(
        [mystel, "run", "--config", file], capture_output=True, text=True, timeout=20)
    assert done.returncode == 71, done.stderr
    assert words in done.stderr and "management.tls" in done.stderr
