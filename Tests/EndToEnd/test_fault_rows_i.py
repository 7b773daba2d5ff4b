"""Rows of section I of the catalogue: what is done to the management server, and what it does then."""

import contextlib
import json
import re
import socket
import time

import pytest

import tera
from browser import Browser
from processes import wait_until
from test_api import bearer, local, place, port, post, remote, served  # noqa: F401 (fixtures)
from test_dashboard import MARKUP, browser, chromium, cheater, desk, session_of  # noqa: F401
from test_rules import page

EVENTS = "/api/v1/events"


class Reader:
    """One who reads the event stream, or has it sent and does not read it."""

    def __init__(self, port, token, path=EVENTS, receive_bytes=None, **headers):  # noqa: F811
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(15)
        self.socket.connect(("127.0.0.1", port))
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}",
                 *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.received = b""

    def until(self, text, timeout=15):
        """Reads until this was there."""
        deadline = time.monotonic() + timeout
        while text.encode() not in self.received:
            left = deadline - time.monotonic()
            assert left > 0, f"no {text!r} in {timeout} s: {self.received[-400:]}"
            self.socket.settimeout(left)
            part = self.socket.recv(1 << 16)
            assert part, f"ended without {text!r}: {self.received[-400:]}"
            self.received += part
        return self.received.decode()

    def status(self):
        return int(self.until("\r\n\r\n").split(" ", 2)[1])

    def is_over(self, timeout=1):
        """Whether the other side has ended the connection."""
        deadline = time.monotonic() + timeout
        try:
            while (left := deadline - time.monotonic()) > 0:
                self.socket.settimeout(left)
                part = self.socket.recv(1 << 16)
                if not part:
                    return True
                self.received += part
            return False
        except TimeoutError:
            return False
        except ConnectionError:
            return True

    def close(self):
        self.socket.close()


# I2

FORM = """<!doctype html><title>elsewhere</title>
<form id=f method=post enctype=text/plain action="{target}/api/v1/reload"><input name=a value=b></form>
<script>
const done = [];
const tries = [
  ["POST", "/api/v1/reload", {{}}],
  ["POST", "/api/v1/bans", {{"Content-Type": "application/json", "Authorization": "Bearer {token}"}}],
  ["DELETE", "/api/v1/bans?target=203.0.113.9", {{"Authorization": "Bearer {token}"}}],
  ["GET", "/api/v1/status", {{"Authorization": "Bearer {token}"}}],
];
for (const [method, path, headers] of tries)
  for (const mode of ["cors", "no-cors"])
    fetch("{target}" + path, {{method, headers, mode, body: method === "POST" ? "{{}}" : undefined}})
      .then((answer) => done.push([method, path, mode, answer.type, answer.status]),
            () => done.push([method, path, mode, "refused", 0]));
window.done = done;
</script>"""


def test_i2_a_page_of_another_site_changes_nothing(desk, browser, local):  # noqa: F811
    """Even with a token that it should not have: in a real browser, by fetch and by a form."""
    import http.server
    import threading
    document = FORM.format(target=desk.address, token=desk.tokens["admin"]).encode()

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, *_):
            pass

    post(local, "/api/v1/bans", {"target": "203.0.113.9"})
    before = local.get("/api/v1/audit").json["items"]
    with http.server.ThreadingHTTPServer(("127.0.0.2", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser.go(f"http://127.0.0.2:{server.server_address[1]}/")
        done = browser.await_(lambda: (found := browser.js("return window.done")) and len(found) == 8 and found,
                              "not all were tried")
        # Nothing can be read: refused by the browser, or an answer without content.
        assert all(kind in ("refused", "opaque") for *_, kind, _ in done), done
        browser.js("document.getElementById('f').submit()")
        browser.await_(lambda: desk.address in browser.js("return location.href"), "the form was not sent")
        assert "pages of other sites" in browser.text() or "401" in browser.text(), browser.text()
        server.shutdown()
    assert [ban["target"] for ban in local.get("/api/v1/bans").json["items"]] == ["203.0.113.9"]
    after = local.get("/api/v1/audit").json["items"]
    assert [entry["action"] for entry in after if entry["action"] in ("reload", "lift")] == \
        [entry["action"] for entry in before if entry["action"] in ("reload", "lift")]


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"}, {"Origin": "http://127.0.0.1.evil.example"}])
def test_i2_a_request_that_another_site_made_is_refused_whatever_it_knows(
        stage, served, local, remote, headers):  # noqa: F811
    with stage(management=served, neighbours=0):
        token = post(local, "/api/v1/tokens", {"name": "a", "role": "admin"}).json["token"]
        for method, path in [("GET", "/api/v1/status"), ("POST", "/api/v1/reload"), ("GET", EVENTS),
                             ("DELETE", "/api/v1/bans?target=203.0.113.9"), ("GET", "/api/v1/self")]:
            answer = remote.ask(path, method, **bearer(token), **headers)
            assert answer.status == 403, (method, path, answer.text)
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]


# I3

@pytest.mark.parametrize("path", ["/", "/dashboard/", "/dashboard/main.js", EVENTS, "/api/v1/self",
                                  "/api/v1/status", "/metrics", "/healthz"])
def test_i3_a_name_that_leads_here_and_is_not_ours_is_not_answered(
        stage, served, local, remote, path):  # noqa: F811
    with stage(management=served, neighbours=0):
        token = post(local, "/api/v1/tokens", {"name": "a", "role": "admin"}).json["token"]
        for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:80"):
            answer = remote.ask(path, Host=host, **bearer(token))
            assert answer.status == 421 and "<" not in answer.text, (host, answer.text)


# I4

def test_i4_what_a_player_sends_is_shown_as_text(desk, browser, local):  # noqa: F811
    """A title, reasons, notes and what a packet said, each with markup in it, on every view."""
    duel = cheater(desk)
    duel.exchange(page(9))
    number = session_of(local, "127.0.0.9")
    for target in ("203.0.113.9", "account:5"):
        post(local, "/api/v1/bans", {"target": target, "reason": f"{MARKUP}<script>run()</script>"})
    post(local, "/api/v1/allowed", {"target": "198.51.100.0/24", "note": MARKUP})
    browser.go(desk.page("admin"))
    browser.shows(MARKUP)
    for path, text in [("bans", MARKUP), ("bans/allowed", MARKUP), ("rules", MARKUP),
                       (f"sessions/{number}", MARKUP), ("audit", "203.0.113.9")]:
        browser.view(path)
        browser.shows(text)
        assert browser.js("return document.querySelectorAll('main img, main script, main iframe').length") == 0
    browser.view(f"sessions/{number}")
    browser.click("Evidence", kinds="td a")
    browser.shows("C_VIEW_GUILD_WAR")
    # A check of a target, and a view, that are markup themselves.
    browser.view("bans/check")
    browser.write("Who", MARKUP)
    browser.click("Check")
    browser.shows("is no address")
    browser.view(f"sessions/{MARKUP}")
    browser.shows(MARKUP)
    assert browser.js("return document.querySelectorAll('main img').length") == 0
    assert "run" not in browser.js("return document.title").split()
    # And a slip in the code would not have done: the browser makes no markup of text here.
    assert browser.js("""
        try { document.createElement("div").innerHTML = "<b>x</b>"; return "made"; }
        catch (fault) { return fault.name; }""") == "TypeError"
    assert browser.js("""
        try {
          const element = document.createElement("div");
          element.setAttribute("onclick", "window.ran = true");
          document.body.append(element); element.click(); element.remove();
        } catch (fault) { /* refused at once */ }
        return window.ran === undefined;""")


def test_i4_the_page_is_served_with_a_policy_that_permits_nothing_else(
        stage, served, local, remote):  # noqa: F811
    with stage(management=served, neighbours=0):
        names = set(re.findall(r'(?:href|src)="([\w./-]+)"', remote.get("/dashboard/").text))
        assert "main.js" in names
        for name in ("", *names):
            headers = remote.get(f"/dashboard/{name}").headers
            policy = headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy and "unsafe" not in policy and "http" not in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert "Set-Cookie" not in headers


# I7

def test_i7_watchers_who_do_not_read_are_few_and_disturb_nobody(stage, served, local, port):  # noqa: F811
    with stage(management=served, neighbours=4) as scene:
        token = post(local, "/api/v1/tokens", {"name": "a", "role": "viewer"}).json["token"]
        before = local.metrics()
        readers, refused = [], 0
        try:
            for _ in range(1000):
                try:
                    reader = Reader(port, token, receive_bytes=4096)
                    if len(readers) < 80:
                        readers.append(reader)
                    else:
                        reader.close()
                except OSError:
                    refused += 1
            assert wait_until(
                lambda: local.metrics()["mystel_management_event_streams"] == 32, 20, step=0.2)
            # Beyond them the answer says when to come back.
            answers = [reader.received for reader in readers
                       if not reader.is_over(0.01) or reader.received]
            assert any(b"503" in answer and b"etry-" in answer for answer in answers)
            # Many things happen that nobody reads, and the local operator is still served.
            for number in range(300):
                post(local, "/api/v1/bans", {"target": f"203.0.113.{number % 200 + 1}", "seconds": 60,
                                             "reason": "x" * 200})
            lags = []
            for _ in range(20):
                lags.append(local.metrics()["mystel_event_loop_lag_seconds"])
                time.sleep(0.05)
            assert sorted(lags)[len(lags) // 2] < 0.05, lags
            after = local.metrics()
            assert after["mystel_management_event_streams"] <= 32
            grown = after["process_resident_memory_bytes"] - before["process_resident_memory_bytes"]
            assert grown < 64 << 20, grown
        finally:
            for reader in readers:
                reader.close()
        assert wait_until(
            lambda: local.metrics()["mystel_management_event_streams"] == 0, 15, step=0.2)
        reader = Reader(port, token)
        assert reader.status() == 200 and "event: tick" in reader.until("event: tick")
        reader.close()


def test_i7_a_reader_who_takes_nothing_is_hung_up_on(stage, served, local, port):  # noqa: F811
    with stage(management=served, neighbours=0):
        token = post(local, "/api/v1/tokens", {"name": "a", "role": "viewer"}).json["token"]
        reader = Reader(port, token, receive_bytes=2048)
        assert wait_until(lambda: local.metrics()["mystel_management_event_streams"] == 1, 5)
        # Until what the kernel holds for it is full.
        for number in range(4000):
            target = {"target": f"198.51.{number // 250}.{number % 250 + 1}", "seconds": 60, "reason": "y" * 180}
            assert post(local, "/api/v1/bans", target).status == 201
        assert wait_until(
            lambda: local.metrics()["mystel_management_event_streams"] == 0, 50, step=0.5), \
            "it still holds its place"
        reader.close()


def test_i7_a_reader_who_comes_back_goes_on_where_he_was(stage, served, local, port):  # noqa: F811
    with stage(management=served, neighbours=0):
        token = post(local, "/api/v1/tokens", {"name": "a", "role": "viewer"}).json["token"]
        reader = Reader(port, token, f"{EVENTS}?topics=ban_added,tick")
        reader.until("event: tick")
        post(local, "/api/v1/bans", {"target": "203.0.113.1"})
        seen = reader.until("203.0.113.1")
        last = re.findall(r"^id: (\d+)$", seen, re.M)[-1]
        reader.close()
        post(local, "/api/v1/bans", {"target": "203.0.113.2"})
        post(local, "/api/v1/bans", {"target": "203.0.113.3"})
        again = Reader(port, token, f"{EVENTS}?topics=ban_added", Last_Event_ID=last)
        seen = again.until("203.0.113.3")
        assert "203.0.113.2" in seen and "203.0.113.1\"" not in seen and "event: tick" not in seen
        for block in seen.split("\r\n\r\n", 1)[1].split("\n\n"):
            for line in block.splitlines():
                if line.startswith("data: "):
                    assert json.loads(line[6:])["kind"] == "ban_added"
        again.close()
        # One to whom nothing is said is missed at the next comment.
        assert wait_until(
            lambda: local.metrics()["mystel_management_event_streams"] == 0, 15, step=0.2)


# I10

def test_i10_a_revoked_token_ends_its_streams_and_no_other(
        stage, served, local, port):  # noqa: F811
    with stage(management=served, neighbours=0):
        gone, stays = (post(local, "/api/v1/tokens", {"name": name, "role": "viewer"}).json["token"]
                       for name in ("gone", "stays"))
        readers = [Reader(port, gone) for _ in range(3)] + [Reader(port, stays)]
        for reader in readers:
            reader.until("event: tick")
        begin = time.monotonic()
        assert local.ask("/api/v1/tokens/gone", "DELETE").status == 200
        for reader in readers[:3]:
            reader.until("event: ended", 5)
        assert time.monotonic() - begin < 5
        before = len(readers[3].received)
        assert not readers[3].is_over(2.5) and len(readers[3].received) > before
        assert Reader(port, gone).status() == 401
        for reader in readers:
            reader.close()


def test_i10_a_token_that_expires_ends_its_streams(stage, served, local, port):  # noqa: F811
    with stage(management=served, neighbours=0):
        token = post(local, "/api/v1/tokens", {"name": "a", "role": "viewer", "seconds": 3}).json["token"]
        reader = Reader(port, token)
        reader.until("event: tick")
        reader.until("event: ended", 9)
        reader.close()
