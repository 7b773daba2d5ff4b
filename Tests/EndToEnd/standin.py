"""An HTTP server that stands in for programs elsewhere: keeps what it is asked, answers as it is told."""

import collections
import http.server
import json
import threading
import time
import urllib.parse

from processes import wait_until

Asked = collections.namedtuple("Asked", "method path query headers body at")


class StandIn:
    """`answers` by path: (status, JSON or bytes), a list of such to be used up, or a function."""

    def __init__(self, answers=None):
        self.answers = dict(answers or {})
        self.asked = []
        self.delay = 0
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                owner.handle(self)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def handle(self, request):
        parts = urllib.parse.urlsplit(request.path)
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        asked = Asked(request.command, parts.path, dict(urllib.parse.parse_qsl(parts.query)),
                      dict(request.headers), body, time.monotonic())
        # Chosen before anybody can see the question, and change the answers because of it.
        answer = self.answers.get(parts.path, (404, {}))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        self.asked.append(asked)
        time.sleep(self.delay)
        if callable(answer):
            answer = answer(asked)
        status, content, *headers = answer
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        try:
            request.send_response(status)
            for name, value in dict(*headers).items():
                request.send_header(name, value)
            request.send_header("Content-Length", str(len(data)))
            request.end_headers()
            request.wfile.write(data)
        except OSError:
            pass

    def at(self, path):
        return [asked for asked in self.asked if asked.path == path]

    def wait_for(self, path, count=1, timeout=10):
        found = wait_until(lambda: len(self.at(path)) >= count and self.at(path), timeout)
        assert found, f"{len(self.at(path))} of {count} at {path}: {self.asked[-5:]}"
        return found

    def close(self):
        self.server.shutdown()
        self.server.server_close()
