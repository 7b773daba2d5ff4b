"""Section H of the catalogue, row by row: configurations that must not come into force, at a start, at a
reload, and as a change of an operator."""

import copy
import json
import os
import pathlib
import resource
import subprocess

import pytest

import tera
from gateway import backend, configuration, is_listening, listener, to_yaml
from management import Management
from processes import free_port, wait_until
from test_api import local, served  # noqa: F401 (fixtures)
from test_configuration_changes import PATCH, kept, keys, version  # noqa: F401 (a fixture)
from test_control import Commands, place  # noqa: F401 (a fixture)
from test_management import port  # noqa: F401 (a fixture)

MINIMAL = """version: 1
listeners:
  - name: public
    bind: 127.0.0.1:7801
    backend: arbiter
backends:
  - name: arbiter
    address: 127.0.0.1:7701
    builds: [367081]
"""


class Loader:
    """`mystel check` and `mystel run` on a text, which must agree."""

    def __init__(self, mystel, directory):
        self.mystel, self.file = mystel, directory / "mystel.yaml"
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("MYSTEL_")}

    def run(self, command, text):
        if text is not None:
            self.file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return subprocess.run([self.mystel, command, "--config", self.file], capture_output=True,
                              text=True, timeout=30, env=self.environment)

    def refuses(self, text, *words):
        for command in ("check", "run"):
            done = self.run(command, text)
            assert done.returncode == 78, (command, done.returncode, done.stderr)
            for word in words:
                assert word in done.stderr, (command, word, done.stderr)
        return done.stderr

    def takes(self, text):
        done = self.run("check", text)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def loader(mystel, tmp_path):
    return Loader(mystel, tmp_path)


def test_h1_unknown_keys_wrong_types_and_missing_units_are_errors_with_a_place(loader):
    for lines, words in (
            ("timeout:\n  idle: 5m\n", (":10:1: timeout: unknown key; did you mean timeouts",)),
            ("timeouts:\n  idel: 5m\n", (":11:3: timeouts.idel: unknown key; did you mean idle",)),
            ("timeouts:\n  idle: 300\n", (":11:9: timeouts.idle", "has no unit", "5m")),
            ("timeouts:\n  idle: 5 minutes\n", (":11:9: timeouts.idle", "did you mean 5m")),
            ("limits:\n  sessions: many\n", (":11:13: limits.sessions",)),
            ("limits:\n  sessions: [5]\n", (":11:13: limits.sessions", "must be one value")),
            ("limits: 5\n", (":10:9: limits", "must be a section")),
            ("management:\n  http: 9180\n", (":11:9: management.http",))):
        loader.refuses(MINIMAL + lines, f"{loader.file}", *words)


def test_h2_what_is_there_twice_is_an_error_and_never_the_last_one(loader):
    loader.refuses(MINIMAL + "timeouts: {idle: 5m}\ntimeouts: {idle: 6m}\n",
                   ":11:1: timeouts: duplicate key; the first one is on line 10")
    loader.refuses(MINIMAL + "timeouts:\n  idle: 5m\n  idle: 6m\n", ":12:3: timeouts.idle: duplicate")
    twin = MINIMAL.replace("backends:\n", "  - name: public\n    bind: 127.0.0.1:7802\n"
                           "    backend: arbiter\nbackends:\n")
    loader.refuses(twin, "listeners[1].name")
    loader.refuses(twin.replace("name: public\n    bind: 127.0.0.1:7802",
                                "name: other\n    bind: 127.0.0.1:7801"), "listeners[1].bind")


def test_h3_trust_is_never_open_by_mistake(loader):
    def accepting(trusted):
        return MINIMAL.replace("    backend: arbiter\n", "    backend: arbiter\n"
                               f"    proxy_protocol: {{accept: v2, trusted: {trusted}}}\n")
    loader.refuses(accepting("[]"), "listeners[0].proxy_protocol.trusted", "must name the proxies")
    for network in ("0.0.0.0/0", '"::/0"', "192.0.2.1/24", "192.0.2.0/33", "192.0.2"):
        loader.refuses(accepting(f"[{network}]"), "listeners[0].proxy_protocol.trusted[0]")
    loader.takes(accepting("[192.0.2.0/24]"))


@pytest.mark.parametrize("value", ["0", "-1", "9223372036854775808", "18446744073709551616", "1e3",
                                   "0x10", "unlimited"])
def test_h4_a_limit_is_a_limit(loader, value):
    loader.refuses(MINIMAL + f"limits:\n  sessions: {value}\n", "limits.sessions")
    loader.refuses(MINIMAL + f"limits:\n  queue_bytes: {value}\n", "limits.queue_bytes")


def test_h4_limits_do_not_contradict_each_other(loader):
    session = "limits:\n  session: {packets_per_second: 100, burst_packets: 10}\n"
    loader.refuses(MINIMAL + session, "limits.session.burst_packets")
    loader.refuses(MINIMAL + "limits:\n  client_packet_bytes: 16KiB\n  queue_bytes: 8KiB\n",
                   "does not fit")
    # No limit is spelled, and only where there may be none.
    loader.takes(MINIMAL + "limits:\n  session: {packets_per_second: unlimited}\n")
    loader.refuses(MINIMAL + "limits:\n  session: {packets_per_second: 0}\n",
                   "limits.session.packets_per_second")


def test_h5_secrets_that_others_can_read_are_a_reason_not_to_start(loader, tmp_path):
    tokens = tmp_path / "tokens.json"
    text = MINIMAL + f"management: {{socket: off, http: 127.0.0.1:{free_port()}, tokens: {tokens}}}\n"
    text += "control: {socket: off}\n"
    text = text.replace("7801", str(free_port()))
    tokens.write_text("[]")
    for mode in (0o644, 0o640, 0o604, 0o666):
        tokens.chmod(mode)
        done = loader.run("run", text)
        assert done.returncode == 71 and "chmod 600" in done.stderr, (oct(mode), done.stderr)
    tokens.chmod(0o600)
    tokens.write_text('[{"name": "admin", "token": "admin"}]')
    done = loader.run("run", text)
    assert done.returncode == 71 and "no list of tokens" in done.stderr


def test_h5_there_are_no_default_tokens_and_no_short_ones(stage, served, local, port):  # noqa: F811
    with stage(management=served, neighbours=0):
        remote = Management(port)
        assert local.get("/api/v1/tokens").json["items"] == []
        for token in ("", "admin", "mystel", "0" * 64):
            assert remote.get("/api/v1/status", Authorization=f"Bearer {token}").status == 401
        made = local.ask("/api/v1/tokens", "POST", '{"name": "a", "role": "viewer"}',
                         Content_Type="application/json").json["token"]
        assert len(bytes.fromhex(made.rsplit("_", 1)[1])) == 32
        assert os.stat(served["tokens"]).st_mode & 0o077 == 0


def test_h6_the_api_is_not_open_to_other_machines_by_mistake(loader, mystel, tmp_path):
    for address in ("0.0.0.0:9180", '"[::]:9180"', "192.0.2.1:9180", "gateway.example:9180"):
        loader.refuses(MINIMAL + f"management: {{http: {address}}}\n", "management.http",
                       "management.exposed")
    loader.takes(MINIMAL + "management: {http: 0.0.0.0:9180, exposed: true}\n")


def test_h6_a_change_cannot_open_it_either(stage, kept, local):  # noqa: F811
    with stage(management=kept, neighbours=0):
        answer = local.ask(f"/api/v1/config?if_match={version(local)}", "PATCH",
                           '{"management": {"http": "0.0.0.0:9180"}}', Content_Type=PATCH)
        assert answer.status == 400
        assert "management.http stands in the file alone" in answer.json["detail"]


def test_h7_a_file_that_is_faulty_or_half_written_changes_nothing_and_is_told(
        stage, kept, local, place, mystel):  # noqa: F811
    commands = Commands(mystel, place)
    with stage(control=place, management=kept, neighbours=0) as scene:
        before = local.get("/api/v1/config").json
        whole = to_yaml(dict(scene.settings, timeouts={"idle": "7m"}))
        rejected = local.metrics()['mystel_config_reloads_total{result="rejected"}']
        # Cut in the middle of a line, of a word, of the list at the end.
        cuts = [whole[:cut] for cut in (5, len(whole) // 3, len(whole) // 2, len(whole) - 30)]
        faulty = [whole + "listener: []\n", whole.replace("7m", "7"), "", "\0" * 100, *cuts]
        for text in faulty:
            scene.gateway.write(text)
            commands.run("reload", status=1)
            assert local.get("/api/v1/config").json == before, text
        sample = local.metrics()
        assert sample['mystel_config_reloads_total{result="rejected"}'] == rejected + len(faulty)
        assert sample["mystel_config_last_reload_successful"] == 0
        scene.duel().exchange(tera.login())
        scene.gateway.write(whole)
        commands.run("reload")
        assert keys(local)["timeouts.idle"]["value"] == "7m"
        assert local.metrics()["mystel_config_last_reload_successful"] == 1


def test_h8_a_listener_that_cannot_move_stays_where_it_is(stage, place, mystel):  # noqa: F811
    commands = Commands(mystel, place)
    with stage(control=place) as scene:
        duel = scene.duel()
        taken = scene.odd_server.address[1]
        settings = copy.deepcopy(scene.settings)
        free = free_port()
        # One that could move, and one that cannot: neither does.
        settings["listeners"][0]["bind"] = f"127.0.0.1:{free}"
        settings["listeners"][1]["bind"] = f"127.0.0.1:{taken}"
        settings["backends"][1]["address"] = "127.0.0.1:1"
        scene.gateway.write(settings)
        refused = commands.run("reload", status=1)
        assert "stays in force" in refused
        assert is_listening(scene.odd[1]) and is_listening(scene.public[1])
        assert not is_listening(free)
        duel.exchange(tera.packet(1, b"x" * 8))
        scene.duel().exchange(tera.login())


def test_h9_a_huge_deep_or_multiplying_file_costs_next_to_nothing(loader):
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]\n" for number in range(1, 9))
    deep = "version: 1\nlisteners: " + "[" * 20_000 + "]" * 20_000 + "\n"
    blocks = "version: 1\n" + "".join("  " * depth + "a:\n" for depth in range(300))
    with open(loader.file, "wb") as file:
        file.truncate(50 << 20)
    assert "1 MiB" in loader.refuses(None)
    peaks = [peak(loader)]
    for text in (bomb, deep, blocks, MINIMAL + "#" * (2 << 20)):
        loader.refuses(text)
        peaks.append(peak(loader))
    assert max(peaks) < 200 << 10, peaks


def peak(loader):
    """The memory that a check of the file takes, in KiB."""
    child = subprocess.Popen([loader.mystel, "check", "--config", loader.file],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(child.pid, 0)
    return usage.ru_maxrss


def test_h9_neither_does_a_change(stage, kept, local):  # noqa: F811
    with stage(management=kept, neighbours=0):
        path = f"/api/v1/config?if_match={version(local)}"
        wide = json.dumps({"limits": {"address": {"exempt": ["192.0.2.0/24"] * 4000}}})
        for body, status in (("{" + " " * 70_000 + "}", 413), ('{"a":' * 33 + "1" + "}" * 33, 400),
                             ('{"a":' * 20 + "1" + "}" * 20, 400), (wide, 422)):
            answer = local.ask(path, "PATCH", body, Content_Type=PATCH)
            assert answer.status == status, answer.text[:300]
        # Many that are small add up, and are refused where they are too much.
        many = [f'"r{number:05}{"x" * 40}"' for number in range(1000)]
        answer = local.ask(path, "PATCH",
                           '{"inspection": {"rules": {' + ", ".join(
                               f'{name}: "off"' for name in many) + "}}}", Content_Type=PATCH)
        assert answer.status in (409, 422) and len(answer.text) < 200_000


def test_h10_files_that_the_system_does_not_grant_are_refused_at_the_start_with_the_arithmetic(
        mystel, tmp_path):
    file = tmp_path / "mystel.yaml"
    settings = configuration([listener("public", free_port(), "world")],
                             [backend("world", ("127.0.0.1", free_port()))],
                             limits={"sessions": 100_000})
    file.write_text(to_yaml(settings))

    def lower():
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))

    done = subprocess.run([mystel, "run", "--config", file], capture_output=True, text=True,
                          timeout=20, preexec_fn=lower)
    assert done.returncode == 78, done.stderr
    assert "100000 sessions x 2 sockets" in done.stderr and "4096" in done.stderr
    assert "limits.sessions to at most" in done.stderr
