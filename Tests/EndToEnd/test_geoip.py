"""Countries and networks, by the MaxMind DB files of Tests/Geo."""

import pathlib
import shutil
import subprocess

import tera
from processes import wait_until
from test_listeners import reloaded
from test_proxy_protocol import assert_admitted, assert_refused

FILES = pathlib.Path(__file__).parent.parent / "Geo"
GERMANY, FRANCE, NOWHERE = "192.0.2.1", "198.51.100.1", "203.0.114.1"
KEY = bytes(range(128))


def geoip(**rules):
    return {"geoip": {"mode": "enforce", "database": str(FILES / "lite.mmdb"),
                      "asn_database": str(FILES / "lite.mmdb"), **rules}}


def test_a_country_is_kept_out_and_the_file_can_be_replaced_while_players_play(stage, tmp_path):
    file = tmp_path / "geo.mmdb"
    shutil.copy(FILES / "lite.mmdb", file)
    with stage(accept="v2", reputation=geoip(deny_countries=["DE"], database=str(file))) as scene:
        assert_refused(scene, tera.proxy_v2(GERMANY) + KEY, "country_denied")
        assert_admitted(scene, tera.proxy_v2(FRANCE))
        assert_admitted(scene, tera.proxy_v2(NOWHERE))
        assert_admitted(scene, tera.proxy_v2("10.0.0.1"))

        file.write_bytes(b"a page that says 404")
        scene.gateway.reload()
        assert wait_until(lambda: any(
            "no MaxMind DB file" in str(line) for line in scene.gateway.loud_lines()), 5)
        assert_refused(scene, tera.proxy_v2(GERMANY) + KEY, "country_denied")  # the last good one
        file.unlink()
        scene.gateway.reload()
        assert wait_until(lambda: any(
            "cannot be opened" in str(line) for line in scene.gateway.loud_lines()), 5)
        assert_refused(scene, tera.proxy_v2(GERMANY) + KEY, "country_denied")
        reloaded(scene.gateway, {**scene.settings, "reputation": geoip(deny_asns=[64501])})
        assert_admitted(scene, tera.proxy_v2(GERMANY))
        assert_refused(scene, tera.proxy_v2(FRANCE) + KEY, "network_denied")
        reloaded(scene.gateway, {**scene.settings, "reputation": geoip(allow_countries=["FR"])})
        assert_refused(scene, tera.proxy_v2(NOWHERE) + KEY, "country_denied")
        assert_admitted(scene, tera.proxy_v2(FRANCE))


def test_shadow_only_counts(stage):
    with stage(accept="v2", reputation=geoip(mode="shadow", deny_countries=["DE"])) as scene:
        assert_admitted(scene, tera.proxy_v2(GERMANY))
        assert_admitted(scene, tera.proxy_v2(FRANCE))
    notes = scene.gateway.summary()["notes"]
    assert notes.get("country_denied") == 1, notes


def test_check_names_a_file_that_is_missing(mystel, stage, tmp_path):
    with stage(neighbours=0) as scene:
        scene.gateway.write({**scene.settings, "reputation": geoip(
            deny_countries=["DE"], database="/nonexistent/geo.mmdb")})
        done = subprocess.run([mystel, "check", "--config", scene.gateway.file],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 78
        assert "/nonexistent/geo.mmdb: reputation.geoip.database: cannot be opened" in done.stderr
