// How the page looks: the language, and light or dark.

import { h } from "./parts/dom.js";
import { select } from "./parts/dialog.js";
import { LANGUAGES, chooseLanguage, locale, t } from "./parts/words.js";

const KEPT = "mystel.theme";

export function startTheme() {
  try { wear(localStorage.getItem(KEPT)); } catch { /* as the system is */ }
}

function wear(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

/** Two choices; `again` draws the page anew in another language. */
export function preferences(again) {
  const language = select(Object.entries(LANGUAGES), locale());
  language.setAttribute("aria-label", t("prefs.language"));
  language.name = "language";
  language.addEventListener("change", () => {
    chooseLanguage(language.value);
    again();
  });
  const theme = select(
    [["auto", t("prefs.auto")], ["light", t("prefs.light")], ["dark", t("prefs.dark")]],
    document.documentElement.dataset.theme ?? "auto");
  theme.setAttribute("aria-label", t("prefs.theme"));
  theme.name = "theme";
  theme.addEventListener("change", () => {
    wear(theme.value);
    try { localStorage.setItem(KEPT, theme.value); } catch { /* for now, then */ }
  });
  return h("div", { class: "prefs" }, language, theme);
}
