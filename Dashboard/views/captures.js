// Recordings of single sessions: begun, watched and fetched here.

import { button, fill, h } from "../parts/dom.js";
import { download, get, may, post, remove } from "../parts/api.js";
import { ask, field, select, toast, toastFault } from "../parts/dialog.js";
import { bytes, dateTime, label } from "../parts/format.js";
import { card, dataTable, emptyState, pill } from "../parts/table.js";
import { t } from "../parts/words.js";

export function capturesView({ content, signal, load, actions }) {
  const table = dataTable({
    caption: t("nav.captures"), key: (capture) => capture.id,
    columns: [
      { head: t("capture.id"), cell: (capture) => String(capture.id) },
      {
        head: t("capture.session"), version: (capture) => capture.session,
        cell: (capture) => h("a", { href: `#/sessions/${capture.session}` }, String(capture.session)),
      },
      { head: t("capture.format"), cell: (capture) => capture.format },
      { head: t("capture.at"), cell: (capture) => capture.at ? dateTime(capture.at) : "" },
      { head: t("capture.size"), class: "number", cell: (capture) => bytes(capture.bytes) },
      {
        head: t("capture.state"), version: (capture) => capture.state ?? String(capture.isRunning),
        cell: (capture) => capture.isRunning ? pill(t("capture.running"), "good", true)
          : pill(label(capture.state) || t("capture.over")),
      },
      {
        head: "", class: "actions", version: (capture) => `${capture.id} ${capture.isRunning}`,
        cell: (capture) => h("span", { class: "row" },
          may("GET /captures/{id}/file") ? button(t("capture.download"), () => fetchOne(capture), { class: "quiet" })
            : null,
          may("DELETE /captures/{id}") && capture.isRunning
            ? button(t("capture.end"), () => end(capture), { class: "quiet harm" }) : null),
      },
    ],
    empty: () => emptyState("captures", t("captures.none"), t("captures.none.hint")),
  });
  const look = () => load(async () => {
    const page = await get("/captures");
    if (!signal.aborted) table.update(page.items);
  });

  async function fetchOne(capture) {
    try {
      await download(`/captures/${encodeURIComponent(capture.id)}/file`,
        `mystel-${capture.id}.${capture.format === "pcap" ? "pcap" : "jsonl"}`);
    } catch (fault) {
      toastFault(fault);
    }
  }
  async function end(capture) {
    try {
      await remove(`/captures/${encodeURIComponent(capture.id)}`);
      look();
    } catch (fault) {
      toastFault(fault);
    }
  }
  async function begin() {
    const session = h("input", { name: "session", required: true, inputmode: "numeric", pattern: "[0-9]+" });
    const format = select([["transcript", t("capture.transcript")], ["pcap", "pcap"]], "transcript");
    const done = await ask({
      title: t("capture.add.title"), text: t("capture.add.text"), action: t("capture.add"),
      content: [field(t("capture.session"), session), field(t("capture.format"), format)],
      run: () => post("/captures", { session: Number(session.value), format: format.value }),
    });
    if (!done) return;
    toast(t("capture.add.done", { number: session.value }));
    look();
  }

  actions(may("POST /captures") ? button(t("capture.add"), begin, { class: "primary" }) : null);
  fill(content, h("p", { class: "lead" }, t("captures.lead")),
    card(t("nav.captures"), { flush: true }, table.element));
  const timer = setInterval(() => { if (!document.hidden) look(); }, 3000);
  signal.addEventListener("abort", () => clearInterval(timer));
  look();
}
