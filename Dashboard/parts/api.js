// Requests to the gateway. The token is kept in memory, and leaves it only if the user asks for that.

import { t } from "./words.js";

const BASE = "/api/v1";
const KEPT = "mystel.token";

let token = null;
let self = null;
const listeners = new Set();
const leaving = new Set();

/** Why a request was not done, in the gateway's own words. */
export class Fault extends Error {
  constructor(status, problem = {}) {
    super(problem.detail ?? problem.title ?? t("fault.status", { status: String(status) }));
    this.status = status;
    this.hint = problem.hint;
    this.problems = problem.problems ?? [];
  }
}

/**
 * The token that was kept, and that of the address's fragment, which is taken away from the address at once.
 * To be tried in this order: whoever is signed in stays who he is, whatever link he follows.
 */
export function takeTokens() {
  const match = location.hash.match(/^#token=([^&]+)/);
  if (match) history.replaceState(null, "", location.pathname + location.search);
  let known = null;
  try { known = sessionStorage.getItem(KEPT); } catch { /* then there is none */ }
  try {
    return [known, match && decodeURIComponent(match[1])].filter(Boolean);
  } catch {
    return [known].filter(Boolean); // The link's is no token of ours.
  }
}

/** Who the token's holder is and what he may do. Remembers the token if it is good. */
export async function signIn(text, stays) {
  token = text.trim();
  try {
    self = await get("/self");
  } catch (fault) {
    token = null;
    throw fault;
  }
  try {
    if (stays) sessionStorage.setItem(KEPT, token);
  } catch { /* then it lasts as long as the page */ }
  return self;
}

/** Told when nobody is signed in any more: what one began is nothing for the next. */
export function onSignOut(listener) { leaving.add(listener); }

export function signOut() {
  token = null;
  self = null;
  for (const listener of leaving) listener();
  try { sessionStorage.removeItem(KEPT); } catch { /* then nothing was kept */ }
}

/** Told when the gateway says that the token is nobody's. */
export function onRefused(listener) { listeners.add(listener); }

export function refused() { for (const listener of listeners) listener(); }

export function me() { return self; }

/** Whether the gateway has a route, such as `DELETE /bans`, and the user's role may use it. */
export function may(route) { return self?.routes.includes(route) ?? false; }

export function headers(more = {}) { return { Authorization: `Bearer ${token}`, ...more }; }

export function isSignedIn() { return token !== null; }

async function request(method, path, body, type = "application/json") {
  let answer;
  const used = token;
  try {
    answer = await fetch(BASE + path, {
      method, cache: "no-store", redirect: "error", credentials: "omit",
      headers: headers(body === undefined ? {} : { "Content-Type": type }),
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Fault(0, { detail: t("fault.unreachable"), hint: t("fault.unreachable.hint") });
  }
  const text = await answer.text();
  let value = {};
  try { value = text ? JSON.parse(text) : {}; } catch { /* not ours */ }
  if (answer.ok) return value;
  if (answer.status === 401 && self && used === token) refused();
  throw new Fault(answer.status, value);
}

/** `{target: "x", limit: 5}` as a query, without what is empty. */
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== "" && value !== null);
  return given.length ? `?${given.map((pair) => pair.map(encodeURIComponent).join("=")).join("&")}` : "";
}

export const get = (path) => request("GET", path);
export const post = (path, body = {}) => request("POST", path, body);
export const put = (path, body) => request("PUT", path, body);
export const merge = (path, body) => request("PATCH", path, body, "application/merge-patch+json");
export const remove = (path) => request("DELETE", path);

/** Gives the browser a file to keep. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
