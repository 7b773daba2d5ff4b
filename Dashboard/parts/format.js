// Numbers, sizes and times as people read them.

import { locale, t } from "./words.js";

export function number(value, digits = 0) {
  return Number(value ?? 0).toLocaleString(locale(), { maximumFractionDigits: digits });
}

/** A rate, with a digit behind the point where it is small. */
export function rate(value) { return number(value, value < 10 ? 1 : 0); }

/** A number that has to be short: 12,340 or 1.2 M. */
export function brief(value) {
  if (value < 10_000) return rate(value);
  return Number(value).toLocaleString(locale(), { notation: "compact", maximumFractionDigits: 1 });
}

const SIZES = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(value) {
  let size = Number(value ?? 0);
  let unit = 0;
  while (size >= 1024 && unit < SIZES.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${number(size, unit > 0 && size < 100 ? 1 : 0)} ${SIZES[unit]}`;
}

export function bytesPerSecond(value) { return t("unit.perSecond", { value: bytes(value) }); }

/** A time in its two largest units: `2 h 5 min`. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(Number(seconds ?? 0)));
  const parts = [
    [t("unit.day"), Math.floor(whole / 86400)], [t("unit.hour"), Math.floor(whole / 3600) % 24],
    [t("unit.minute"), Math.floor(whole / 60) % 60], [t("unit.second"), whole % 60],
  ];
  const first = parts.findIndex(([, count]) => count > 0);
  if (first < 0) return `0 ${t("unit.second")}`;
  return parts.slice(first, first + 2).filter(([, count]) => count > 0)
    .map(([unit, count]) => `${count} ${unit}`).join(" ");
}

/** The gateway tells times as `2026-11-24 10:00:00`, of UTC. */
export function moment(text) {
  const date = new Date(`${String(text).replace(" ", "T").replace(/Z?$/, "Z")}`);
  return Number.isNaN(date.getTime()) ? null : date;
}

export function dateTime(text) {
  const date = moment(text);
  return date
    ? date.toLocaleString(locale(), { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" })
      : String(text ?? "");
}

export function clock(text) {
  const date = text instanceof Date ? text : moment(text);
  return date ? date.toLocaleTimeString(locale(), { timeStyle: "medium", hourCycle: "h23" }) : String(text ?? "");
}

/** `rate_limited` as `rate limited`: a label of the gateway for people. */
export function label(text) { return String(text ?? "").replaceAll("_", " "); }
