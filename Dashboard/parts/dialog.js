// Dialogs, which keep the focus while they are open, and short notes of what was done.

import { fill, fresh, h, say } from "./dom.js";
import { notice } from "./table.js";
import { t } from "./words.js";

/** A labelled input. `extra.hint` explains it. */
export function field(label, input, { hint, id = fresh("field") } = {}) {
  input.id = id;
  if (hint) input.setAttribute("aria-describedby", `${id}-hint`);
  return h("div", { class: "field" }, h("label", { for: id }, label), input,
    hint ? h("span", { class: "hint", id: `${id}-hint` }, hint) : null);
}

export function checkbox(label, input, id = fresh("field")) {
  input.id = id;
  input.type = "checkbox";
  return h("div", { class: "check" }, input, h("label", { for: id }, label));
}

export function select(options, value) {
  const input = h("select", null, options.map(([name, text]) => h("option", { value: name }, text)));
  if (value !== undefined) input.value = value;
  return input;
}

/**
 * Asks for something. `run` does what is wanted once the form is sent; when it throws, the dialog stays
 * and says why. - Returns: what `run` answered; undefined where the user thought better of it.
 */
export function ask({ title, text, content = [], action, kind = "primary", run, broad = false }) {
  return new Promise((done) => {
    const heading = fresh("title");
    const wrong = h("div", { role: "alert" });
    const send = h("button", { type: "submit", class: kind }, action);
    const cancel = h("button", { type: "button", on: { click: () => dialog.close() } }, t("dialog.cancel"));
    let result;
    const form = h("form", { on: { submit } },
      h("h2", { id: heading }, title), text ? h("p", { class: "muted" }, text) : null,
      content, wrong, h("div", { class: "buttons" }, cancel, send));
    const dialog = open(form, heading, broad, () => done(result));

    async function submit(event) {
      event.preventDefault();
      send.disabled = true;
      fill(wrong);
      try {
        result = await run() ?? true;
        dialog.close();
      } catch (fault) {
        fill(wrong, notice("bad", fault.message, fault.hint));
        for (const problem of fault.problems ?? []) {
          wrong.append(h("p", { class: "small" }, `${problem.key ?? problem.place}: ${problem.message}`));
        }
      } finally {
        send.disabled = false;
      }
    }
  });
}

/** Shows something that is only to be read. */
export function show({ title, content, broad = false, actions = [] }) {
  const heading = fresh("title");
  const inside = h("div", { class: "inside" }, h("h2", { id: heading }, title), content,
    h("div", { class: "buttons" }, actions,
      h("button", { type: "button", class: "primary", on: { click: () => dialog.close() } }, t("dialog.close"))));
  const dialog = open(inside, heading, broad, () => {});
  return dialog;
}

function open(inside, heading, broad, closed) {
  const before = document.activeElement;
  const dialog = h("dialog", { class: broad ? "broad" : null, "aria-labelledby": heading }, inside);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    closed();
  });
  // A press outside closes it, as Escape does.
  dialog.addEventListener("pointerdown", (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function closeAll() {
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
}

const toasts = h("div", { class: "toasts" });
const voice = h("div", { class: "unseen", "aria-live": "polite", role: "status" });

/** The places of notes: they outlive the views. */
export function outlets() { return [toasts, voice]; }

/** Says a change to whoever listens rather than looks. */
export function announce(text) { say(voice, text); }

export function toast(title, text = "", kind = "good") {
  const note = notice(kind, title, text);
  toasts.append(note);
  announce(`${title} ${text}`);
  setTimeout(() => note.remove(), kind === "bad" ? 9000 : 5000);
}

export function toastFault(fault) { toast(fault.message, fault.hint, "bad"); }
