// What the page says, in the reader's language.

import en from "../words/en.js";
import ru from "../words/ru.js";

const CATALOGUES = { en, ru };
export const LANGUAGES = { en: "English", ru: "Русский" };
const KEPT = "mystel.language";

let language = "en";
let plurals = new Intl.PluralRules("en");

/** The language that was chosen here, or that the browser asks for. */
export function startLanguage() {
  const wanted = [kept(), ...navigator.languages.map((name) => name.slice(0, 2).toLowerCase())];
  use(wanted.find((name) => name in CATALOGUES) ?? "en");
}

function kept() {
  try { return localStorage.getItem(KEPT); } catch { return null; }
}

export function chooseLanguage(name) {
  use(name);
  try { localStorage.setItem(KEPT, name); } catch { /* not remembered, then */ }
}

function use(name) {
  language = name;
  plurals = new Intl.PluralRules(name);
  document.documentElement.lang = name;
}

export function locale() { return language; }

/** A text of the catalogue. With `n`, the form that goes with the number; `{name}` is filled in. */
export function t(key, values = {}) {
  let text = CATALOGUES[language][key] ?? CATALOGUES.en[key] ?? key;
  if (typeof text === "object") text = text[plurals.select(values.n ?? 0)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(language) : String(value);
  });
}
