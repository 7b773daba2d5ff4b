// What happened lately, each in a line that leads to more.

import { code, fill, h } from "../parts/dom.js";
import { clock, label } from "../parts/format.js";
import { live } from "../parts/live.js";
import { emptyState, pill } from "../parts/table.js";
import { t } from "../parts/words.js";

const SHOWN = 14;

const link = (to, text) => h("a", { href: to }, text);
const session = (number) => link(`#/sessions/${number}`, t("feed.session", { number: String(number) }));
const evidence = (id) => id ? link(`#/evidence/${encodeURIComponent(id)}`, t("feed.evidence")) : null;

const times = (event) => event.count > 1 ? h("b", null, t("feed.times", { n: event.count })) : null;

/** What stands in a line, by kind. */
const LINES = {
  finding: (event) => [
    pill(event.isEnforced ? t("feed.acted") : t("feed.observed"), event.isEnforced ? "bad" : "warn"),
    h("span", null, event.title), times(event),
    h("span", { class: "muted" }, session(event.session), " · ", event.packet), evidence(event.evidence),
  ],
  session_ended: (event) => [
    pill(t("feed.ended"), ""), h("span", null, label(event.reason)), times(event),
    h("span", { class: "muted" }, t("feed.session", { number: String(event.session) }), " · ", event.client),
      evidence(event.evidence),
  ],
  ban_added: (event) => [
    pill(t("feed.banned"), "bad"), h("span", null, event.ban.target),
    h("span", { class: "muted" }, event.ban.reason), evidence(event.ban.evidence),
  ],
  ban_removed: (event) => [
    pill(t("feed.lifted"), "good"), h("span", null, event.target),
      event.by ? h("span", { class: "muted" }, event.by) : null,
  ],
  backend_down: (event) => [pill(t("feed.backendDown"), "bad"), h("span", null, event.backend), code(event.address)],
  backend_up: (event) => [pill(t("feed.backendUp"), "good"), h("span", null, event.backend), code(event.address)],
  attack: (event) => [pill(t("feed.attack"), event.state === "normal" ? "good" : "bad"),
    h("span", null, label(event.state))],
  configuration: (event) => [
    pill(t("feed.configuration"), "blue"),
      h("span", null, (event.keys ?? []).join(", ") || t("feed.configuration.text")),
    h("span", { class: "muted" }, event.by),
  ],
  draining: (event) => [pill(t("feed.draining"), "warn"),
    h("span", null, event.isDraining ? t("feed.draining.on") : t("feed.draining.off"))],
  missed: (event) => [pill(t("feed.missed"), "warn"), h("span", null, t("feed.missed.text", { n: event.count }))],
};

/** Ends that are nobody's fault are not news. */
const ORDINARY = new Set([
  "client_closed", "backend_closed", "drained", "health_probe", "empty", "idle", "half_close_expired",
]);

/** What is told as one line with a number, when it comes in numbers: ends for one reason, hits of one rule. */
const KINDS = {
  session_ended: (event) => event.reason, finding: (event) => `${event.rule} ${event.session}`,
};

/** The latest news, the same in a row of seconds told once. */
function news(events) {
  const lines = [];
  const known = new Map();
  for (const event of events) {
    if (!isNews(event)) continue;
    const name = event.kind in KINDS ? `${event.kind} ${KINDS[event.kind](event)}` : `${event.id}`;
    const line = known.get(name);
    if (line) {
      line.count += event.count ?? 1;
    } else if (lines.length < SHOWN) {
      const fresh = { ...event, count: event.count ?? 1 };
      known.set(name, fresh);
      lines.push(fresh);
    }
  }
  return lines;
}

const isNews = (event) => event.kind in LINES && !(event.kind === "session_ended" && ORDINARY.has(event.reason));

export function feed(signal) {
  const list = h("ol", { class: "feed" });
  const nothing = h("div");
  let waits = false;
  const draw = () => {
    waits = false;
    if (signal.aborted) return;
    const events = news(live.events);
    // A reader whose focus is in the list keeps it where it is.
    if (list.contains(document.activeElement)) return;
    fill(list, events.map((event) => h("li", null,
      h("time", null, clock(event.at)), h("div", { class: "what" }, LINES[event.kind](event)))));
    fill(nothing, events.length ? null : emptyState("info", t("feed.none"), t("feed.none.hint")));
  };
  live.on("event", () => {
    if (waits) return;
    waits = true;
    setTimeout(draw, 400);
  }, signal);
  draw();
  return h("div", null, list, nothing);
}
