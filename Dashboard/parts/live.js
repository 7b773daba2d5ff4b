// What the gateway tells as it happens: counters each second, and events. By one stream, or, where there
// is no room for one more, by asking.

import { get, headers, isSignedIn, refused } from "./api.js";

const KEPT_TICKS = 300;
const KEPT_EVENTS = 200;

/** `state`: `connecting`, `live`, `asking` (no room for a stream), `lost`. */
class Live extends EventTarget {
  state = "connecting";
  ticks = [];
  events = [];
  #stop = null;
  #last = null;
  #previous = null;

  start() {
    this.stop();
    const stop = new AbortController();
    this.#stop = stop;
    this.#run(stop.signal);
  }

  stop() {
    this.#stop?.abort();
    this.#stop = null;
  }

  forget() {
    this.stop();
    Object.assign(this, { ticks: [], events: [], state: "connecting" });
    this.#last = null;
    this.#previous = null;
  }

  on(kind, listener, signal) { this.addEventListener(kind, listener, { signal }); }

  async #run(signal) {
    let wait = 500;
    while (!signal.aborted && isSignedIn()) {
      let status = 0;
      try {
        status = await this.#stream(signal, () => { wait = 500; });
      } catch { /* the line is gone: once more */ }
      if (signal.aborted) return;
      if (status === 401) return refused();
      if (status === 503 || status === 404) {
        this.#become("asking");
        await this.#ask();
        await pause(2000, signal);
      } else {
        this.#become("lost");
        await pause(wait, signal);
        wait = Math.min(wait * 2, 8000);
      }
    }
  }

  /** Reads the stream to its end. - Returns: the status, where it was not 200. */
  async #stream(signal, opened) {
    const more = { Accept: "text/event-stream" };
    // At first with what the gateway remembers, so that a fresh page is no empty one.
    more["Last-Event-ID"] = this.#last ?? "0";
    const answer = await fetch("/api/v1/events", {
      headers: headers(more), cache: "no-store", credentials: "omit", signal,
    });
    if (!answer.ok) return answer.status;
    opened();
    this.#become("live");
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const silence = watch(25_000, () => reader.cancel());
    try {
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return 200;
        silence.heard();
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) this.#take(block);
      }
    } finally {
      silence.end();
    }
  }

  #take(block) {
    let kind = "message";
    let data = "";
    for (const line of block.split("\n")) {
      if (line.startsWith("event:")) kind = line.slice(6).trim();
      if (line.startsWith("id:")) this.#last = line.slice(3).trim();
      if (line.startsWith("data:")) data += line.slice(5).trim();
    }
    if (!data) return;
    let content;
    try { content = JSON.parse(data); } catch { return; }
    if (kind === "tick") return this.#tick(content);
    if (kind === "ended") return refused();
    if (kind === "missed" && this.#last === null) return;
    this.events.unshift({ ...content, kind });
    this.events.length = Math.min(this.events.length, KEPT_EVENTS);
    this.#tell(kind, content);
    this.#tell("event", { ...content, kind });
  }

  /** Counters become rates: what was added since the last ones, by the time between. */
  #tick(counters) {
    const now = performance.now();
    const before = this.#previous;
    // The gateway's own clock where it tells it: what was late on the way is no dip, then a peak.
    const time = counters.milliseconds ?? now;
    this.#previous = { time, counters };
    const tick = { at: new Date(), counters,
      ...rates(before?.counters, counters, before ? (time - before.time) / 1000 : 0) };
    this.ticks.push(tick);
    if (this.ticks.length > KEPT_TICKS) this.ticks.shift();
    this.#tell("tick", tick);
  }

  async #ask() {
    try {
      const status = await get("/status");
      this.#tick({ attack: "normal", ...status });
    } catch { /* the next try says more */ }
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.#tell("state", state);
  }

  #tell(kind, detail) { this.dispatchEvent(new CustomEvent(kind, { detail })); }
}

const sum = (counts) => Object.values(counts ?? {}).reduce((total, value) => total + value, 0);

/** How fast counters grew; all 0 where they were never seen before, or began anew. */
export function rates(before, now, seconds) {
  const per = (pick) => {
    const [old, current] = before ? [pick(before), pick(now)] : [0, 0];
    return seconds > 0 && current >= old ? (current - old) / seconds : 0;
  };
  return {
    packetsToBackend: per((c) => c.packets.toBackend), packetsToClient: per((c) => c.packets.toClient),
    bytesToBackend: per((c) => c.bytes.toBackend), bytesToClient: per((c) => c.bytes.toClient),
    dropped: per((c) => sum(c.drops)), noted: per((c) => sum(c.notes)), closed: per((c) => sum(c.closes)),
  };
}

/** Calls `late` when nothing was heard for so long. */
function watch(milliseconds, late) {
  let timer = setTimeout(late, milliseconds);
  return {
    heard() { clearTimeout(timer); timer = setTimeout(late, milliseconds); },
    end() { clearTimeout(timer); },
  };
}

function pause(milliseconds, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
  });
}

export const live = new Live();
