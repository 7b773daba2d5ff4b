"""Whether a page can be used by everybody, as far as a program can tell: labels, names, contrast,
headings, tab order."""

SCRIPT = r"""
const faults = [];
const seen = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
const name = (e) => (e.getAttribute("aria-label") ?? e.labels?.[0]?.textContent
  ?? document.getElementById(e.getAttribute("aria-labelledby") ?? "")?.textContent
  ?? e.textContent ?? "").trim() || e.title || e.alt || "";
for (const e of document.querySelectorAll("input, select, textarea")) {
  if (seen(e) && !(e.getAttribute("aria-label") || e.labels?.length)) faults.push(`no label: ${e.outerHTML.slice(0, 80)}`);
}
for (const e of document.querySelectorAll("button, a[href], [role=img], dialog")) {
  if (seen(e) && !name(e)) faults.push(`no name: ${e.outerHTML.slice(0, 80)}`);
}
for (const e of document.querySelectorAll("img")) if (!e.hasAttribute("alt")) faults.push("an image without alt");
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`id ${id} twice`);
for (const e of document.querySelectorAll("[aria-describedby], [aria-controls], [for]")) {
  for (const what of ["aria-describedby", "aria-controls", "for"]) {
    const id = e.getAttribute(what);
    if (id && !document.getElementById(id)) faults.push(`${what} ${id} leads nowhere`);
  }
}
for (const e of document.querySelectorAll("table")) {
  if (seen(e) && !e.caption?.textContent) faults.push("a table without caption");
  if ([...e.querySelectorAll("thead th")].some((th) => th.scope !== "col" || !th.textContent)) faults.push("a column without head");
}
if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
if (!document.documentElement.lang) faults.push("no language");
for (const e of document.querySelectorAll("[tabindex]")) if (e.tabIndex > 0) faults.push("a tab order of its own");

// Contrast, as it is drawn: every text against the first ground behind it.
const parse = (text) => {
  const context = parse.context ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  context.clearRect(0, 0, 1, 1); context.fillStyle = text; context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data];
};
const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (e) => {
  for (let at = e; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour[3] === 255) return colour;
  }
  return parse(getComputedStyle(document.documentElement).backgroundColor)[3] ? [255, 255, 255, 255] : [255, 255, 255, 255];
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !seen(e) || e.closest(".unseen, option, svg, :disabled") || e.tagName === "NOSCRIPT") continue;
  const style = getComputedStyle(e);
  const [one, other] = [luminance(parse(style.color)), luminance(ground(e))].sort((a, b) => b - a);
  const ratio = (one + 0.05) / (other + 0.05);
  if (ratio < 4.5) faults.push(`${ratio.toFixed(2)}: ${walker.currentNode.data.trim().slice(0, 40)} (${style.color})`);
}
const wide = document.documentElement.scrollWidth - innerWidth;
if (wide > 0) faults.push(`${wide} px too wide`);
return faults;
"""

TABBABLE = r"""
return [...document.querySelectorAll("a[href], button, input, select, textarea, [tabindex='0']")]
  .filter((e) => e.checkVisibility({ checkVisibilityCSS: true }) && !e.disabled && e.tabIndex >= 0)
  .map((e, index) => { e.dataset.tab = index; return index; });
"""


def faults(browser):
    return browser.js(SCRIPT)


def reached_by_tab(browser):
    """What the tab key never comes to, of everything that can be used."""
    browser.js("document.activeElement?.blur(); scrollTo(0, 0);")
    wanted = set(browser.js(TABBABLE))
    reached = set()
    for _ in range(len(wanted) + 15):
        browser.press("Tab")
        place = browser.js(
            "const e = document.activeElement; return e === document.body ? null : [e.dataset.tab ?? null,"
            " e.matches(':focus-visible') && getComputedStyle(e).outlineStyle !== 'none'];")
        if place and place[0] is not None:
            assert place[1], "the focus cannot be seen"
            reached.add(int(place[0]))
        if reached >= wanted:
            break
    return [browser.js("return document.querySelector(`[data-tab='${arguments[0]}']`)?.outerHTML.slice(0, 90);",
                       place) for place in wanted - reached]
