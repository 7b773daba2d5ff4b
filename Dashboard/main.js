// Starts the page: signs in, draws the frame, and shows the view that the address names.

import { fill, h } from "./parts/dom.js";
import { closeAll, outlets } from "./parts/dialog.js";
import { live } from "./parts/live.js";
import { onRefused, signIn, signOut, takeTokens } from "./parts/api.js";
import { startLanguage, t } from "./parts/words.js";
import { door } from "./door.js";
import { frame } from "./frame.js";
import { startTheme } from "./preferences.js";

const stage = h("div");
let shown = null;

function showDoor(why) {
  leave();
  const page = door({ enter, why, again: () => showDoor(why) });
  document.title = `${t("door.title")} · Mystel`;
  fill(stage, page.element);
  page.focus();
}

async function enter(token, stays) {
  await signIn(token, stays);
  live.start();
  showFrame();
}

function showFrame() {
  leave();
  shown = frame({ again: showFrame, out: () => { forget(); showDoor(); } });
  fill(stage, shown.element);
  shown.start();
}

function leave() {
  closeAll();
  shown?.stop();
  shown = null;
}

function forget() {
  signOut();
  live.forget();
}

onRefused(() => {
  forget();
  showDoor(t("door.expired"));
});

async function begin() {
  startTheme();
  startLanguage();
  document.body.append(stage, ...outlets());
  let why;
  for (const token of takeTokens()) {
    try {
      return await enter(token, false);
    } catch (fault) {
      why = fault.status === 401 ? t("door.expired") : fault.message;
      // What the gateway does not know now it may know in a moment.
      if (fault.status !== 401) break;
      signOut();
    }
  }
  showDoor(why);
}

begin();
