// Who is connected; and one session, with what its packets broke.

import { button, code, fill, h } from "../parts/dom.js";
import { ask, field, select, toast } from "../parts/dialog.js";
import { get, may, query, remove } from "../parts/api.js";
import { bytes, dateTime, duration, label, number } from "../parts/format.js";
import { live } from "../parts/live.js";
import { card, dataTable, emptyState, facts, faultState, notice, pill } from "../parts/table.js";
import { t } from "../parts/words.js";
import { addBan } from "./bans.js";

const PAGE = 100;

export function sessionsView({ content, signal, load, parts }) {
  const target = h("input", { name: "target", value: parts[1] === "of" ? parts[2] ?? "" : "",
    placeholder: "203.0.113.7", autocomplete: "off", spellcheck: "false" });
  const listener = select([["", t("sessions.allListeners")]], "");
  listener.name = "listener";
  const table = sessionTable();
  const more = h("div", { class: "more" });
  const found = h("p", { class: "muted small", role: "status" });
  let shown = PAGE;

  const filters = h("form", { class: "filters", role: "search",
    on: { submit: (event) => { event.preventDefault(); look(); } } },
    field(t("sessions.target"), target), field(t("sessions.listener"), listener),
    h("button", { type: "submit" }, t("sessions.find")));
  const wrong = h("div", { role: "alert" });
  fill(content, filters, wrong, card(t("nav.sessions"), { actions: found, flush: true }, table.element, more));

  async function look() {
    await load(async () => {
      let page;
      try {
        page = await get(`/sessions${query({ target: target.value.trim(), listener: listener.value, limit: Math.min(shown, 1000) })}`);
      } catch (fault) {
        // A slip in the filter is said beside it.
        if (fault.status !== 400) throw fault;
        return fill(wrong, notice("bad", fault.message, fault.hint));
      }
      if (signal.aborted) return;
      fill(wrong);
      table.update(page.items);
      found.textContent = t(page.next === undefined ? "sessions.count" : "sessions.first", { n: page.items.length });
      fill(more, page.next === undefined || shown >= 1000 ? null
        : h("button", { type: "button", on: { click: () => { shown += PAGE * 2; look(); } } }, t("table.more")));
    });
  }

  listener.addEventListener("change", look);
  every(5000, look, signal);
  soonAfter(["session_opened", "session_ended"], look, signal);
  look();
  get("/listeners").then((page) => {
    for (const entry of page.items) listener.append(h("option", { value: entry.name }, entry.name));
  }, () => { /* then only all of them can be chosen */ });
}

/** Again and again while the page is looked at. */
function every(milliseconds, work, signal) {
  const timer = setInterval(() => { if (!document.hidden) work(); }, milliseconds);
  signal.addEventListener("abort", () => clearInterval(timer));
}

/** Once for all events of a second. */
function soonAfter(kinds, work, signal) {
  let waits = false;
  for (const kind of kinds) {
    live.on(kind, () => {
      if (waits) return;
      waits = true;
      setTimeout(() => {
        waits = false;
        if (!signal.aborted) work();
      }, 900);
    }, signal);
  }
}

function sessionTable() {
  return dataTable({
    caption: t("nav.sessions"), key: (session) => session.id,
    columns: [
      {
        head: t("session.id"), version: (session) => session.id,
        cell: (session) => h("a", { href: `#/sessions/${session.id}`, class: "nowrap" }, String(session.id)),
      },
      {
        head: t("session.client"), version: (session) => `${session.client} ${session.account}`,
        cell: (session) => h("span", null, code(session.client),
          session.account === undefined ? null
            : h("span", { class: "sub" }, t("session.account.of", { account: String(session.account) }))),
      },
      { head: t("session.listener"), class: "minor", cell: (session) => session.listener },
      { head: t("session.phase"), version: (session) => session.phase,
        cell: (session) => pill(label(session.phase)) },
      { head: t("session.since"), class: "number", cell: (session) => duration(session.seconds) },
      { head: t("session.packets"), class: "number minor", cell: (session) => number(session.packets.toBackend) },
      { head: t("session.bytes"), class: "number",
        cell: (session) => bytes(session.bytes.toBackend + session.bytes.toClient) },
      {
        head: t("session.score"), class: "number", version: (session) => session.score ?? 0,
        cell: (session) => session.score ? pill(number(session.score), session.score >= 50 ? "bad" : "warn") : "",
      },
    ],
    empty: () => emptyState("sessions", t("sessions.none"), t("sessions.none.hint")),
  });
}

/** One session, live until it ends. */
export function sessionView({ content, signal, parts, title, actions }) {
  const id = parts[1];
  title(t("session.title", { number: id }));
  let session = null;
  let over = null;
  // What was done here, until the gateway tells the reason.
  let act;
  let evidence = [];

  const back = h("a", { class: "button", href: "#/sessions" }, t("session.back"));

  function draw() {
    const ended = over || !session;
    actions(back,
      !ended && may("POST /captures")
        ? h("a", { class: "button", href: `#/captures/of/${encodeURIComponent(id)}` }, t("capture.add")) : null,
      !ended && may("POST /bans") ? button(t("bans.add"), ban) : null,
      !ended && may("DELETE /sessions/{id}") ? button(t("session.end"), end, { class: "danger" }) : null);
    if (!session) return;
    const proofs = new Map(evidence.map((entry) => [`${entry.rule}`, entry.id ?? entry.evidence]));
    fill(content,
      over ? notice("warn", over.reason ? t("session.over", { reason: label(over.reason) }) : t("session.over.bare"),
        t("session.over.hint")) : null,
      card(t("session.facts"), {}, facts([
        [t("session.client"), code(session.client)], [t("session.peer"), session.peer],
        [t("session.account"), session.account === undefined ? t("session.account.none") : String(session.account)],
        [t("session.listener"), session.listener], [t("session.backend"), session.backend],
        [t("session.build"), session.build], [t("session.phase"), label(session.phase)],
        [t("session.since"), duration(session.seconds)], [t("session.idle"), duration(session.idleSeconds)],
        [t("session.toBackend"), t("session.traffic",
          { packets: number(session.packets.toBackend), bytes: bytes(session.bytes.toBackend) })],
        [t("session.toClient"), t("session.traffic",
          { packets: number(session.packets.toClient), bytes: bytes(session.bytes.toClient) })],
        [t("session.score"), number(session.score ?? 0)],
      ])),
      card(t("session.findings"), { flush: true }, findingTable(session.findings ?? [], proofs)));
    if (evidence.length) content.append(card(t("session.evidence"), { flush: true }, evidenceTable(evidence)));
  }

  async function look() {
    try {
      session = await get(`/sessions/${encodeURIComponent(id)}`);
    } catch (fault) {
      if (signal.aborted) return;
      if (fault.status === 404 && !session) {
        actions(back);
        fill(content, card(t("session.gone"), {}, emptyState("sessions", t("session.gone.title"), fault.message,
          h("p", null, t("session.gone.hint")))));
        if (evidence.length) content.append(card(t("session.evidence"), { flush: true }, evidenceTable(evidence)));
      } else if (fault.status === 404) {
        over ??= live.events.find((event) => event.kind === "session_ended" && String(event.session) === id)
          ?? { reason: act };
        draw();
      } else if (!session) {
        fill(content, faultState(fault, look));
      }
      return;
    }
    if (!signal.aborted) draw();
  }

  async function proofs() {
    const seen = live.events.filter((event) => event.evidence && String(event.session) === id)
      .map((event) => ({ ...event, id: event.evidence }));
    const known = may("GET /evidence")
      ? await get(`/evidence${query({ session: id, limit: 50 })}`).then((page) => page.items, () => []) : [];
    const byId = new Map([...seen, ...known].map((entry) => [entry.id, entry]));
    if (byId.size === evidence.length || signal.aborted) return;
    evidence = [...byId.values()];
    if (session) draw();
    else look();
  }

  async function end() {
    const done = await ask({
      title: t("session.end.title", { number: id }), text: t("session.end.text"), action: t("session.end"),
        kind: "danger",
      run: () => remove(`/sessions/${encodeURIComponent(id)}`),
    });
    if (done) {
      act = "kicked";
      toast(t("session.end.done", { number: id }));
      look();
    }
  }

  async function ban() {
    const address = session.client.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
    const suggestions = session.account === undefined ? [address] : [`account:${session.account}`, address];
    if (await addBan(suggestions, evidence[0]?.title ?? session.findings?.[0]?.title ?? "")) {
      act = "banned";
      // The ban has met the session within a second.
      setTimeout(look, 1000);
      look();
    }
  }

  live.on("session_ended", ({ detail }) => {
    if (String(detail.session) !== id) return;
    over = detail;
    proofs();
    draw();
  }, signal);
  live.on("finding", ({ detail }) => {
    if (String(detail.session) !== id) return;
    look();
    proofs();
  }, signal);
  const timer = setInterval(() => { if (!over && !document.hidden) look(); }, 4000);
  signal.addEventListener("abort", () => clearInterval(timer));
  look();
  proofs();
}

function findingTable(findings, proofs) {
  const table = dataTable({
    caption: t("session.findings"), key: (entry) => entry.key,
    columns: [
      { head: t("finding.title"), class: "grow",
        cell: (entry) => h("span", null, entry.title, h("span", { class: "sub mono" }, entry.rule)) },
      { head: t("finding.packet"), cell: (entry) => code(entry.packet) },
      { head: t("finding.field"), cell: (entry) => entry.field ? code(entry.field) : "" },
      {
        head: t("finding.mode"),
        cell: (entry) => entry.isEnforced ? pill(t("feed.acted"), "bad") : pill(t("feed.observed"), "warn"),
      },
      {
        head: t("finding.evidence"), cell: (entry) => proofs.get(entry.rule)
          ? h("a", { href: `#/evidence/${encodeURIComponent(proofs.get(entry.rule))}` }, t("feed.evidence")) : "",
      },
    ],
    empty: () => emptyState("check", t("session.clean"), t("session.clean.hint")),
  });
  table.update(findings.map((finding, index) => ({ ...finding, key: index })));
  return table.element;
}

function evidenceTable(entries) {
  const table = dataTable({
    caption: t("session.evidence"), key: (entry) => entry.id,
    columns: [
      { head: t("evidence.id"), cell: (entry) => h("a", { href: `#/evidence/${encodeURIComponent(entry.id)}` },
        entry.id) },
      { head: t("finding.title"), class: "grow",
        cell: (entry) => entry.title ?? label(entry.reason ?? entry.rule ?? "") },
      { head: t("evidence.at"), cell: (entry) => entry.at ? dateTime(entry.at) : "" },
    ],
  });
  table.update(entries);
  return table.element;
}
