// What packets are held to: each rule's mode, what it did, and what it would have done.

import { fill, h } from "../parts/dom.js";
import { ask, field, select, toast } from "../parts/dialog.js";
import { get, may, put } from "../parts/api.js";
import { label, number } from "../parts/format.js";
import { live } from "../parts/live.js";
import { card, dataTable, emptyState, pill } from "../parts/table.js";
import { t } from "../parts/words.js";

const MODES = ["off", "shadow", "enforce"];
const NAMES = { off: () => t("mode.off"), shadow: () => t("mode.shadow"), enforce: () => t("mode.enforce") };
const KINDS = { off: "", shadow: "warn", enforce: "bad" };
const CONFIRM = {
  off: () => t("rules.confirm.off"), shadow: () => t("rules.confirm.shadow"),
    enforce: () => t("rules.confirm.enforce"),
};

export function rulesView({ content, signal, load }) {
  const wanted = h("input", { type: "search", name: "find", placeholder: t("rules.find.hint"), autocomplete: "off" });
  const mode = select([["", t("rules.allModes")], ...MODES.map((name) => [name, NAMES[name]()])], "");
  const order = select([["number", t("rules.byNumber")], ["counts", t("rules.byCounts")]], "number");
  const found = h("p", { class: "muted small", role: "status" });
  let rules = [];

  const table = dataTable({
    caption: t("nav.rules"), key: (rule) => rule.id,
    columns: [
      {
        head: t("rule.title"), class: "grow", version: (rule) => rule.title,
        cell: (rule) => h("span", null, rule.title, h("span", { class: "sub mono" }, rule.id)),
      },
      { head: t("rule.action"), cell: (rule) => label(rule.action) },
      { head: t("rule.enforced"), class: "number", cell: (rule) => rule.enforced ? number(rule.enforced) : "–" },
      {
        head: t("rule.shadowed"), class: "number",
          version: (rule) => `${rule.mode} ${rule.shadowed} ${rule.shadowedSessions}`,
        cell: (rule) => shadow(rule),
      },
      {
        head: t("rule.mode"), version: (rule) => rule.mode,
        cell: (rule) => may("PUT /rules/{id}") ? modeSwitch(rule, change)
          : pill(NAMES[rule.mode](), KINDS[rule.mode]),
      },
    ],
    empty: () => emptyState("rules", t("rules.none"), t("rules.none.hint")),
  });

  function draw() {
    const text = wanted.value.trim().toLowerCase();
    const shown = rules.filter((rule) => (!mode.value || rule.mode === mode.value)
      && `${rule.id} ${rule.title} ${rule.action}`.toLowerCase().includes(text));
    if (order.value === "counts") shown.sort((one,
      other) => other.enforced + other.shadowed - one.enforced - one.shadowed);
    table.update(shown);
    found.textContent = t("rules.count", { n: shown.length });
  }
  const look = () => load(async () => {
    const page = await get("/rules");
    if (signal.aborted) return;
    rules = page.items;
    draw();
  });

  async function change(rule, wish) {
    const done = await ask({
      title: t("rules.confirm.title", { rule: rule.id, mode: NAMES[wish]() }),
      text: CONFIRM[wish](), action: t("rules.confirm.do", { mode: NAMES[wish]() }),
        kind: wish === "enforce" ? "danger" : "primary",
      content: rule.shadowed && wish === "enforce" ? h("p", null, shadowText(rule)) : [],
      run: () => put(`/rules/${encodeURIComponent(rule.id)}`, { mode: wish }),
    });
    if (done) {
      toast(t("rules.done", { rule: rule.id, mode: NAMES[wish]() }), t("rules.done.hint"));
      rules = rules.map((entry) => entry.id === rule.id ? { ...entry, mode: wish } : entry);
      draw();
    }
    look();
  }

  wanted.addEventListener("input", draw);
  for (const choice of [mode, order]) choice.addEventListener("change", draw);
  fill(content,
    h("p", { class: "lead" }, t("rules.lead")),
    h("div", { class: "filters" }, field(t("rules.find"), wanted), field(t("rule.mode"), mode),
      field(t("rules.order"), order)),
    card(t("nav.rules"), { actions: found, flush: true }, table.element));
  live.on("configuration", look, signal);
  const timer = setInterval(() => { if (!document.hidden) look(); }, 5000);
  signal.addEventListener("abort", () => clearInterval(timer));
  look();
}

function shadowText(rule) {
  return rule.shadowedSessions === undefined
    ? t("rules.wouldPackets", { n: rule.shadowed }) : t("rules.would", { n: rule.shadowedSessions });
}

/** What a rule would have done, had it been in force. */
function shadow(rule) {
  if (!rule.shadowed) return "–";
  return h("span", null, number(rule.shadowed), h("span", { class: "sub" }, shadowText(rule)));
}

/** The three modes as buttons; another than the present one asks first. */
function modeSwitch(rule, change) {
  return h("div", { class: "segments", role: "group", "aria-label": t("rules.modeOf", { rule: rule.id }) },
    MODES.map((name) => h("button", {
      type: "button", class: KINDS[name], "aria-pressed": String(rule.mode === name), "data-mode": name,
      on: { click: () => { if (rule.mode !== name) change(rule, name); } },
    }, NAMES[name]())));
}
