// Tables whose rows stay where they are while their cells change, so that focus and scroll do too.

import { add, fill, h, icon } from "./dom.js";
import { t } from "./words.js";

/**
 * `columns`: `{ head, cell(item), class?, version?(item) }`; a cell is a text or a node. A cell that is
 * a node is made anew only when `version` changes. `key(item)` names a row.
 */
export function dataTable({ caption, columns, key, empty }) {
  const body = h("tbody");
  const table = h("table", { class: "list" },
    h("caption", { class: "unseen" }, caption),
    h("thead", null, h("tr", null, columns.map((column) => h("th", { scope: "col", class: column.class },
      column.head || h("span", { class: "unseen" }, t("table.actions")))))),
    body);
  const nothing = h("div", { hidden: true });
  const element = h("div", null, table, nothing);
  const rows = new Map();

  function cells(row, item) {
    columns.forEach((column, index) => {
      const cell = row.cells[index];
      const version = column.version?.(item);
      if (version !== undefined && row.versions[index] === version) return;
      row.versions[index] = version;
      const content = column.cell(item);
      if (content instanceof Node || Array.isArray(content)) fill(cell, content);
      else if (cell.textContent !== String(content ?? "")) cell.textContent = content ?? "";
      cell.classList.toggle("blank", content === "" || content === null || content === undefined);
    });
  }

  return {
    element,
    /** Shows these items, in this order. */
    update(items) {
      const seen = new Set();
      let place = body.firstChild;
      for (const item of items) {
        const name = String(key(item));
        seen.add(name);
        let row = rows.get(name);
        if (!row) {
          const tds = columns.map((column) => h("td", { class: column.class, "data-head": column.head }));
          row = { element: h("tr", null, tds), cells: tds, versions: [] };
          rows.set(name, row);
        }
        cells(row, item);
        if (row.element !== place) body.insertBefore(row.element, place);
        else place = place.nextSibling;
      }
      for (const [name, row] of rows) {
        if (seen.has(name)) continue;
        row.element.remove();
        rows.delete(name);
      }
      table.hidden = items.length === 0;
      nothing.hidden = items.length > 0;
      if (items.length === 0 && empty) fill(nothing, empty());
    },
  };
}

/** Says that there is nothing, and what to do next. */
export function emptyState(name, title, text, ...more) {
  return h("div", { class: "empty" }, icon(name, 30), h("b", null, title), h("p", null, text), more);
}

/** Says what went wrong, in the gateway's words, and offers another try. */
export function faultState(fault, again) {
  return h("div", { class: "card" }, h("div", { class: "empty", role: "alert" }, icon("alert", 30),
    h("b", null, t("fault.title")), h("p", null, fault.message), fault.hint ? h("p", null, fault.hint) : null,
    again ? h("button", { type: "button", on: { click: again } }, t("fault.again")) : null));
}

/** A card with a heading. */
export function card(title, { actions, flush } = {}, ...children) {
  return h("section", { class: "card" },
    h("header", null, h("h2", null, title), actions ? h("div", { class: "actions" }, actions) : null),
    h("div", { class: flush ? "flush" : "body" }, children));
}

export function pill(text, kind = "", dot = false) {
  return h("span", { class: `pill ${kind} ${dot ? "dot" : ""}` }, text);
}

export function facts(entries) {
  return h("dl", { class: "facts" },
    entries.filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([name, value]) => h("div", null, h("dt", null, name), add(h("dd"), [value]))));
}

export function notice(kind, title, text) {
  return h("div", { class: `notice ${kind}` }, icon(kind === "good" ? "check" : kind === "blue" ? "info" : "alert"),
    h("div", null, h("b", null, title), text ? h("p", null, text) : null));
}
