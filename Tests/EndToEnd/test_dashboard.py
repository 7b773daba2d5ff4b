"""The dashboard in a real browser, at a gateway that carries players: what an operator does there, and
that everybody can use it."""

import contextlib
import json
import time
import urllib.parse

import pytest

import legible
import tera
from browser import Browser
from duel import connect, drain, receive_exactly
from processes import wait_until
from test_api import bearer, local, place, port, post, remote, served  # noqa: F401 (fixtures)
from test_rules import RULE, page

MARKUP = "<img src=x onerror=\"document.title='run'\">"
TITLE = f"Pages up to 5 {MARKUP}"


@pytest.fixture(scope="session")
def chromium():
    with contextlib.closing(Browser()) as browser:
        yield browser


@pytest.fixture
def browser(chromium):
    chromium.resize(1360, 900)
    chromium.prefer("light")
    chromium.go("about:blank")
    chromium.log()
    chromium.log("performance")
    yield chromium
    chromium.go("about:blank")


@pytest.fixture
def desk(stage, place, served, local, port, tmp_path):  # noqa: F811
    """A gateway whose rule on pages only looks, and the address of its page by role."""
    folder = tmp_path / "rules"
    folder.mkdir()
    rule = RULE.replace("title: Pages up to 5", f"title: '{TITLE.replace(chr(39), chr(39) * 2)}'")
    (folder / "900-pages.yaml").write_text(rule.replace("observe: enforce", "observe: shadow"))
    with stage(control=place, management=served, neighbours=0,
               inspection={"profile": "observe", "rules_directory": str(folder)},
               reputation={"store": str(tmp_path / "reputation.db")}) as scene:
        scene.tokens = {
            role: post(local, "/api/v1/tokens", {"name": f"{role}-1", "role": role}).json["token"]
            for role in ("viewer", "operator", "admin")}
        # The browser keeps connections that it does not use for a while.
        scene.gateway.baseline += 16
        scene.address = f"http://127.0.0.1:{port}"
        scene.page = lambda role: f"{scene.address}/#token={scene.tokens[role]}"
        yield scene


def cheater(scene, source="127.0.0.9"):
    """Somebody whose packets break the rule on pages."""
    duel = scene.duel(source=source)
    duel.exchange(page(4))
    return duel


def session_of(local, source):  # noqa: F811
    def found():
        items = local.get(f"/api/v1/sessions?target={source}").json["items"]
        return items[0]["id"] if items else None
    return wait_until(found, 5)


def row_of(browser, text):
    return browser.js("""
        return [...document.querySelectorAll("tbody tr, .keys > li")]
          .find((row) => row.textContent.includes(arguments[0])) ?? null;""", text)


def in_row(browser, text, label, timeout=10):
    from browser import ELEMENT
    row = browser.await_(lambda: row_of(browser, text), f"no row with {text!r}", timeout)
    browser.click(label, inside=row[ELEMENT])


def test_a_finding_leads_to_its_evidence_to_a_ban_and_back(desk, browser, local):  # noqa: F811
    browser.go(desk.page("admin"))
    browser.shows("Live")
    assert desk.tokens["admin"] not in browser.js("return location.href")
    duel = cheater(desk)
    browser.await_(lambda: browser.js("return document.querySelector('.stat .value').textContent") == "1",
                   "the player is not counted")
    duel.exchange(page(9))
    number = session_of(local, "127.0.0.9")
    # It is told as it happens, and as text.
    browser.shows(TITLE)
    browser.click(f"session {number}")
    browser.shows("At a glance")
    browser.shows("127.0.0.9")
    browser.shows(TITLE)
    browser.click("Evidence", kinds="td a")
    browser.shows("C_VIEW_GUILD_WAR")
    assert "127.0.0.9" in browser.text()
    browser.click("Back")
    browser.shows("At a glance")

    browser.click("Ban")
    browser.write("Who", "127.0.0.9")
    browser.write("For how long", "an hour")
    browser.write("Reason", f"pages {MARKUP}")
    browser.click("Ban")
    browser.shows("127.0.0.9 is banned.")
    drain(duel.player, 3)
    browser.shows("The session is over: banned.")

    browser.click("Bans")
    browser.shows(f"pages {MARKUP}")
    browser.shows("token admin-1")
    browser.click("Lift the ban of 127.0.0.9")
    browser.click("Lift")
    browser.shows("The ban of 127.0.0.9 is lifted.")
    browser.shows("Nobody is banned")

    def comes_back():
        with connect(desk.odd, "127.0.0.9") as peer:
            return receive_exactly(peer, 4) == tera.HELLO
    assert wait_until(comes_back, 5)
    browser.click("Audit")
    browser.shows("lift")
    assert browser.js("return document.title") == "Audit · Mystel"
    assert browser.js("return document.querySelectorAll('main img').length") == 0
    assert not browser.complaints()
    own = urllib.parse.urlsplit(desk.address).netloc
    asked = [address for address in browser.requests()
             if urllib.parse.urlsplit(address).scheme not in ("about", "data", "blob", "chrome")]
    assert len(asked) > 30
    assert {urllib.parse.urlsplit(address).netloc for address in asked} == {own}
    assert not any(desk.tokens["admin"] in address for address in asked if "#" not in address)


def test_a_session_is_ended_from_its_page(desk, browser, local):  # noqa: F811
    duel = cheater(desk)
    number = session_of(local, "127.0.0.9")
    browser.go(desk.page("operator"))
    browser.click("Sessions")
    browser.write("Address, network or account", "127.0.0.9")
    browser.click("Find")
    browser.shows("1 session")
    browser.click(str(number))
    browser.click("End session")
    browser.click("Cancel")
    duel.exchange(page(3))
    browser.click("End session")
    browser.click("End session")
    browser.shows("The session is over: kicked.")
    drain(duel.player, 3)
    browser.click("All sessions")
    browser.write("Address, network or account", "nonsense!")
    browser.click("Find")
    browser.shows("is no address, network or account")


def test_a_rule_goes_from_shadow_to_enforce(desk, browser):
    duel = cheater(desk)
    duel.exchange(page(9))
    browser.go(desk.page("operator"))
    browser.click("Rules")
    browser.write("Find", "900-pages")
    browser.shows("1 rule")
    browser.shows("would have acted on 1 session")
    # What is broken most stands first, and the switch finds its row all the same.
    browser.write("Find", "")
    browser.write("Order", "Most broken first")
    browser.await_(lambda: browser.js(
        "return [...document.querySelectorAll('tbody tr')].slice(0, 4)"
        ".some((row) => row.textContent.includes('900-pages'))"), "the order is another")
    browser.write("Mode", "off")
    browser.await_(lambda: not row_of(browser, "900-pages"), "the filter does nothing")
    browser.write("Mode", "All")
    in_row(browser, "900-pages", "enforce")
    browser.shows("The rule acts on the next packet that breaks it")
    browser.click("Set to enforce")
    browser.shows("900-pages is set to enforce.")
    browser.write("Find", "900-pages")
    browser.shows("1 rule")
    browser.await_(lambda: browser.js(
        "return document.querySelector('[data-mode=enforce]').getAttribute('aria-pressed')") == "true",
        "the switch does not show it")
    duel.say(page(9))
    duel.exchange(page(5))  # and nothing of the other arrives


def test_the_configuration_is_edited_checked_applied_and_rolled_back(desk, browser, local):  # noqa: F811
    def idle():
        keys = local.get("/api/v1/config").json["keys"]
        return next(key["value"] for key in keys if key["path"] == "timeouts.idle")
    before = idle()
    browser.go(desk.page("admin"))
    browser.click("Configuration")
    browser.write("Find", "timeouts.idle")
    browser.shows("1 key")
    browser.click("Edit timeouts.idle")
    browser.write("Value", "soon")
    browser.click("Keep for review")
    browser.shows("1 edit, not applied")
    browser.click("Review")
    browser.shows("The gateway would refuse this.")
    browser.click("Cancel")
    browser.click("Edit timeouts.idle")
    browser.write("Value", "23m")
    browser.click("Keep for review")
    browser.click("Review")
    browser.await_(lambda: browser.named("Apply"), "nothing to apply")
    assert "23m" in browser.text()
    browser.write("Note", f"longer {MARKUP}")
    browser.click("Apply")
    browser.shows("is in force.")
    assert wait_until(lambda: idle() == "23m", 5)
    browser.click("History")
    browser.shows(f"longer {MARKUP}")
    browser.click("Back to the file alone")
    browser.click("Go back")
    browser.shows("Rolled back.")
    assert wait_until(lambda: idle() == before, 5)
    browser.shows("rollback")
    assert not browser.complaints()


def test_a_viewer_is_offered_nothing_that_he_may_not_do(desk, browser, local, remote):  # noqa: F811
    duel = cheater(desk)
    number = session_of(local, "127.0.0.9")
    post(local, "/api/v1/bans", {"target": "203.0.113.9", "reason": "by hand"})
    browser.go(desk.page("viewer"))
    browser.shows("viewer-1")
    harmless = {"Sign out", "Find", "Menu", "Try again", "Show more", "Export", "Check", "Back", "Copy",
                "Save as text"}
    for path, text in [("overview", "Game servers"), (f"sessions/{number}", "At a glance"), ("bans", "by hand"),
                       ("bans/allowed", "The allow-list is empty"), ("bans/check", "Says whether"),
                       ("rules", "900-pages"), ("sessions", "127.0.0.9")]:
        browser.view(path)
        browser.shows(text)
        offered = set(browser.js("""
            return [...document.querySelectorAll("button")].filter((each) => each.checkVisibility())
              .map((each) => each.textContent.trim());"""))
        assert offered <= harmless, (path, offered - harmless)
    views = browser.js("return [...document.querySelectorAll('nav a')].map((each) => each.textContent)")
    assert "Configuration" not in views and "Tokens" not in views and "Audit" not in views
    # A view that is not his leads to the overview, and the gateway refuses him all the same.
    browser.view("tokens")
    browser.shows("Game servers")
    assert remote.get("/api/v1/tokens", **bearer(desk.tokens["viewer"])).status == 403
    duel.exchange(page(4))


def test_i10_a_revoked_token_ends_its_open_page_within_five_seconds(desk, browser, local):  # noqa: F811
    browser.go(desk.page("viewer"))
    browser.shows("Live")
    begin = time.monotonic()
    assert local.ask("/api/v1/tokens/viewer-1", "DELETE").status == 200
    browser.shows("Your token is no longer valid.", 5)
    assert time.monotonic() - begin < 5
    assert browser.named("Sign in")
    assert "Overview" not in browser.text()


def test_signing_in_by_hand_is_forgotten_unless_it_is_to_be_kept(desk, browser):
    browser.go(f"{desk.address}/dashboard")
    browser.shows("Sign in")
    browser.write("Token", "mystel_00000000_00")
    browser.click("Sign in")
    browser.shows("This token is not valid.")
    browser.write("Token", desk.tokens["admin"])
    browser.click("Sign in")
    browser.shows("Overview")
    browser.go(f"{desk.address}/dashboard/")
    browser.shows("Sign in")
    browser.write("Token", desk.tokens["admin"])
    browser.click("Stay signed in in this tab", kinds="label")
    browser.click("Sign in")
    browser.shows("Overview")
    kept = browser.js("return [JSON.stringify(localStorage), document.cookie]")
    assert desk.tokens["admin"] not in json.dumps(kept)
    browser.go(f"{desk.address}/dashboard/")
    browser.shows("Overview")
    browser.click("Sign out")
    browser.shows("Sign in")
    assert browser.js("return sessionStorage.length") == 0


VIEWS = ["overview", "sessions", "bans", "bans/allowed", "bans/check", "rules", "config",
         "config/history", "config/file", "audit", "tokens"]


@pytest.mark.parametrize("width, scheme, language", [
    (1360, "light", "en"), (1360, "dark", "ru"), (360, "light", "ru"), (360, "dark", "en")])
def test_everybody_can_use_every_view(desk, browser, local, width, scheme, language):  # noqa: F811
    duel = cheater(desk)
    duel.exchange(page(9))
    number = session_of(local, "127.0.0.9")
    post(local, "/api/v1/bans", {"target": "203.0.113.9", "reason": "a" * 180})
    post(local, "/api/v1/allowed", {"target": "203.0.113.0/24", "note": "us"})
    browser.prefer(scheme)
    browser.resize(width, 780)
    browser.go(f"{desk.address}/dashboard/")
    browser.js("localStorage.setItem('mystel.language', arguments[0]);", language)
    browser.go("about:blank")
    browser.go(f"{desk.address}/dashboard/")
    assert legible.faults(browser) == []
    assert legible.reached_by_tab(browser) == []
    browser.go("about:blank")
    browser.go(desk.page("admin"))
    browser.find("main h1")
    browser.shows({"en": "Live", "ru": "Онлайн"}[language])
    wrong = {}
    for path in [*VIEWS, f"sessions/{number}"]:
        if "/" in path and path.startswith("config") and not local.get("/api/v1/config").json.get("keys"):
            continue
        browser.view(path)
        browser.await_(lambda: browser.js(
            "return document.querySelector('main .card, main pre, main .empty') !== null"), path)
        time.sleep(0.4)
        found = legible.faults(browser)
        if path in ("overview", "bans", "audit"):
            found += [f"not by tab: {each}" for each in legible.reached_by_tab(browser)]
        if found:
            wrong[path] = found
        # What is not in the catalogue would show its key.
        assert not browser.js(r"""
            return document.body.innerText.match(/\b(nav|ban|rule|config|session|overview)\.[a-z]+\w*\b(?!\.)/g)
              ?.filter((each) => document.querySelector("code, pre, .path") === null)""")
    assert wrong == {}
    assert not browser.complaints()


def test_a_dialog_keeps_the_focus_and_gives_it_back(desk, browser):
    browser.go(desk.page("admin"))
    browser.view("bans")
    browser.shows("Nobody is banned")
    browser.click("Ban")
    browser.find("dialog[open]")
    for _ in range(14):
        browser.press("Tab")
        # The browser's own controls are the only place beside it.
        assert browser.js("""const at = document.activeElement;
            return at === document.body || document.querySelector("dialog").contains(at);""")
    browser.press("Escape")
    assert browser.await_(lambda: browser.js(
        "return !document.querySelector('dialog') && document.activeElement.textContent === 'Ban'"),
        "the focus is not back")
    # A refusal is said in the dialog, which stays.
    browser.click("Ban")
    browser.write("Who", "127.0.0.1")
    browser.click("Ban")
    browser.shows("cannot be banned")
    browser.click("Cancel")


def test_the_keyboard_skips_to_the_content(desk, browser):
    browser.go(desk.page("viewer"))
    browser.shows("Live")
    browser.js("document.activeElement?.blur();")
    browser.press("Tab")
    assert browser.js("return document.activeElement.textContent") == "Skip to the content"
    browser.press("Enter")
    assert browser.js("return document.activeElement.id") == "main"


def test_languages_and_colours_are_chosen_and_kept(desk, browser):
    browser.prefer("dark")
    browser.go(desk.page("viewer"))
    browser.shows("Live")
    dark = browser.js("return getComputedStyle(document.body).backgroundColor")
    browser.js("""const theme = document.querySelector("select[name=theme]");
        theme.value = "light"; theme.dispatchEvent(new Event("change"));""")
    assert browser.js("return getComputedStyle(document.body).backgroundColor") != dark
    browser.js("""const language = document.querySelector("select[name=language]");
        language.value = "ru"; language.dispatchEvent(new Event("change"));""")
    browser.shows("Обзор")
    assert browser.js("return document.documentElement.lang") == "ru"
    browser.go("about:blank")
    browser.go(f"{desk.address}/dashboard/")
    browser.shows("Вход")
    assert browser.js("return document.documentElement.dataset.theme") == "light"
