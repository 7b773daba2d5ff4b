// What operators did, the latest first.

import { code, fill, h } from "../parts/dom.js";
import { get, query } from "../parts/api.js";
import { field } from "../parts/dialog.js";
import { dateTime, label } from "../parts/format.js";
import { live } from "../parts/live.js";
import { card, dataTable, emptyState } from "../parts/table.js";
import { t } from "../parts/words.js";

export function auditView({ content, signal, load }) {
  const wanted = h("input", { type: "search", name: "find", placeholder: t("audit.find.hint"), autocomplete: "off" });
  const more = h("div", { class: "more" });
  let items = [];
  let limit = 200;
  const table = dataTable({
    caption: t("nav.audit"), key: (entry) => entry.key,
    columns: [
      { head: t("audit.at"), cell: (entry) => dateTime(entry.at) },
      { head: t("audit.actor"), cell: (entry) => entry.actor },
      { head: t("audit.action"), cell: (entry) => label(entry.action) },
      { head: t("audit.subject"), class: "grow", version: (entry) => entry.subject,
        cell: (entry) => entry.subject ? code(entry.subject) : "" },
      { head: t("audit.outcome"), cell: (entry) => entry.outcome },
    ],
    empty: () => emptyState("audit", t("audit.none"), t("audit.none.hint")),
  });
  function draw() {
    const text = wanted.value.trim().toLowerCase();
    table.update(items.filter((entry) => `${entry.actor} ${entry.action} ${entry.subject} ${entry.outcome}`.toLowerCase().includes(text)));
    fill(more, items.length < limit || limit >= 1000 ? null
      : h("button", { type: "button", on: { click: () => { limit = 1000; look(); } } }, t("table.more")));
  }
  const look = () => load(async () => {
    const page = await get(`/audit${query({ limit })}`);
    if (signal.aborted) return;
    // Entries have no name of their own; the same one twice at one moment is told apart by its place.
    const seen = new Map();
    items = page.items.map((entry) => {
      const name = [entry.at, entry.actor, entry.action, entry.subject, entry.outcome].join("\n");
      seen.set(name, (seen.get(name) ?? 0) + 1);
      return { ...entry, key: `${name}\n${seen.get(name)}` };
    });
    draw();
  });
  wanted.addEventListener("input", draw);
  fill(content, h("p", { class: "lead" }, t("audit.lead")),
    h("div", { class: "filters" }, field(t("audit.find"), wanted)),
      card(t("nav.audit"), { flush: true }, table.element, more));
  live.on("audit", look, signal);
  const timer = setInterval(() => { if (!document.hidden) look(); }, 10_000);
  signal.addEventListener("abort", () => clearInterval(timer));
  look();
}
