"""What holds of the dashboard's files before any browser opens them: its words, its palette, and what
must not stand in it."""

import pathlib
import re

import pytest

PAGE = pathlib.Path(__file__).resolve().parents[2] / "Dashboard"
CODE = sorted(path for path in PAGE.rglob("*.js") if path.parent.name != "words")
LANGUAGES = ("en", "ru")
TEXT = r'"(?:[^"\\]|\\.)*"'
ENTRY = re.compile(
    rf'"([A-Za-z]+\.[A-Za-z.]+)":\s*({TEXT}(?:\s*\+\s*{TEXT})*|' + r'\{[^{}]*(?:\{\w+\}[^{}]*)*\})')
FORM = re.compile(r'(zero|one|two|few|many|other): ("(?:[^"\\]|\\.)*")')
PLURALS = {"en": {"one", "other"}, "ru": {"one", "few", "many", "other"}}


def catalogue(language):
    """Texts by key; those with plural forms as a dictionary."""
    entries = ENTRY.findall((PAGE / "words" / f"{language}.js").read_text())
    keys = [key for key, _ in entries]
    assert len(keys) == len(set(keys)), [key for key in set(keys) if keys.count(key) > 1]
    return {key: dict(FORM.findall(value)) if value.startswith("{") else value
            for key, value in entries}


def holes(text):
    return set(re.findall(r"\{(\w+)\}", text))


def literals(path):
    return re.findall(r'"((?:[^"\\\n]|\\.)*)"', path.read_text())


def test_the_catalogues_have_the_same_keys_and_the_same_holes_to_fill():
    english, russian = (catalogue(language) for language in LANGUAGES)
    assert len(english) > 300
    assert set(english) == set(russian), set(english) ^ set(russian)
    for key, text in english.items():
        for language, other in (("en", text), ("ru", russian[key])):
            if isinstance(other, dict):
                assert set(other) == PLURALS[language], (key, language)
            forms = other.values() if isinstance(other, dict) else [other]
            wanted = holes(str(text))
            # The number itself may go without saying in one of the forms.
            assert all(holes(form) - {"n"} == wanted - {"n"} for form in forms), (key, language)
            assert all(form.strip('"').strip() for form in forms), (key, language)


def test_no_text_is_missing_from_the_catalogues_and_none_is_of_no_use():
    known = set(catalogue("en"))
    families = {key.split(".")[0] for key in known}
    used = set()
    for path in CODE:
        for literal in literals(path):
            if literal in known:
                used.add(literal)
            elif re.fullmatch(r"[a-z]+(\.[A-Za-z]+)+", literal) and literal.split(".")[0] in families:
                pytest.fail(f"{path.name}: there is no text {literal}")
        # A key that is put together could not be checked.
        assert path.name == "words.js" or not re.search(r"\bt\((?:`|[a-z.]+[,)])", path.read_text()), path
    assert known - used == set()


def test_russian_is_written_in_russian():
    for key, text in catalogue("ru").items():
        for form in text.values() if isinstance(text, dict) else [text]:
            bare = re.sub(r"\{\w+\}|mystel inspect|management.changes|account:\d+", "", form)
            assert re.search("[а-яё№×]", bare, re.I) or not re.search("[a-z]", bare, re.I), (key, form)


def test_everything_that_is_said_is_in_the_catalogues():
    """A text for people has a space in it, or begins with a capital."""
    for path in CODE:
        text = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.S)
        for literal in re.findall(r'h\("[^"]*", (?:null|\{[^{}]*\}), "([^"]+)"', text):
            assert literal in ("Mystel", " ", "–", "mystel token add me --role operator --for 90d"), (path, literal)


@pytest.mark.parametrize("what", [
    r"\.innerHTML\b", r"\.outerHTML\b", r"insertAdjacentHTML", r"\beval\s*\(", r"new Function\b",
    r"document\.write", r"DOMParser", r"createContextualFragment", r"setHTML", r"srcdoc",
    r"javascript:", r"\bimport\s*\(", r"setTimeout\(\s*[\"'`]", r"\bstyle=", r"setAttribute\(\"style\"",
    r"\.cssText\b", r"<style", r"\son\w+=[\"']", r"setAttribute\(\"on", r"document\.cookie",
    r"https?://(?!www\.w3\.org/2000/svg)", r"\.src\s*=",
])
def test_no_text_can_become_markup_and_nothing_comes_from_elsewhere(what):
    for path in sorted(PAGE.rglob("*")):
        if path.is_file():
            found = re.search(what, path.read_text())
            assert not found, (path.name, found.group())


def test_its_files_are_short_and_written_by_hand():
    for path in PAGE.rglob("*"):
        if path.is_file() and path.parent.name != "words":
            lines = path.read_text().splitlines()
            assert len(lines) < 400, path
            assert all(len(line) <= 140 for line in lines), path


def luminance(colour):
    channels = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# Text, and the grounds it stands on.
PAIRS = [
    ("text", "ground"), ("text", "surface"), ("text", "raised"), ("muted", "ground"),
    ("muted", "surface"), ("muted", "raised"), ("accent", "ground"), ("accent", "surface"),
    ("accent", "accent-soft"), ("on-accent", "accent-fill"), ("on-accent", "bad-fill"),
    ("good", "surface"), ("good", "good-soft"), ("warn", "surface"), ("warn", "warn-soft"),
    ("bad", "surface"), ("bad", "bad-soft"), ("text", "good-soft"), ("text", "warn-soft"),
    ("text", "bad-soft"), ("good", "ground"), ("bad", "ground"),
]


@pytest.mark.parametrize("theme", (0, 1), ids=("light", "dark"))
def test_the_palette_is_read_with_ease(theme):
    text = (PAGE / "theme.css").read_text()
    palette = {name: both for name, *both in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", text)}
    for ink, ground in PAIRS:
        value = contrast(palette[ink][theme], palette[ground][theme])
        assert value >= 4.5, f"{ink} on {ground}: {value:.2f}"
    # Borders of what can be used, and lines of charts: 3 is what is asked of shapes.
    for ink, ground in [("line-strong", "surface"), ("second", "surface"), ("accent", "surface")]:
        assert contrast(palette[ink][theme], palette[ground][theme]) >= 3, ink
    # No colour beside the palette.
    for name in ("layout.css", "parts.css"):
        assert not re.search(r":[^;{]*#[0-9a-f]{3,8}\b", (PAGE / name).read_text()), name


def test_colours_are_those_of_the_palette():
    known = set(re.findall(r"--([\w-]+):", (PAGE / "theme.css").read_text()))
    for path in PAGE.glob("*.css"):
        used = set(re.findall(r"var\(--([\w-]+)\)", path.read_text()))
        assert used <= known, (path, used - known)
