// What single sessions sent and got, taken down for a while: begun, watched and fetched here.

import { button, code, fill, h } from "../parts/dom.js";
import { get, may, post, query, remove, save } from "../parts/api.js";
import { ask, checkbox, field, select, toast, toastFault } from "../parts/dialog.js";
import { bytes, dateTime, number } from "../parts/format.js";
import { card, dataTable, emptyState, pill } from "../parts/table.js";
import { t } from "../parts/words.js";

const ENDS = {
  full: () => t("capture.full"), time: () => t("capture.time"), session_ended: () => t("capture.sessionEnded"),
  stopped: () => t("capture.stopped"),
};

export function capturesView({ content, signal, load, actions, parts }) {
  const table = dataTable({
    caption: t("nav.captures"), key: (capture) => capture.id,
    columns: [
      { head: t("capture.id"), cell: (capture) => String(capture.id) },
      {
        head: t("capture.session"), version: (capture) => capture.session,
        cell: (capture) => h("a", { href: `#/sessions/${capture.session}` }, String(capture.session)),
      },
      { head: t("capture.at"), cell: (capture) => dateTime(capture.started) },
      { head: t("capture.packets"), class: "number", cell: (capture) => number(capture.packets) },
      { head: t("capture.size"), class: "number", cell: (capture) => bytes(capture.bytes) },
      {
        head: t("capture.state"), version: (capture) => `${capture.isRunning} ${capture.end}`,
        cell: (capture) => capture.isRunning
          ? pill(t("capture.running"), "good", true) : pill(ENDS[capture.end]?.() ?? String(capture.end)),
      },
      {
        head: "", class: "actions", version: (capture) => `${capture.id} ${capture.isRunning}`,
        cell: (capture) => h("span", { class: "row" },
          may("GET /captures/{id}/transcript")
            ? button(t("capture.download"), () => fetchOne(capture), { class: "quiet" }) : null,
          capture.isRunning && may("POST /captures/{id}/stop")
            ? button(t("capture.stop"), () => change(() => post(`/captures/${capture.id}/stop`)), { class: "quiet" })
              : null,
          may("DELETE /captures/{id}")
            ? button(t("capture.remove"), () => change(() => remove(`/captures/${capture.id}`)),
              { class: "quiet harm" }) : null),
      },
    ],
    empty: () => emptyState("captures", t("captures.none"), t("captures.none.hint")),
  });
  const look = () => load(async () => {
    const page = await get("/captures");
    if (!signal.aborted) table.update(page.items);
  });

  async function change(work) {
    try {
      await work();
      look();
    } catch (fault) {
      toastFault(fault);
    }
  }

  /** Asks whether what players wrote is to be in it, and puts the parts together. */
  async function fetchOne(capture) {
    const secrets = h("input", { name: "secrets" });
    await ask({
      title: t("capture.download.title", { number: String(capture.session) }), text: t("capture.download.text"),
      action: t("capture.download"), content: [checkbox(t("capture.secrets"), secrets)],
      run: async () => {
        const texts = [];
        let after;
        do {
          const part = await get(`/captures/${capture.id}/transcript${query({ after, secrets: secrets.checked || "" })}`);
          texts.push(part.text);
          after = part.next;
        } while (after !== undefined);
        save(new Blob(texts, { type: "application/jsonl" }), `mystel-session-${capture.session}.jsonl`);
      },
    });
  }

  async function begin(of) {
    const session = h("input",
      { name: "session", required: true, inputmode: "numeric", pattern: "[0-9]+", value: of });
    const span = select([["60", t("capture.span.minute")], ["600", t("capture.span.ten")],
      ["3600", t("ban.span.hour")]], "60");
    const done = await ask({
      title: t("capture.add"), text: t("capture.add.text"), action: t("capture.add"),
      content: [field(t("capture.session"), session), field(t("capture.span"), span),
        h("p", { class: "small muted" }, t("capture.also"), " ", code("mystel inspect"))],
      run: () => post("/captures", { session: Number(session.value), seconds: Number(span.value) }),
    });
    if (!done) return;
    toast(t("capture.add.done", { number: String(done.session) }));
    look();
  }

  actions(may("POST /captures") ? button(t("capture.add"), () => begin(""), { class: "primary" }) : null);
  fill(content, h("p", { class: "lead" }, t("captures.lead")),
    card(t("nav.captures"), { flush: true }, table.element));
  const timer = setInterval(() => { if (!document.hidden) look(); }, 3000);
  signal.addEventListener("abort", () => clearInterval(timer));
  look();
  if (parts[1] === "of" && may("POST /captures")) begin(parts[2] ?? "");
}
