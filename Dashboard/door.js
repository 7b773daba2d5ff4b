// Signing in with a token.

import { fill, h } from "./parts/dom.js";
import { checkbox, field } from "./parts/dialog.js";
import { notice } from "./parts/table.js";
import { t } from "./parts/words.js";
import { preferences } from "./preferences.js";

/** Asks for a token. `enter(token, stays)` lets in, or throws; `why` says how one came back here. */
export function door({ enter, why, again }) {
  const token = h("input", {
    type: "password", name: "token", autocomplete: "off", spellcheck: "false", required: true,
    placeholder: "mystel_…",
  });
  const stays = h("input");
  const wrong = h("div", { role: "alert" });
  const button = h("button", { type: "submit", class: "primary" }, t("door.enter"));
  if (why) fill(wrong, notice("warn", why, t("door.expired.hint")));

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    fill(wrong);
    try {
      await enter(token.value, stays.checked);
    } catch (fault) {
      token.setAttribute("aria-invalid", "true");
      fill(wrong, notice("bad",
        fault.status === 401 ? t("door.wrong") : fault.message,
        fault.status === 401 ? t("door.wrong.hint") : fault.hint));
      token.focus();
      token.select();
    } finally {
      button.disabled = false;
    }
  }

  const element = h("main", { class: "door", id: "main" },
    h("form", { on: { submit } },
      h("div", { class: "brand" }, h("img", { src: "icon.svg", alt: "" }), "Mystel"),
      h("div", null, h("h1", null, t("door.title")), h("p", { class: "muted" }, t("door.lead"))),
      wrong,
      field(t("door.token"), token, { hint: t("door.hint") }),
      h("pre", { class: "text", tabindex: "0" }, "mystel token add me --role operator --for 90d"),
      checkbox(t("door.stay"), stays),
      button, preferences(again)));
  return { element, focus: () => token.focus() };
}
