"""HTTP to the management server, by TCP or by its Unix socket, with nothing in between."""

import http.client
import json
import re
import socket

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=15):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


class Management:
    """`place` is a port of this machine, or the path of a socket."""

    def __init__(self, place):
        self.place = place

    def connection(self, timeout=15):
        if isinstance(self.place, int):
            return http.client.HTTPConnection("127.0.0.1", self.place, timeout=timeout)
        return UnixConnection(str(self.place), timeout)

    def ask(self, path, method="GET", body=None, timeout=15, **headers):
        connection = self.connection(timeout)
        try:
            connection.request(
                method, path, body,
                {name.replace("_", "-"): value for name, value in headers.items()})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask(path, **headers)

    def metrics(self):
        """Values by name and labels: `mystel_packets_total{direction="to_client"}`."""
        return samples(self.get("/metrics").text)


def samples(page):
    values = {}
    for line in page.splitlines():
        if line.startswith("#") or not line:
            continue
        match = SAMPLE.match(line)
        assert match, line
        name, labels, value = match.groups()
        values[f"{name}{{{labels}}}" if labels else name] = float(value)
    return values
