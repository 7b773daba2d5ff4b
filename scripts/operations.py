#!/usr/bin/env python3
"""Prints docs/operating/operations.md: what can be done by the API, the commands and the dashboard, side by
side, from the OpenAPI document of a gateway that this starts.

    scripts/operations.py PROGRAM
"""

import http.client
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

CONFIGURATION = """\
version: 1
control: {{ socket: "off" }}
management: {{ socket: {socket} }}
listeners: [{{ name: public, bind: "127.0.0.1:0", backend: arbiter }}]
backends: [{{ name: arbiter, address: "127.0.0.1:9", builds: [367081] }}]
"""

HEAD = """\
# API, commands and dashboard side by side

Made by `scripts/generate.sh` from the routes of the [API](api.md); a test holds it to the program's commands and
to the [dashboard's](dashboard.md) views. Paths are under `/api/v1`.

| operation | API | role | command | dashboard |
|---|---|---|---|---|
"""


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def document(program):
    """What a gateway says of itself."""
    with tempfile.TemporaryDirectory(prefix="mystel-") as folder:
        place = pathlib.Path(folder) / "http.sock"
        file = pathlib.Path(folder) / "mystel.yaml"
        file.write_text(CONFIGURATION.format(socket=place))
        gateway = subprocess.Popen(
            [program, "run", "--config", file], stderr=subprocess.PIPE, text=True,
            env={"PATH": "/usr/bin:/bin"})
        try:
            deadline = time.monotonic() + 30
            while not place.exists():
                if gateway.poll() is not None or time.monotonic() > deadline:
                    gateway.kill()
                    sys.exit(f"the gateway did not start: {gateway.communicate()[1]}")
                time.sleep(0.02)
            connection = Connection(str(place))
            connection.request("GET", "/api/v1/openapi.json")
            return json.load(connection.getresponse())
        finally:
            gateway.kill()
            gateway.communicate()


def rows(found):
    for path, methods in sorted(found["paths"].items()):
        for method, operation in sorted(methods.items()):
            if "x-role" not in operation or not path.startswith("/api/v1/"):
                continue
            view = operation.get("x-view")
            command = operation.get("x-command")
            yield (operation["summary"].rstrip("."),
                   f"`{method.upper()} {path.removeprefix('/api/v1')}`", operation["x-role"],
                   f"`mystel {command}`" if command else "-", view or "-")


if __name__ == "__main__":
    print(HEAD + "\n".join("| " + " | ".join(row) + " |" for row in rows(document(sys.argv[1]))))
