// The configuration: every key with its value, changes that are checked before they are applied, and
// the way back.

import { button, code, fill, h } from "../parts/dom.js";
import { ask, field, select, toast } from "../parts/dialog.js";
import { get, may, merge, onSignOut, post, query } from "../parts/api.js";
import { dateTime } from "../parts/format.js";
import { live } from "../parts/live.js";
import { card, dataTable, emptyState, notice, pill } from "../parts/table.js";
import { t } from "../parts/words.js";
import { changesTable, editor, patchOf, problemList, shown } from "./config-edit.js";

const TABS = ["", "history", "file"];
const ORIGINS = {
  file: () => t("origin.file"), environment: () => t("origin.environment"), change: () => t("origin.change"),
    usual: () => t("origin.usual"),
};
const ORIGIN_KINDS = { file: "blue", environment: "good", change: "warn", usual: "" };

/** What was edited and not applied yet, by path. It outlives a look at another view. */
const draft = new Map();
onSignOut(() => draft.clear());

export function configView(context) {
  const tab = TABS.includes(context.parts[1] ?? "") ? context.parts[1] ?? "" : "";
  const names = [t("config.keys"), t("config.history"), t("config.file")];
  const tabs = TABS.filter((name) => name !== "history" || may("GET /config/history"));
  const place = h("div", { class: "stack" });
  fill(context.content, h("div", null,
    h("nav", { class: "tabs", "aria-label": t("nav.config") }, tabs.map((name) =>
      h("a", { href: `#/config${name ? `/${name}` : ""}`, "aria-current": name === tab ? "true" : null },
        names[TABS.indexOf(name)]))),
    place));
  if (may("POST /reload")) context.actions(button(t("config.reload"), reload));
  ({ "": keyList, history: historyList, file: fileText })[tab](context, place);
}

async function reload() {
  await ask({
    title: t("config.reload.title"), text: t("config.reload.text"), action: t("config.reload"),
    run: async () => {
      const answer = await post("/reload");
      toast(t("config.reload.done"), answer.warnings.join("\n"));
    },
  });
}

// Keys

function keyList({ load, signal }, place) {
  const wanted = h("input", { type: "search", name: "find", placeholder: t("config.find.hint"),
    autocomplete: "off" });
  const which = select([["", t("config.all")], ["set", t("config.set")], ["change", t("origin.change")],
    ["draft", t("config.edited")]], "");
  const found = h("p", { class: "muted small", role: "status" });
  const sections = h("div", { class: "stack" });
  const tray = h("div");
  const aside = h("div", { class: "stack" });
  let state = null;
  let open = null;

  function draw() {
    const text = wanted.value.trim().toLowerCase();
    const keys = state.keys.filter((key) => {
      if (which.value === "set" && key.origin === "usual") return false;
      if (which.value === "change" && key.origin !== "change") return false;
      if (which.value === "draft" && !draft.has(key.path)) return false;
      return `${key.path} ${key.summary}`.toLowerCase().includes(text);
    });
    const groups = Map.groupBy(keys,
      (key) => key.path.includes(".") ? key.path.split(".")[0].replace(/\[.*$/, "") : t("config.top"));
    fill(sections, keys.length ? [...groups].map(([name, group]) => card(name, { flush: true },
      h("ul", { class: "keys" }, group.map(row))))
        : card(t("nav.config"), {}, emptyState("config", t("config.noMatch"), t("config.noMatch.hint"))));
    found.textContent = t("config.count", { n: keys.length });
    drawTray();
  }

  function row(key) {
    const edited = draft.has(key.path);
    const canEdit = may("PATCH /config") && key.origin !== "environment" && key.path !== "version"
      && key.value !== "***" && !key.isFileOnly;
    return h("li", { class: edited ? "edited" : null, "data-path": key.path },
      h("div", null, h("span", { class: "path" }, key.path), h("p", { class: "small" }, plain(key.summary)),
        h("p", { class: "muted small" }, plain(key.type), key.range ? ` · ${plain(key.range)}` : "",
          key.usual === undefined || key.usual === null ? ""
            : ` · ${t("config.usual", { value: shown(key.usual) })}`)),
      h("div", { class: "value" },
        edited ? [h("code", { class: "before" }, shown(key.value)),
          h("code", { class: "after" },
            draft.get(key.path) === null ? t("config.asFile") : shown(draft.get(key.path)))]
          : h("code", null, shown(key.value)),
        pill(ORIGINS[key.origin]?.() ?? key.origin, ORIGIN_KINDS[key.origin]),
        key.needsRestart ? pill(t("config.restart"), "warn") : null,
        key.isFileOnly ? pill(t("config.fileOnly")) : null,
        canEdit && open !== key.path ? h("button", {
          type: "button", class: "quiet", "aria-label": t("config.edit.of", { path: key.path }),
            on: { click: () => { open = key.path; draw(); focusEditor(); } },
        }, t("config.edit")) : null),
      open === key.path ? editor(key, draft.get(key.path), {
        keep: (value) => { draft.set(key.path, value); shut(key.path); },
        drop: () => { draft.delete(key.path); shut(key.path); },
        cancel: () => shut(key.path),
      }) : null);
  }

  function shut(path) {
    open = null;
    draw();
    sections.querySelector(`[data-path="${CSS.escape(path)}"] button`)?.focus();
  }

  function focusEditor() { sections.querySelector(".editor input, .editor select, .editor textarea")?.focus(); }

  function drawTray() {
    fill(tray, draft.size ? h("div", { class: "tray", role: "region", "aria-label": t("config.tray") },
      h("b", null, t("config.edits", { n: draft.size })),
      h("div", { class: "actions" },
        h("button", { type: "button", on: { click: () => { draft.clear(); draw(); } } }, t("config.discard")),
        button(t("config.review"), review, { class: "primary" }))) : null);
  }

  /** Has the gateway check the edits, shows what they would change, and applies them. */
  async function review() {
    const patch = patchOf(draft);
    // What is reviewed is what is applied: not what somebody else makes of it meanwhile.
    const version = state.version;
    let check;
    try {
      check = await post("/config/validate", { patch });
    } catch (fault) {
      check = { isValid: false, problems: [{ key: "", message: fault.message }], warnings: [], changes: [],
        needsRestart: [] };
    }
    const note = h("input", { name: "note", maxlength: 200, autocomplete: "off" });
    const content = [
      check.isValid ? null : notice("bad", t("config.invalid"), t("config.invalid.hint")),
      problemList(check.problems ?? []), problemList(check.warnings ?? []),
      check.changes?.length ? changesTable(check.changes) : check.isValid
        ? notice("warn", t("config.nothing"), t("config.nothing.hint")) : null,
      check.needsRestart?.length ? notice("warn", t("config.needsRestart"), check.needsRestart.join(", ")) : null,
      check.isValid ? field(t("config.note"), note, { hint: t("config.note.hint") }) : null,
    ];
    const done = await ask({
      title: t("config.review"), broad: true, content, action: t("config.apply"),
      run: async () => {
        if (!check.isValid) throw Object.assign(new Error(t("config.invalid")), { hint: t("config.invalid.hint") });
        try {
          return await merge(`/config${query({ if_match: version, note: note.value.trim() })}`, patch);
        } catch (fault) {
          if (fault.status === 412) await look();
          throw fault;
        }
      },
    });
    if (!done) return;
    draft.clear();
    toast(t("config.applied", { number: done.number }),
      done.needsRestart?.length ? t("config.applied.restart") : t("config.applied.hint"));
    look();
  }

  const look = () => load(async () => {
    const answer = await get("/config");
    if (signal.aborted) return;
    state = { keys: [], ...answer };
    fill(aside,
      state.setAside ? notice("bad", t("config.setAside"), state.setAside) : null,
      state.awaitsRestart?.length ? notice("warn", t("config.needsRestart"), state.awaitsRestart.join(", ")) : null,
      state.isStored === false ? notice("warn", t("config.memory"), t("config.memory.hint")) : null);
    // An editor that is open is not taken away by somebody else's change.
    if (open === null) draw();
  });
  wanted.addEventListener("input", () => state && draw());
  which.addEventListener("change", () => state && draw());
  fill(place, h("p", { class: "lead" }, t("config.lead")), aside,
    h("div", { class: "filters" }, field(t("config.find"), wanted), field(t("config.show"), which), found), sections,
      tray);
  live.on("configuration", look, signal);
  look();
}

/** The reference's own marks are not for a page. */
const plain = (text) => String(text).replaceAll("`", "");

// History

function historyList({ load, signal }, place) {
  const table = dataTable({
    caption: t("config.history"), key: (change) => change.number,
    columns: [
      { head: t("change.number"), cell: (change) => String(change.number) },
      { head: t("change.at"), cell: (change) => dateTime(change.at) },
      { head: t("change.by"), cell: (change) => change.by },
      {
        head: t("change.what"), class: "grow", version: (change) => change.number,
        cell: (change) => h("span", null, change.kind === "rollback" ? pill(t("change.rollback"), "warn") : null,
          change.note ? h("span", null, " ", change.note) : null,
          (change.changes ?? []).map((entry) => h("span", { class: "sub" }, code(entry.path), " ",
            h("code", { class: "before" }, shown(entry.before)), " ",
              h("code", { class: "after" }, shown(entry.after))))),
      },
      ...(may("POST /config/rollback") ? [{
        head: "", class: "actions", version: (change) => `${change.number} ${change.isCurrent}`,
        cell: (change) => change.isCurrent ? pill(t("change.current"), "good")
          : h("button", { type: "button", class: "quiet",
            "aria-label": t("change.back.of", { number: change.number }), on: { click: () => back(change.number) } },
              t("change.back")),
      }] : []),
    ],
    empty: () => emptyState("config", t("history.none"), t("history.none.hint")),
  });
  const toFile = h("div");
  let state = null;

  const look = () => load(async () => {
    const [answer, page] = await Promise.all([get("/config"), get("/config/history")]);
    if (signal.aborted) return;
    state = answer;
    table.update(page.items.map((change) => ({ ...change, isCurrent: change.number === state.number })));
    fill(toFile, state.number !== 0 && may("POST /config/rollback")
      ? button(t("history.toFile"), () => back(0)) : null);
  });

  async function back(number) {
    const version = state.version;
    const done = await ask({
      title: number === 0 ? t("rollback.file.title") : t("rollback.title", { number }), text: t("rollback.text"),
      action: t("rollback.do"), kind: "danger",
      run: () => post("/config/rollback", { number, ifMatch: version }),
    });
    if (!done) return;
    toast(t("rollback.done"), done.needsRestart?.length ? t("config.applied.restart") : "");
    look();
  }

  fill(place, h("p", { class: "lead" }, t("history.lead")),
    card(t("config.history"), { actions: toFile, flush: true }, table.element));
  live.on("configuration", look, signal);
  look();
}

// As a file

function fileText({ load, signal }, place) {
  load(async () => {
    const answer = await get("/config");
    if (signal.aborted) return;
    fill(place, h("p", { class: "lead" }, t("config.file.lead")),
      answer.path ? h("p", { class: "small" }, t("config.file.path"), " ", code(answer.path)) : null,
      h("pre", { class: "text", tabindex: "0" }, answer.yaml));
  });
}
