// The frame around every view: navigation, who is signed in, whether the page is live.

import { fill, h, icon, say } from "./parts/dom.js";
import { announce } from "./parts/dialog.js";
import { live } from "./parts/live.js";
import { may, me, takeTokens } from "./parts/api.js";
import { faultState, notice, pill } from "./parts/table.js";
import { t } from "./parts/words.js";
import { preferences } from "./preferences.js";
import { auditView } from "./views/audit.js";
import { bansView } from "./views/bans.js";
import { capturesView } from "./views/captures.js";
import { configView } from "./views/config.js";
import { evidenceView } from "./views/evidence.js";
import { overviewView } from "./views/overview.js";
import { rulesView } from "./views/rules.js";
import { sessionsView, sessionView } from "./views/sessions.js";
import { tokensView } from "./views/tokens.js";

// By the first part of the address. `needs` is the operation without which there is nothing to see.
const VIEWS = {
  overview: { title: () => t("nav.overview"), needs: "GET /status", view: overviewView },
  sessions: { title: () => t("nav.sessions"), needs: "GET /sessions", view: sessionsView, one: sessionView },
  bans: { title: () => t("nav.bans"), needs: "GET /bans", view: bansView },
  rules: { title: () => t("nav.rules"), needs: "GET /rules", view: rulesView },
  config: { title: () => t("nav.config"), needs: "GET /config", view: configView },
  captures: { title: () => t("nav.captures"), needs: "GET /captures", view: capturesView },
  audit: { title: () => t("nav.audit"), needs: "GET /audit", view: auditView },
  tokens: { title: () => t("nav.tokens"), needs: "GET /tokens", view: tokensView },
  evidence: { title: () => t("nav.evidence"), needs: "GET /evidence/{id}", one: evidenceView, hidden: true },
};

const ROLES = { viewer: () => t("role.viewer"), operator: () => t("role.operator"), admin: () => t("role.admin") };

const STATES = {
  connecting: () => [t("live.connecting"), "", t("live.connecting.hint")],
  live: () => [t("live.live"), "good", t("live.live.hint")],
  asking: () => [t("live.asking"), "warn", t("live.asking.hint")],
  lost: () => [t("live.lost"), "bad", t("live.lost.hint")],
};

const ATTACKS = {
  elevated: () => notice("warn", t("attack.elevated"), t("attack.elevated.hint")),
  under_attack: () => notice("bad", t("attack.underAttack"), t("attack.underAttack.hint")),
};

export function frame({ again, out }) {
  const ending = new AbortController();
  let view = null;
  let attack = "normal";

  const links = Object.entries(VIEWS).filter(([, entry]) => !entry.hidden && may(entry.needs)).map(([name, entry]) =>
    h("a", { href: `#/${name}`, "data-view": name }, icon(name), entry.title()));
  const side = h("div", { class: "side", id: "side" },
    h("div", { class: "brand" }, h("img", { src: "icon.svg", alt: "" }), "Mystel", h("small", null, me().version)),
    h("nav", { "aria-label": t("nav.label") }, h("ul", null, links.map((link) => h("li", null, link)))),
    h("div", { class: "foot" },
      h("div", { class: "who" }, h("b", { title: me().name }, me().name),
        pill(ROLES[me().role]?.() ?? me().role, "blue")),
      preferences(again),
      h("button", { type: "button", on: { click: out } }, icon("leave"), t("nav.out"))));
  const burger = h("button", {
    type: "button", class: "burger square", "aria-label": t("nav.menu"), "aria-controls": "side",
      "aria-expanded": "false",
    on: { click: () => openSide(!side.classList.contains("open")) },
  }, icon("menu"));
  const veil = h("div", { class: "veil", hidden: true, on: { click: () => openSide(false) } });
  const lights = [0, 1].map(() => h("span", { class: "live" }));
  const bar = h("header", { class: "bar" }, burger, h("img", { src: "icon.svg", alt: "" }), h("b", null, "Mystel"),
    lights[0]);
  const title = h("h1", { tabindex: "-1" });
  const actions = h("div", { class: "actions" });
  const alarm = h("div", { class: "alarm", role: "status" });
  const content = h("div", { class: "stack" });
  const main = h("main", { id: "main", tabindex: "-1" },
    h("div", { class: "top" }, title, actions, lights[1]), alarm, content);
  const element = h("div", null,
    h("a", { class: "skip", href: "#main", on: { click: (event) => { event.preventDefault(); main.focus(); } } },
      t("nav.skip")),
    h("div", { class: "frame" }, bar, veil, side, main));

  function openSide(opens) {
    side.classList.toggle("open", opens);
    veil.hidden = !opens;
    burger.setAttribute("aria-expanded", String(opens));
    if (opens) side.querySelector("a")?.focus();
  }

  function showState() {
    const [text, kind, hint] = STATES[live.state]();
    for (const light of lights) {
      const mark = pill(text, kind, true);
      mark.title = hint;
      fill(light, mark);
    }
  }

  function showAttack(state) {
    if (state === attack) return;
    attack = state;
    fill(alarm, ATTACKS[state]?.());
    announce(state === "normal" ? t("attack.over") : alarm.textContent);
  }

  function route() {
    takeTokens(); // A token of a link is nothing for the history.
    const parts = location.hash.replace(/^#\/?/, "").split("/").map(decodePart);
    const name = parts[0] in VIEWS && may(VIEWS[parts[0]].needs) ? parts[0] : "overview";
    const entry = VIEWS[name];
    const open = parts[1] && entry.one ? entry.one : entry.view ?? overviewView;
    for (const link of links) {
      if (link.dataset.view === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const isSame = view?.name === name && view?.part === parts[1];
    view?.ending.abort();
    view = { name, part: parts[1], ending: new AbortController() };
    const current = view;
    openSide(false);
    fill(actions);
    fill(content);
    const context = {
      parts, content, signal: current.ending.signal,
      actions: (...nodes) => fill(actions, nodes),
      title: (text) => {
        say(title, text);
        document.title = `${text} · Mystel`;
      },
      /** Runs a load; what goes wrong takes the view's place, with another try. */
      async load(work) {
        try {
          await work();
        } catch (fault) {
          if (current.ending.signal.aborted) return;
          if (!fault.status && !(fault.message && "problems" in fault)) throw fault;
          fill(content, faultState(fault, route));
        }
      },
    };
    context.title(entry.title());
    open(context);
    if (!isSame && document.activeElement !== document.body) title.focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  return {
    element,
    start() {
      addEventListener("hashchange", route, { signal: ending.signal });
      addEventListener("keydown", (event) => { if (event.key === "Escape") openSide(false); },
        { signal: ending.signal });
      live.on("state", () => { showState(); announce(STATES[live.state]()[0]); }, ending.signal);
      live.on("tick", ({ detail }) => showAttack(detail.counters.attack ?? "normal"), ending.signal);
      showState();
      route();
    },
    stop() {
      view?.ending.abort();
      ending.abort();
    },
  };
}

function decodePart(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}
