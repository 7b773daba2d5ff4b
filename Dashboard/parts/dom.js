// Elements without markup: whatever a text holds, it becomes a text node.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `props`: `class`, `on` (listeners by event), properties that are booleans, attributes. */
export function h(tag, props, ...children) {
  return dress(document.createElement(tag), props, children);
}

/** The same, of a drawing. */
export function svg(tag, props, ...children) {
  return dress(document.createElementNS(SVG, tag), props, children);
}

function dress(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "value" && "value" in element) {
      element.value = value;
    } else if (typeof value === "boolean" && !name.startsWith("aria-")) {
      element.toggleAttribute(name, value);
      if (name === "checked") element.checked = value;
    } else {
      element.setAttribute(name, String(value));
    }
  }
  add(element, children);
  return element;
}

/** Appends nodes and texts; nothing of `undefined`, `null` and `false`. */
export function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** Puts other children in the place of what was there. */
export function fill(element, ...children) {
  element.replaceChildren();
  return add(element, children);
}

/** Changes a text only where it is another one, so that nothing is announced twice. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A button that does something. `props` as those of `h`. */
export function button(text, click, props = {}) {
  return h("button", { type: "button", ...props, on: { click } }, text);
}

/** Texts and drawings with `code` around them: addresses, packets, keys. */
export const code = (text) => h("code", null, text);

let count = 0;
/** An id that nothing else on the page has. */
export function fresh(name) {
  count += 1;
  return `${name}-${count}`;
}

const ICONS = {
  overview: "M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z",
  sessions: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21v-1a6 6 0 0 1 6-6h2a6 6 0 0 1 6 6v1M16 3.200a4 4 0 0 1 0 7.600"
    + "M18.500 14.400A6 6 0 0 1 22 20v1",
  bans: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM5.7 5.7l12.6 12.6",
  rules: "M12 3l8 3v6c0 4.6-3.2 7.8-8 9-4.8-1.200-8-4.400-8-9V6zM8.500 12l2.500 2.500 4.500-5",
  config: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.500v5M9 14.500v5",
  captures: "M12 17a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  audit: "M6 3h9l4 4v14H6zM14 3v5h5M9 13h7M9 17h5",
  tokens: "M8 15a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM12 10.500h9M18 10.500V15",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6L6 18",
  alert: "M12 3.500L22 20H2zM12 10v4.500M12 17.200v.300",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.500M12 7.500v.300",
  check: "M5 12.500l4.500 4.500L19 7.500",
  leave: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
};

/** A drawing that says nothing that the text beside it does not. */
export function icon(name, size = 18) {
  return svg("svg", {
    class: "icon", viewBox: "0 0 24 24", width: size, height: size, fill: "none", stroke: "currentColor",
    "stroke-width": "1.7", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true",
  }, svg("path", { d: ICONS[name] }));
}
