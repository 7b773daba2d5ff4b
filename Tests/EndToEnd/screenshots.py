"""Pictures of the dashboard while a demo plays. For scripts/screenshots.sh:

    python3 Tests/EndToEnd/screenshots.py BINARY DIRECTORY
"""

import contextlib
import pathlib
import re
import subprocess
import sys
import time

from browser import Browser

# Name, width, height, theme, language, and the view with what has to be there.
PICTURES = [
    ("desktop", 1360, 1250, "light", "en", "overview", ".feed li, .bars li"),
    ("dark", 1360, 960, "dark", "en", "rules", "tbody tr"),
    ("russian", 1360, 960, "light", "ru", "sessions", "tbody tr"),
    ("phone", 390, 1250, "light", "en", "overview", ".bars li"),
]
# So that charts have something to show.
PATIENCE = 70


def main(binary, directory):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    demo = subprocess.Popen(
        [binary, "demo", "--seconds", "130", "--players", "60"], stdout=subprocess.PIPE, text=True)
    try:
        address = next(found.group() for line in demo.stdout
                       if (found := re.search(r"http://\S+#token=\S+", line)))
        with contextlib.closing(Browser()) as browser:
            browser.go(address)
            browser.find("main h1")
            time.sleep(PATIENCE)
            for name, width, height, theme, language, view, wanted in PICTURES:
                browser.resize(width, height)
                browser.prefer(theme)
                choose(browser, language)
                browser.view(view)
                browser.find(wanted, 20)
                if view == "rules":
                    browser.write("Order", "Most broken first")
                browser.js("document.activeElement?.blur();")
                time.sleep(1.5)
                (directory / f"dashboard-{name}.png").write_bytes(browser.picture())
                print(f"{directory}/dashboard-{name}.png")
    finally:
        demo.terminate()
        demo.wait(20)


def choose(browser, language):
    browser.js("""
        const input = document.querySelector("select[name=language]");
        if (input.value === arguments[0]) return;
        input.value = arguments[0];
        input.dispatchEvent(new Event("change"));""", language)


if __name__ == "__main__":
    main(*sys.argv[1:])
