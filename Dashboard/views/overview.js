// What the gateway does right now.

import { button, code, fill, h, say } from "../parts/dom.js";
import { bars, lineChart } from "../parts/chart.js";
import { brief, bytes, bytesPerSecond, duration, label, number, rate } from "../parts/format.js";
import { get, may, post, remove } from "../parts/api.js";
import { ask, toast, toastFault } from "../parts/dialog.js";
import { live } from "../parts/live.js";
import { card, dataTable, emptyState, pill } from "../parts/table.js";
import { t } from "../parts/words.js";
import { feed } from "./feed.js";

export function overviewView({ content, signal, load, title, actions }) {
  title(t("nav.overview"));
  const stats = statCards();
  const players = lineChart({
    title: t("overview.players"), format: brief,
    series: [{ name: t("overview.players"), pick: (tick) => tick.counters.sessions }],
  });
  const packets = lineChart({
    title: t("overview.packets"), format: brief,
    series: [
      { name: t("way.toBackend"), pick: (tick) => tick.packetsToBackend },
      { name: t("way.toClient"), pick: (tick) => tick.packetsToClient },
    ],
  });
  const traffic = lineChart({
    title: t("overview.bytes"), format: bytes, base: 1024,
    series: [
      { name: t("way.toBackend"), pick: (tick) => tick.bytesToBackend },
      { name: t("way.toClient"), pick: (tick) => tick.bytesToClient },
    ],
  });
  const verdicts = lineChart({
    title: t("overview.verdicts"), format: rate,
    series: [
      { name: t("verdict.noted"), pick: (tick) => tick.noted },
      { name: t("verdict.dropped"), colour: "warn", pick: (tick) => tick.dropped },
      { name: t("verdict.closed"), pick: (tick) => tick.closed },
    ],
  });
  const reasons = h("div");
  const backends = backendTable();
  const listeners = listenerTable();
  const happened = feed(signal);
  fill(content, stats.element,
    h("div", { class: "grid two" },
      card(t("overview.players"), {}, players.element), card(t("overview.verdicts"), {}, verdicts.element),
      card(t("overview.packets"), {}, packets.element), card(t("overview.bytes"), {}, traffic.element)),
    h("div", { class: "grid wide-first" },
      card(t("overview.happened"), { flush: true }, happened),
      card(t("overview.reasons"), {}, h("p", { class: "muted small" }, t("overview.reasons.lead")), reasons)),
    h("div", { class: "grid two" },
      card(t("overview.backends"), { flush: true }, backends.element),
      card(t("overview.listeners"), { flush: true }, listeners.element)));

  let status = null;
  let phase = null;
  const look = () => load(async () => {
    status = await get("/status");
    if (signal.aborted) return;
    stats.status(status);
    backends.update(status.backends);
    listeners.update(status.listeners);
    // The same button stays, so that its focus does.
    if (status.phase !== phase) actions(drainButton(status, look));
    phase = status.phase;
  });
  const draw = () => {
    const now = live.ticks.at(-1);
    if (!now) return;
    stats.tick(now);
    for (const chart of [players, packets, traffic, verdicts]) chart.update(live.ticks);
    fill(reasons, reasonBars(now.counters));
  };
  live.on("tick", draw, signal);
  for (const kind of ["backend_up", "backend_down", "ban_added", "ban_removed", "draining"]) live.on(kind, look,
    signal);
  const timer = setInterval(look, 10_000);
  signal.addEventListener("abort", () => clearInterval(timer));
  draw();
  look();
}

/** Lets nobody new in, or takes that back. */
function drainButton(status, done) {
  if (!may("POST /drain") || !may("DELETE /drain")) return null;
  if (status.phase === "draining") {
    return button(t("drain.undo"), async () => {
      try {
        await remove("/drain");
        toast(t("feed.draining.off"));
      } catch (fault) {
        toastFault(fault);
      }
      done();
    });
  }
  return button(t("drain.do"), async () => {
    const drained = await ask({
      title: t("drain.title"), text: t("drain.text"), action: t("drain.do"), kind: "danger",
        run: () => post("/drain", {}),
    });
    if (drained) toast(t("feed.draining.on"));
    done();
  });
}

function statCards() {
  const parts = {};
  const stat = (name, text) => {
    parts[name] = { value: h("dd", { class: "value" }, "–"), note: h("dd", { class: "note" }) };
    return h("div", { class: "card" }, h("dl", { class: "stat" },
      h("dt", null, text), parts[name].value, parts[name].note));
  };
  const element = h("div", { class: "grid cards" },
    stat("players", t("overview.players")), stat("packets", t("overview.packets")),
    stat("bytes", t("overview.bytes")), stat("stopped", t("overview.stopped")),
    may("GET /bans") ? stat("bans", t("overview.bans")) : null);
  return {
    element,
    tick(tick) {
      const counters = tick.counters;
      say(parts.players.value, number(counters.sessions));
      say(parts.players.note, t("overview.capacity", { n: counters.capacity }));
      say(parts.packets.value, brief(tick.packetsToBackend + tick.packetsToClient));
      say(parts.packets.note, t("overview.total",
        { total: brief(counters.packets.toBackend + counters.packets.toClient) }));
      say(parts.bytes.value, bytesPerSecond(tick.bytesToBackend + tick.bytesToClient));
      say(parts.bytes.note, t("overview.total",
        { total: bytes(counters.bytes.toBackend + counters.bytes.toClient) }));
      say(parts.stopped.value, rate(tick.dropped + tick.closed));
      say(parts.stopped.note, t("overview.stopped.note"));
      if (parts.bans && counters.bans !== undefined) say(parts.bans.value, number(counters.bans));
    },
    status(status) {
      if (!parts.bans) return;
      if (status.bans !== undefined) say(parts.bans.value, number(status.bans));
      say(parts.bans.note, status.isStored === false ? t("overview.bans.memory")
        : t("overview.up", { time: duration(status.upSeconds) }));
    },
  };
}

/** Why packets and sessions were stopped in the last minutes, by what the ticks of that time add up to. */
function reasonBars(counters) {
  const first = live.ticks[0].counters;
  const items = [];
  for (const [field, kind, note] of [
    ["closes", "bad", t("verdict.closed")], ["drops", "warn", t("verdict.dropped")],
      ["notes", "", t("verdict.noted")],
  ]) {
    for (const [name, count] of Object.entries(counters[field] ?? {})) {
      const value = count - (first[field]?.[name] ?? 0);
      if (value > 0) items.push({ name: label(name), value, kind, note });
    }
  }
  if (!items.length) return emptyState("check", t("overview.quiet"), t("overview.quiet.hint"));
  items.sort((one, other) => other.value - one.value);
  return bars(items.slice(0, 9), number);
}

function backendTable() {
  return dataTable({
    caption: t("overview.backends"), key: (backend) => backend.name,
    columns: [
      { head: t("backend.name"), cell: (backend) => backend.name },
      { head: t("backend.address"), cell: (backend) => code(backend.address), version: (backend) => backend.address },
      {
        head: t("backend.state"), version: (backend) => String(backend.isDown),
        cell: (backend) => backend.isDown ? pill(t("backend.down"), "bad", true)
          : pill(t("backend.up"), "good", true),
      },
      { head: t("backend.halfOpen"), class: "number", cell: (backend) => number(backend.halfOpen) },
    ],
    empty: () => emptyState("info", t("overview.backends.none"), t("overview.backends.none.hint")),
  });
}

function listenerTable() {
  return dataTable({
    caption: t("overview.listeners"), key: (listener) => listener.name,
    columns: [
      { head: t("listener.name"), cell: (listener) => listener.name },
      { head: t("listener.address"), cell: (listener) => code(listener.address),
        version: (listener) => listener.address },
      { head: t("listener.backend"), cell: (listener) => listener.backend },
      {
        head: t("listener.state"), version: (listener) => String(listener.isRefusing),
        cell: (listener) => listener.isRefusing
          ? pill(t("listener.refusing"), "bad", true) : pill(t("listener.open"), "good", true),
      },
    ],
    empty: () => emptyState("info", t("overview.listeners.none"), t("overview.listeners.none.hint")),
  });
}
