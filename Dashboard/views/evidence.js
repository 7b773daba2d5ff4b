// What a ban, a close or a finding rests on.

import { button, fill, h } from "../parts/dom.js";
import { get, may, save } from "../parts/api.js";
import { toast, toastFault } from "../parts/dialog.js";
import { card, emptyState } from "../parts/table.js";
import { t } from "../parts/words.js";
import { addBan } from "./bans.js";

export function evidenceView({ content, signal, parts, title, actions, load }) {
  const id = parts[1];
  title(t("evidence.title"));
  const back = h("button", { type: "button", on: { click: () => history.back() } }, t("evidence.back"));
  actions(back);
  load(async () => {
    let proof;
    try {
      proof = await get(`/evidence/${encodeURIComponent(id)}`);
    } catch (fault) {
      if (fault.status !== 404) throw fault;
      return fill(content, card(id, {},
        emptyState("info", t("evidence.gone"), fault.message, h("p", null, t("evidence.gone.hint")))));
    }
    if (signal.aborted) return;
    const target = subject(proof);
    actions(back,
      button(t("evidence.copy"), () => copy(proof.text)),
      h("button", {
        type: "button", on: { click: () => save(new Blob([proof.text], { type: "text/plain" }), `${proof.id}.txt`) },
      }, t("evidence.save")),
      may("POST /bans") ? button(t("bans.add"), () => addBan(target, proof.title ?? ""), { class: "danger" }) : null);
    fill(content, card(proof.id, {},
      h("p", { class: "muted small" }, t("evidence.lead")), h("pre", { class: "text", tabindex: "0" }, proof.text)));
  });
}

/** Who it is about, as it says. */
function subject(proof) {
  const account = proof.account ?? proof.text.match(/\baccount[: ]+(\d+)/)?.[1];
  const address = proof.client ?? proof.text.match(/\b(?:client|address|from)[: ]+([0-9a-f.:]+[0-9a-f])/i)?.[1];
  return [account === undefined ? null : `account:${account}`, address?.replace(/:\d+$/, "")].filter(Boolean);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("evidence.copied"));
  } catch {
    toastFault({ message: t("evidence.notCopied"), hint: t("evidence.notCopied.hint") });
  }
}
