// Editing one key, and saying what edits change.

import { button, code, fill, h } from "../parts/dom.js";
import { field, select } from "../parts/dialog.js";
import { notice } from "../parts/table.js";
import { t } from "../parts/words.js";

/** A value of JSON as a person writes it. */
export function shown(value) {
  if (value === undefined || value === null) return "–";
  if (typeof value === "string") return value === "" ? "\"\"" : value;
  return JSON.stringify(value);
}

/** The words that a type allows, where it is one of some: "one of `a`, `b`". */
export function choices(type) {
  if (/^(bool|boolean|flag|yes or no|true or false)/i.test(type)) return [true, false];
  if (!/^one of/i.test(type)) return [];
  return [...type.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
}

/** What a text means for a key of a type. - Throws: where it is no list or section. */
export function parse(text, key) {
  const trimmed = text.trim();
  if (isStructure(key)) return JSON.parse(trimmed);
  if (/^-?\d+(\.\d+)?$/.test(trimmed)
    && (typeof key.value === "number" || typeof key.usual === "number" || /number|count|rate/i.test(key.type))) {
    return Number(trimmed);
  }
  return trimmed;
}

const isStructure = (key) => (key.value !== null && typeof key.value === "object")
  || /^(list|section|map)/i.test(key.type);

/** The form to edit a key. `keep(value)`; null goes back to what the file says. */
export function editor(key, edited, { keep, drop, cancel }) {
  const value = edited === undefined || edited === null ? key.value : edited;
  const options = choices(key.type);
  const wrong = h("div", { role: "alert" });
  let input;
  if (options.length) {
    input = select(options.map((option) => [String(option), String(option)]), String(value));
  } else if (isStructure(key)) {
    input = h("textarea", { spellcheck: "false", value: JSON.stringify(value, null, 2) });
  } else {
    input = h("input", { value: value === undefined || value === null ? "" : String(value), autocomplete: "off",
      spellcheck: "false" });
  }
  input.name = "value";

  function submit(event) {
    event.preventDefault();
    let wish;
    try {
      wish = options.length ? options.find((option) => String(option) === input.value) : parse(input.value, key);
    } catch {
      return fill(wrong, notice("bad", t("config.badJSON"), t("config.badJSON.hint")));
    }
    if (JSON.stringify(wish) === JSON.stringify(key.value)) drop();
    else keep(wish);
  }

  return h("form", { class: "editor", on: { submit, keydown: (event) => { if (event.key === "Escape") cancel(); } } },
    field(t("config.value"), input, { hint: isStructure(key) ? t("config.value.json") : undefined }), wrong,
    h("div", { class: "row" },
      h("button", { type: "submit", class: "primary" }, t("config.keep")),
      button(t("dialog.cancel"), cancel),
      key.origin === "change" ? button(t("config.asFile"), () => keep(null), { class: "quiet" }) : null,
      edited !== undefined ? button(t("config.drop"), drop, { class: "quiet harm" }) : null));
}

/** Edits as a merge patch (RFC 7396): `a.b` becomes `{"a": {"b": …}}`. */
export function patchOf(edits) {
  const patch = {};
  for (const [path, value] of edits) {
    const parts = path.split(".");
    const last = parts.pop();
    let place = patch;
    for (const part of parts) place = place[part] ??= {};
    place[last] = value;
  }
  return patch;
}

export function changesTable(changes) {
  return h("table", { class: "list diff" }, h("caption", { class: "unseen" }, t("config.changes")),
    h("thead", null, h("tr", null,
      [t("change.path"), t("change.before"), t("change.after")].map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", null, changes.map((change) => h("tr", null,
      h("td", { "data-head": t("change.path") }, code(change.path)),
      h("td", { "data-head": t("change.before") }, h("code", { class: "before" }, shown(change.before))),
      h("td", { "data-head": t("change.after") }, h("code", { class: "after" }, shown(change.after)))))));
}

/** Problems or warnings of a check, each with its place and what may be meant. */
export function problemList(problems) {
  if (!problems.length) return null;
  return h("ul", { class: "stack" }, problems.map((problem) => h("li", { class: "small" },
    code(problem.key || problem.place || ""), " ", problem.message,
    problem.suggestion ? h("span", { class: "muted" }, ` ${t("config.suggestion", { value: problem.suggestion })}`)
      : null)));
}
