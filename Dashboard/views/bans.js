// Who is kept out, who never is, and why somebody cannot play.

import { button, code, fill, fresh, h } from "../parts/dom.js";
import { ask, checkbox, field, select, toast } from "../parts/dialog.js";
import { get, may, post, query, remove, save } from "../parts/api.js";
import { duration, number } from "../parts/format.js";
import { live } from "../parts/live.js";
import { card, dataTable, emptyState, facts, notice, pill } from "../parts/table.js";
import { t } from "../parts/words.js";

const SOURCES = {
  automatic: () => t("ban.source.automatic"), manual: () => t("ban.source.manual"), list: () => t("ban.source.list"),
};
const SCOPES = { newcomers: () => t("ban.scope.newcomers"), everyone: () => t("ban.scope.everyone") };
const FORMATS = [["plain", "plain"], ["crowdsec", "CrowdSec"], ["fail2ban", "fail2ban"]];
const TABS = ["", "allowed", "check"];

export function bansView(context) {
  const tab = TABS.includes(context.parts[1] ?? "") ? context.parts[1] ?? "" : "";
  const names = [t("nav.bans"), t("bans.allowed"), t("bans.check")];
  const place = h("div", { class: "stack" });
  fill(context.content, h("div", null,
    h("nav", { class: "tabs", "aria-label": t("nav.bans") }, TABS.map((name, index) =>
      h("a", { href: `#/bans${name ? `/${name}` : ""}`, "aria-current": name === tab ? "true" : null },
        names[index]))),
    place));
  ({ "": banList, allowed: allowList, check: checkForm })[tab](context, place);
}

// Bans

function banList({ actions, load, signal }, place) {
  const wanted = h("input", { type: "search", name: "find", placeholder: t("bans.find.hint"), autocomplete: "off" });
  const more = h("div", { class: "more" });
  let items = [];
  let next;
  const table = dataTable({
    caption: t("nav.bans"), key: (ban) => ban.target,
    columns: [
      { head: t("ban.target"), version: (ban) => ban.target, cell: (ban) => code(ban.target) },
      {
        head: t("ban.reason"), class: "grow", version: (ban) => `${ban.reason} ${ban.evidence}`,
        cell: (ban) => h("span", null, ban.reason, ban.evidence
          ? h("span", { class: "sub" },
            h("a", { href: `#/evidence/${encodeURIComponent(ban.evidence)}` }, t("feed.evidence"))) : null),
      },
      {
        head: t("ban.source"), version: (ban) => ban.source + ban.origin,
        cell: (ban) => h("span", null, SOURCES[ban.source]?.() ?? ban.source,
          h("span", { class: "sub" }, ban.origin)),
      },
      { head: t("ban.scope"), cell: (ban) => SCOPES[ban.scope]?.() ?? ban.scope },
      { head: t("ban.left"), class: "number",
        cell: (ban) => ban.secondsLeft === undefined ? t("ban.forGood") : duration(ban.secondsLeft) },
      ...(may("DELETE /bans") ? [{
        head: "", class: "actions", version: (ban) => ban.target,
        cell: (ban) => h("button", {
          type: "button", class: "quiet", "aria-label": t("ban.lift.of", { target: ban.target }),
            on: { click: () => lift(ban) },
        }, t("ban.lift")),
      }] : []),
    ],
    empty: () => emptyState("bans", wanted.value ? t("bans.noMatch") : t("bans.none"),
      wanted.value ? t("bans.noMatch.hint") : t("bans.none.hint")),
  });

  function draw() {
    const text = wanted.value.trim().toLowerCase();
    table.update(items.filter((ban) => `${ban.target} ${ban.reason} ${ban.origin}`.toLowerCase().includes(text)));
    fill(more, next === undefined ? null
      : button(t("table.more"), further));
  }
  const look = () => load(async () => {
    const page = await get(`/bans${query({ limit: Math.max(200, Math.min(items.length, 1000)) })}`);
    if (signal.aborted) return;
    ({ items, next } = page);
    draw();
  });
  const further = () => load(async () => {
    const page = await get(`/bans${query({ after: next, limit: 500 })}`);
    items = [...items, ...page.items];
    next = page.next;
    draw();
  });
  async function lift(ban) {
    const done = await ask({
      title: t("ban.lift.title", { target: ban.target }), text: t("ban.lift.text"), action: t("ban.lift"),
      run: () => remove(`/bans${query({ target: ban.target })}`),
    });
    if (!done) return;
    toast(t("ban.lift.done", { target: ban.target }));
    look();
  }

  actions(
    may("GET /bans/export") ? button(t("bans.export"), exportBans) : null,
    may("POST /bans/import") ? h("button",
      { type: "button", on: { click: async () => { if (await importBans()) look(); } } }, t("bans.import")) : null,
    may("POST /bans") ? h("button",
      { type: "button", class: "primary", on: { click: async () => { if (await addBan([])) look(); } } },
        t("bans.add")) : null);
  wanted.addEventListener("input", draw);
  fill(place, h("div", { class: "filters" }, field(t("bans.find"), wanted)),
    card(t("bans.inForce"), { flush: true }, table.element, more));
  live.on("ban_added", look, signal);
  live.on("ban_removed", look, signal);
  const timer = setInterval(look, 15_000);
  signal.addEventListener("abort", () => clearInterval(timer));
  look();
}

/** Asks whom to ban, for how long and why. `targets` are suggestions, the likeliest first. */
export async function addBan(targets, reason = "") {
  const list = fresh("targets");
  const target = h("input", { name: "target", required: true, value: targets[0] ?? "", list, autocomplete: "off",
    spellcheck: "false", placeholder: "203.0.113.7" });
  const span = select([
    ["", t("ban.span.usual")], ["3600", t("ban.span.hour")], ["86400", t("ban.span.day")],
    ["604800", t("ban.span.week")], ["2592000", t("ban.span.month")], ["good", t("ban.forGood")],
  ], "");
  span.name = "span";
  const why = h("input", { name: "reason", value: reason, maxlength: 200, autocomplete: "off" });
  const wide = h("input", { name: "wide" });
  const ban = await ask({
    title: t("bans.add.title"), text: t("bans.add.text"), action: t("bans.add"), kind: "danger",
    content: [
      field(t("ban.target"), target, { hint: t("ban.target.hint") }),
      h("datalist", { id: list }, targets.map((value) => h("option", { value }))),
      field(t("ban.span"), span), field(t("ban.reason"), why, { hint: t("ban.reason.hint") }),
        checkbox(t("ban.wide"), wide),
    ],
    run: () => post("/bans", {
      target: target.value.trim(), ...(why.value.trim() ? { reason: why.value.trim() } : {}),
      ...(span.value === "good" ? { isPermanent: true } : span.value ? { seconds: Number(span.value) } : {}),
      ...(wide.checked ? { allowsWide: true } : {}),
    }),
  });
  if (ban) toast(t("ban.done", { target: ban.target }),
    ban.until ? t("ban.done.until", { time: duration(ban.secondsLeft) }) : t("ban.forGood"));
  return ban;
}

async function importBans() {
  const format = select(FORMATS, "plain");
  const list = h("input", { name: "list", required: true, pattern: "[A-Za-z0-9._ \\-]+",
    placeholder: "spamhaus-drop" });
  const text = h("textarea",
    { name: "text", required: true, spellcheck: "false", placeholder: "203.0.113.0/24\n198.51.100.7" });
  const file = h("input", { type: "file",
    on: { change: async () => { if (file.files[0]) text.value = await file.files[0].text(); } } });
  const done = await ask({
    title: t("bans.import.title"), text: t("bans.import.text"), action: t("bans.import"),
    content: [
      field(t("bans.format"), format), field(t("bans.list"), list, { hint: t("bans.list.hint") }),
      field(t("bans.file"), file), field(t("bans.text"), text),
    ],
    run: () => post("/bans/import", { format: format.value, list: list.value.trim(), text: text.value }),
  });
  if (done) toast(t("bans.import.done", { n: done.taken }), done.warnings?.join("; ") ?? "");
  return done;
}

async function exportBans() {
  const format = select(FORMATS, "plain");
  await ask({
    title: t("bans.export.title"), text: t("bans.export.text"), action: t("bans.export"),
      content: [field(t("bans.format"), format)],
    run: async () => {
      const answer = await get(`/bans/export${query({ format: format.value })}`);
      save(new Blob([answer.text], { type: "text/plain" }),
        `mystel-bans.${format.value === "plain" ? "txt" : format.value}`);
      toast(t("bans.export.done", { n: answer.bans }),
        answer.leftOut ? t("bans.export.left", { n: answer.leftOut }) : "");
    },
  });
}

// The allow-list

function allowList({ actions, load, signal }, place) {
  const table = dataTable({
    caption: t("bans.allowed"), key: (entry) => entry.target,
    columns: [
      { head: t("ban.target"), version: (entry) => entry.target, cell: (entry) => code(entry.target) },
      { head: t("allowed.note"), class: "grow", cell: (entry) => entry.note },
      ...(may("DELETE /allowed") ? [{
        head: "", class: "actions", version: (entry) => entry.target,
        cell: (entry) => h("button", {
          type: "button", class: "quiet harm", "aria-label": t("allowed.remove.of", { target: entry.target }),
            on: { click: () => drop(entry) },
        }, t("allowed.remove")),
      }] : []),
    ],
    empty: () => emptyState("bans", t("allowed.none"), t("allowed.none.hint")),
  });
  const look = () => load(async () => { table.update((await get("/allowed?limit=1000")).items); });
  async function drop(entry) {
    const done = await ask({
      title: t("allowed.remove.title", { target: entry.target }), text: t("allowed.remove.text"),
        action: t("allowed.remove"), kind: "danger",
      run: () => remove(`/allowed${query({ target: entry.target })}`),
    });
    if (done && !signal.aborted) look();
  }
  async function take() {
    const target = h("input", { name: "target", required: true, placeholder: "203.0.113.0/24", autocomplete: "off" });
    const note = h("input", { name: "note", maxlength: 200 });
    const done = await ask({
      title: t("allowed.add.title"), text: t("allowed.add.text"), action: t("allowed.add"),
      content: [field(t("ban.target"), target, { hint: t("ban.target.hint") }), field(t("allowed.note"), note)],
      run: () => post("/allowed",
        { target: target.value.trim(), ...(note.value.trim() ? { note: note.value.trim() } : {}) }),
    });
    if (!done) return;
    toast(t("allowed.add.done", { target: done.target }));
    look();
  }
  actions(may("POST /allowed") ? button(t("allowed.add"), take, { class: "primary" }) : null);
  fill(place, card(t("bans.allowed"), { flush: true }, table.element));
  look();
}

// May somebody play?

function checkForm(_, place) {
  const target = h("input", { name: "target", required: true, placeholder: "203.0.113.7", autocomplete: "off",
    spellcheck: "false" });
  const answer = h("div", { role: "status" });
  const form = h("form", { class: "filters", on: { submit } },
    field(t("ban.target"), target, { hint: t("ban.target.hint") }),
      h("button", { type: "submit", class: "primary" }, t("bans.check.do")));
  async function submit(event) {
    event.preventDefault();
    try {
      fill(answer, verdict(await get(`/bans/check${query({ target: target.value.trim() })}`)));
    } catch (fault) {
      fill(answer, notice("bad", fault.message, fault.hint));
    }
  }
  fill(place, card(t("bans.check"), {}, h("p", { class: "muted" }, t("bans.check.lead")), form, answer));
  target.focus();
}

function verdict(check) {
  const isOut = check.isBanned || (check.geoRefusal && check.geoIsEnforced);
  return h("div", { class: "stack" },
    isOut ? notice("bad", t("check.out", { target: check.target }), check.ban?.reason ?? check.geoRefusal)
      : notice("good", t("check.in", { target: check.target }), t("check.sessions", { n: check.sessions })),
    facts([
      [t("ban.source"), check.ban && (SOURCES[check.ban.source]?.() ?? check.ban.source)],
        [t("ban.origin"), check.ban?.origin],
      [t("ban.left"), check.ban && (check.ban.secondsLeft === undefined ? t("ban.forGood")
        : duration(check.ban.secondsLeft))],
      [t("check.allowedBy"), check.allowedBy], [t("check.protection"), check.protection],
      [t("check.country"), check.country && (check.geoRefusal ? pill(check.country, "warn") : check.country)],
      [t("check.system"), check.system && `AS${check.system}`], [t("check.open"), number(check.sessions)],
    ]));
}
