"""Metrics and health over HTTP, read by a real Prometheus while players play."""

import json
import os
import pathlib
import re
import shutil
import socket
import stat
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import pytest

from management import Management
from processes import Process, free_port, wait_until
from reference import REPOSITORY
from test_control import place  # noqa: F401 (a fixture)
from tunnels import Key

PACKAGING = REPOSITORY / "packaging"


@pytest.fixture
def port():
    return free_port()


def tool(name):
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"no {name}: apt-get install prometheus")
    return path


def served(port=None, **more):
    """Management at a TCP port of this machine."""
    return {"http": f"127.0.0.1:{port}", **more}


class Prometheus(Process):
    """A real one, that scrapes a gateway every second and judges the alerts that are shipped."""

    def __init__(self, directory, target):
        self.port = free_port()
        settings = directory / "prometheus.yml"
        settings.write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(PACKAGING / "prometheus" / "alerts.yml")],
            "scrape_configs": [{
                "job_name": "mystel", "static_configs": [{"targets": [f"127.0.0.1:{target}"]}]}],
        }))
        super().__init__(
            [tool("prometheus"), f"--config.file={settings}",
             f"--storage.tsdb.path={directory / 'tsdb'}",
             f"--web.listen-address=127.0.0.1:{self.port}", "--log.format=json"], reads="stderr")

    def api(self, path, **query):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)["data"]
        except OSError:
            return None

    def value(self, query):
        """The one value of a query; None where there is none."""
        data = self.api("query", query=query)
        return float(data["result"][0]["value"][1]) if data and data["result"] else None


def test_a_prometheus_reads_a_gateway_that_carries_players(stage, port, tmp_path):
    tool("prometheus")
    with stage(management=served(port)) as scene:
        prometheus = scene.keep(Prometheus(tmp_path, port))
        assert wait_until(lambda: prometheus.value("mystel_sessions") == 6, 30, step=0.2)
        target = prometheus.api("targets")["activeTargets"][0]
        assert target["health"] == "up" and target["lastError"] == ""
        assert wait_until(
            lambda: (prometheus.value('rate(mystel_packets_total{direction="to_client"}[10s])')
                     or 0) > 0, 20, step=0.2)
        assert prometheus.value('mystel_backend_up{backend="world"}') == 1
        assert prometheus.value("process_resident_memory_bytes") > 10 << 20
        assert prometheus.value("mystel_ready") == 1
        kinds = prometheus.api("metadata")
        assert kinds["mystel_received_bytes"][0]["type"] == "counter"
        assert kinds["mystel_received_bytes"][0]["unit"] == "bytes"
        assert kinds["mystel_sessions"][0]["type"] == "gauge"
        rules = [rule for group in prometheus.api("rules")["groups"] for rule in group["rules"]]
        assert len(rules) > 8
        assert all(rule["health"] == "ok" or rule["health"] == "unknown" for rule in rules)
        firing = [rule["name"] for rule in rules if rule.get("state") == "firing"]
        assert firing == []
        # Its connection is no leak.
        prometheus.close()


def test_promtool_finds_nothing_to_say_about_the_metrics(stage, port):
    promtool = tool("promtool")
    with stage(management=served(port)):
        answer = Management(port).get("/metrics")
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        done = subprocess.run(
            [promtool, "check", "metrics"], input=answer.body, capture_output=True, timeout=30)
        assert done.returncode == 0 and done.stderr == b"", done.stderr.decode()
        open_metrics = Management(port).get("/metrics", Accept="application/openmetrics-text")
        assert open_metrics.text.endswith("\n# EOF\n")
        assert open_metrics.headers["Content-Type"].startswith("application/openmetrics-text")


def test_alerts_are_sound_and_fire_when_they_should():
    promtool = tool("promtool")
    folder = PACKAGING / "prometheus"
    for command in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]):
        done = subprocess.run(
            [promtool, *command], cwd=folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


def test_dashboard_and_alerts_ask_for_metrics_that_exist(stage, port, mystel, tmp_path):
    """Every name that the shipped files use is one that a gateway gives, those of tunnels where there
    is one."""
    with stage(management=served(port), neighbours=0,
               odd_listener=Key(mystel, tmp_path).settings()):
        page = Management(port).get("/metrics").text
        known = set(re.findall(r"^# TYPE (\S+) ", page, re.M))
        used = set()
        for file in ("prometheus/alerts.yml", "grafana/mystel.json"):
            text = (PACKAGING / file).read_text()
            used |= set(re.findall(r"\b((?:mystel|process)_[a-z_]+)\b", text))
        assert len(used) > 20
        assert used <= known, used - known


def test_the_numbers_are_those_of_the_log(stage, port):
    with stage(management=served(port)) as scene:
        duel = scene.duel()
        duel.close()
        scene.gateway.wait_end("client_closed", "client_reset", "backend_closed", count=1)
        assert wait_until(lambda: Management(port).metrics()["mystel_sessions"] == 6, 5)
        before = Management(port).metrics()
        assert before["mystel_connections_accepted_total"] == 7
        assert before["mystel_sessions_limit"] > 100
    summary = scene.gateway.summary()
    closes = {name: count for name, count in before.items()
              if name.startswith("mystel_closes_total") and count}
    assert sum(closes.values()) == 1
    reason = next(iter(closes)).split('"')[1]
    assert summary["closes"][reason] >= 1
    assert summary["packets_to_client"] >= before[
        'mystel_packets_total{direction="to_client"}'] > 0


def test_the_socket_is_for_its_owner_alone_and_goes_with_the_gateway(stage, place):
    path = pathlib.Path(place).with_name("http.sock")
    with stage(management={"socket": str(path)}, neighbours=0):
        assert stat.S_IMODE(os.lstat(path).st_mode) == 0o600
        assert Management(path).get("/healthz").text == "alive\n"
        assert Management(path).get("/healthz", Host="evil.example").status == 200
    assert not path.exists()


def test_only_its_own_names_are_answered_over_tcp(stage, port):
    with stage(management=served(port, hosts=["gw.example"]), neighbours=0):
        server = Management(port)
        assert server.get("/readyz", Host="evil.example").status == 421
        assert server.get("/readyz", Host="GW.example:80").status == 200


def test_readiness_follows_the_backends_and_the_drain(terapeer, mystel, stage, port):
    with stage(management=served(port), timeouts={"drain": "4s", "health_check": "200ms"}) as scene:
        server = Management(port)
        assert server.get("/readyz").text == "ready\n"
        scene.gateway.process.terminate()
        assert wait_until(lambda: server.get("/readyz").status == 503, 3)
        assert server.get("/readyz").text == "not ready: draining\n"
        assert server.get("/healthz").status == 200
        assert server.metrics()["mystel_ready"] == 0
        scene.neighbours.finish_well()
        scene.neighbours = None
        assert scene.gateway.process.wait(10) == 0
        scene.check = lambda: None


def test_a_rejected_configuration_shows(stage, port):
    with stage(management=served(port), neighbours=0) as scene:
        server = Management(port)
        assert server.metrics()["mystel_config_last_reload_successful"] == 1
        scene.gateway.write("version: 1\n")
        scene.gateway.reload()
        assert wait_until(
            lambda: server.metrics()["mystel_config_last_reload_successful"] == 0, 5)
        assert server.metrics()['mystel_config_reloads_total{result="rejected"}'] == 1
        scene.gateway.write(scene.settings)
        scene.gateway.reload()
        assert wait_until(
            lambda: server.metrics()["mystel_config_last_reload_successful"] == 1, 5)


def test_an_address_that_is_taken_is_a_reason_not_to_start(mystel, stage, port, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(AssertionError, match="did not start"):
            stage(management=served(port), neighbours=0)


def test_it_gives_way_to_players(stage, port):
    """What serves operators runs at lower priority, and nothing else does."""
    with stage(management=served(port), neighbours=0) as scene:
        Management(port).get("/metrics")
        tasks = pathlib.Path(f"/proc/{scene.gateway.pid}/task")
        nice = {task.name: int((task / "stat").read_text().rsplit(")", 1)[1].split()[16])
                for task in tasks.iterdir()}
        usual = nice[str(scene.gateway.pid)]
        # Its own, and that of calls to other programs.
        lower = [value for value in nice.values() if value > usual]
        assert 1 <= len(lower) <= 2 and set(lower) == {min(19, usual + 10)}, nice


@pytest.mark.parametrize("spoken", [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 5000,
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
    b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\r\n",
    b"\x01\x00\x00\x00" + bytes(128)])
def test_bytes_that_are_no_request_do_no_harm(stage, port, spoken):
    with stage(management=served(port), neighbours=2):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
            peer.sendall(spoken)
            peer.shutdown(socket.SHUT_WR)
            received = b""
            try:
                while part := peer.recv(1 << 16):
                    received += part
            except ConnectionError:
                pass
            assert b" 500 " not in received
        assert Management(port).get("/healthz").status == 200


def test_a_flood_and_slow_readers_leave_players_alone(stage, place, port):
    path = pathlib.Path(place).with_name("http.sock")
    with stage(management=served(port, socket=str(path))) as scene:
        remote, local = Management(port), Management(path)
        stop = threading.Event()
        answered = []

        def flood():
            while not stop.is_set():
                try:
                    answered.append(remote.get("/metrics").status)
                except OSError:
                    pass

        threads = [threading.Thread(target=flood, daemon=True) for _ in range(8)]
        slow = []
        lags = []
        for thread in threads:
            thread.start()
        try:
            assert wait_until(lambda: len(answered) > 50, 20)
            for _ in range(100):
                peer = socket.create_connection(("127.0.0.1", port), timeout=5)
                # Asks again and again and reads nothing.
                peer.setblocking(False)
                try:
                    peer.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
                except OSError:
                    pass
                slow.append(peer)
            # The machine's own operator still gets through.
            for _ in range(20):
                lags.append(local.metrics()["mystel_event_loop_lag_seconds"])
                time.sleep(0.1)
        finally:
            stop.set()
            for thread in threads:
                thread.join(20)
            for peer in slow:
                peer.close()
        assert sorted(lags)[len(lags) // 2] < 0.05, lags
        assert wait_until(lambda: ask_quietly(remote), 10, step=0.1)
        now = local.metrics()
        assert now["mystel_management_refused_connections_total"] > 0
        assert now["mystel_management_connections"] <= 96
        assert now["process_resident_memory_bytes"] < 400 << 20


def ask_quietly(server):
    try:
        return server.get("/healthz").status == 200
    except OSError:
        return False
