// Who may ask the API, and by which role.

import { button, fill, h } from "../parts/dom.js";
import { get, may, post, remove } from "../parts/api.js";
import { ask, field, select, show, toast } from "../parts/dialog.js";
import { dateTime } from "../parts/format.js";
import { card, dataTable, emptyState, notice, pill } from "../parts/table.js";
import { t } from "../parts/words.js";

const ROLES = { viewer: () => t("role.viewer"), operator: () => t("role.operator"), admin: () => t("role.admin") };

export function tokensView({ content, signal, load, actions }) {
  const table = dataTable({
    caption: t("nav.tokens"), key: (token) => token.name,
    columns: [
      { head: t("token.name"), cell: (token) => token.name },
      { head: t("token.role"), version: (token) => token.role,
        cell: (token) => pill(ROLES[token.role]?.() ?? token.role, "blue") },
      { head: t("token.created"), cell: (token) => dateTime(token.created) },
      {
        head: t("token.expires"), version: (token) => `${token.expires} ${token.isExpired}`,
        cell: (token) => token.isExpired ? pill(t("token.expired"), "bad") : token.expires ? dateTime(token.expires)
          : t("token.never"),
      },
      ...(may("DELETE /tokens/{name}") ? [{
        head: "", class: "actions", version: (token) => token.name,
        cell: (token) => h("button", {
          type: "button", class: "quiet harm", "aria-label": t("token.revoke.of", { name: token.name }),
            on: { click: () => revoke(token) },
        }, t("token.revoke")),
      }] : []),
    ],
    empty: () => emptyState("tokens", t("tokens.none"), t("tokens.none.hint")),
  });
  const look = () => load(async () => {
    const page = await get("/tokens");
    if (!signal.aborted) table.update(page.items);
  });

  async function revoke(token) {
    const done = await ask({
      title: t("token.revoke.title", { name: token.name }), text: t("token.revoke.text"), action: t("token.revoke"),
        kind: "danger",
      run: () => remove(`/tokens/${encodeURIComponent(token.name)}`),
    });
    if (!done) return;
    toast(t("token.revoke.done", { name: token.name }));
    if (!signal.aborted) look();
  }

  async function make() {
    const name = h("input", { name: "name", required: true, pattern: "[A-Za-z][A-Za-z0-9._\\-]{0,62}",
      autocomplete: "off" });
    const role = select(Object.entries(ROLES).map(([key, text]) => [key, text()]), "viewer");
    role.name = "role";
    const span = select([
      ["604800", t("ban.span.week")], ["7776000", t("token.span.quarter")], ["31536000", t("token.span.year")],
        ["", t("token.never")],
    ], "7776000");
    const token = await ask({
      title: t("token.add.title"), text: t("token.add.text"), action: t("token.add"),
      content: [field(t("token.name"), name, { hint: t("token.name.hint") }),
        field(t("token.role"), role, { hint: t("token.role.hint") }), field(t("token.expires"), span)],
      run: () => post("/tokens",
        { name: name.value, role: role.value, ...(span.value ? { seconds: Number(span.value) } : {}) }),
    });
    if (!token) return;
    look();
    show({
      title: t("token.made", { name: token.name }),
      content: [notice("warn", t("token.once"), t("token.once.hint")),
        h("pre", { class: "text", tabindex: "0" }, token.token)],
      actions: [h("button", {
        type: "button", on: { click: () => navigator.clipboard?.writeText(token.token).then(() => toast(t("evidence.copied")), () => {}) },
      }, t("evidence.copy"))],
    });
  }

  actions(may("POST /tokens") ? button(t("token.add"), make, { class: "primary" }) : null);
  fill(content, h("p", { class: "lead" }, t("tokens.lead")), card(t("nav.tokens"), { flush: true }, table.element));
  look();
}
