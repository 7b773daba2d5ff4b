// Lines over the last minutes, and bars of counts, drawn as SVG. No library.

import { fill, h, say, svg } from "./dom.js";
import { clock } from "./format.js";
import { t } from "./words.js";

const WIDTH = 640;
const HEIGHT = 170;
const PAD = { left: 46, right: 8, top: 10, bottom: 20 };
/** Seconds across: as few as hold what is there, so that a fresh page is no empty one. */
const SPANS = [60, 120, 300];

/**
 * A chart of one to three series. `series`: `{ name, pick(tick) }`, in the order of the colours.
 * `colour` may say another one. `format` puts a value into words, shortly; `base` is 1024 for sizes.
 */
export function lineChart({ title, series, format, base = 10 }) {
  const grid = svg("g");
  const shapes = svg("g");
  const cursor = svg("line", { class: "cursor", y1: PAD.top, y2: HEIGHT - PAD.bottom, visibility: "hidden" });
  const picture = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title, tabindex: "0",
  }, grid, shapes, cursor);
  const tip = h("div", { class: "tip", hidden: true });
  const legend = h("ul", { class: "legend" });
  const element = h("figure", { class: "chart" }, picture, tip, legend);
  const values = series.map((entry, index) => {
    const value = h("b");
    legend.append(h("li", null, h("span", { class: `swatch ${colour(entry, index)}` }), entry.name, value));
    return value;
  });
  let ticks = [];
  let width = WIDTH;
  let chosen = null;
  let span = SPANS[0];

  const x = (index) => {
    const fraction = 1 - (ticks.length - 1 - index) / (span - 1);
    return PAD.left + fraction * (width - PAD.left - PAD.right);
  };

  function draw() {
    width = Math.max(260, picture.clientWidth || WIDTH);
    picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    span = SPANS.find((seconds) => seconds >= ticks.length) ?? SPANS.at(-1);
    const top = niceTop(Math.max(1, ...ticks.flatMap((tick) => series.map((entry) => entry.pick(tick)))), base);
    const y = (value) => HEIGHT - PAD.bottom - (value / top) * (HEIGHT - PAD.top - PAD.bottom);
    fill(grid, [0, 0.5, 1].map((part) => [
      svg("line", { class: "gridline", x1: PAD.left, x2: width - PAD.right, y1: y(top * part), y2: y(top * part) }),
      svg("text", { x: PAD.left - 7, y: y(top * part) + 4, "text-anchor": "end" }, format(top * part)),
    ]), [span, span / 2, 0].map((ago) => svg("text", {
      x: width - PAD.right - (ago / span) * (width - PAD.left - PAD.right), y: HEIGHT - 4,
      "text-anchor": ago === 0 ? "end" : ago === span ? "start" : "middle",
    }, ago === 0 ? t("chart.now") : ago < 60 ? t("chart.secondsAgo", { n: ago }) : t("chart.ago", { n: ago / 60 }))));
    fill(shapes, series.flatMap((entry, index) => {
      const points = ticks.map((tick, place) => `${x(place).toFixed(1)},${y(entry.pick(tick)).toFixed(1)}`);
      if (points.length < 2) return [];
      const [left, right, floor] = [x(0).toFixed(1), x(ticks.length - 1).toFixed(1), y(0).toFixed(1)];
      return [
        svg("polygon", { class: `area ${colour(entry, index)}`,
          points: `${left},${floor} ${points.join(" ")} ${right},${floor}` }),
        svg("polyline", { class: `line ${colour(entry, index)}`, points: points.join(" ") }),
      ];
    }));
    point();
  }

  /** Shows the moment under the pointer, or that the arrow keys are at. */
  function point() {
    const tick = chosen === null ? null : ticks[chosen];
    cursor.setAttribute("visibility", tick ? "visible" : "hidden");
    tip.hidden = !tick;
    if (!tick) return;
    const at = x(chosen);
    cursor.setAttribute("x1", at);
    cursor.setAttribute("x2", at);
    fill(tip, h("b", null, clock(tick.at)),
      series.map((entry) => h("div", null, `${entry.name} ${format(entry.pick(tick))}`)));
    const room = element.clientWidth - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(room, (at / width) * picture.clientWidth + 10))}px`;
  }

  function choose(index) {
    chosen = ticks.length ? Math.max(0, Math.min(ticks.length - 1, index)) : null;
    point();
  }

  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * width;
    const step = (width - PAD.left - PAD.right) / (span - 1);
    choose(ticks.length - 1 - Math.round((width - PAD.right - at) / step));
  });
  const hide = () => { chosen = null; point(); };
  picture.addEventListener("pointerleave", hide);
  picture.addEventListener("blur", hide);
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -5, ArrowRight: 5 }[event.key];
    if (!step) return;
    event.preventDefault();
    choose((chosen ?? ticks.length - 1) + step);
    say(tip, tip.textContent);
  });
  new ResizeObserver(() => draw()).observe(picture);

  return {
    element,
    update(latest) {
      ticks = latest;
      const now = ticks.at(-1);
      series.forEach((entry, index) => say(values[index], now ? format(entry.pick(now)) : "–"));
      picture.setAttribute("aria-label", now ? t("chart.label", {
        title, values: series.map((entry) => `${entry.name} ${format(entry.pick(now))}`).join(", "),
      }) : title);
      draw();
    },
  };
}

const COLOURS = ["first", "second", "third"];
const colour = (entry, index) => entry.colour ?? COLOURS[index];

/** The next round number at or above, of tens, or of KiB and so on. */
export function niceTop(value, base = 10) {
  const unit = base === 1024 ? 1024 ** Math.floor(Math.log(Math.max(1, value)) / Math.log(1024)) : 1;
  const power = 10 ** Math.floor(Math.log10(value / unit));
  const steps = [1, 2, 4, 5, 10].map((step) => step * power * unit);
  return steps.find((step) => step >= value) ?? steps.at(-1);
}

/** Counts as bars, the largest first. `items`: `{ name, value, note?, kind? }`. */
export function bars(items, format) {
  const most = Math.max(1, ...items.map((item) => item.value));
  return h("ul", { class: "bars" }, items.map((item) => h("li", null,
    h("span", { class: "name", title: item.name }, item.name),
    h("span", { class: "muted" }, item.note ? `${item.note} ` : null, h("b", null, format(item.value))),
    svg("svg", { "aria-hidden": "true", preserveAspectRatio: "none", viewBox: "0 0 100 6" },
      svg("rect", { class: "track", width: 100, height: 6, rx: 1 }),
      svg("rect", { class: `fill ${item.kind ?? ""}`, width: Math.max(1, (item.value / most) * 100), height: 6,
        rx: 1 })),
  )));
}
