/* The page itself: elements, icons, words in the language of the moment, one screen at a time. */

const SVG = "http://www.w3.org/2000/svg";
const root = document.documentElement;
const home = root.lang;
const sheet = document.getElementById("sheet"); // of the two directions' sheets the one that is needed
let words = {};
let active = {};

/** Make an element; `on…` are listeners, true and false are attributes without value, null is left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) { element.addEventListener(name.slice(2), value); }
    else if (value === true) { element.setAttribute(name, ""); }
    else if (value !== false && value !== null && value !== undefined) { element.setAttribute(name, value); }
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  return document.getElementById(`icon-${name}`).content.firstElementChild.cloneNode(true);
}

/** Take the words of every language in. */
export function useWords(found) {
  words = found;
  speak(home);
}

/** Turn the page to a language and its direction; without one, or without words in it, to the screener's own. */
export function speak(code) {
  const chosen = words[code] ? code : home;
  active = words[chosen] ?? {};
  root.lang = chosen;
  root.dir = active.rtl ? "rtl" : "ltr";
  const address = sheet.dataset[root.dir];
  if (sheet.getAttribute("href") !== address) { sheet.href = address; }
  const exit = document.querySelector("[data-quick-exit]");
  if (active.words) {
    exit.textContent = say("stop_and_hide");
    exit.title = say("esc_twice");
    document.title = say("questions");
  }
}

/** A word or sentence, its places filled. */
export function say(key, values = {}) {
  return (active.words[key] ?? key).replace(/%\((\w+)\)[sd]/g, (_, name) => values[name]);
}

export const labels = (kind) => active[kind];
export const when = (moment) =>
  new Intl.DateTimeFormat(root.lang, { dateStyle: "medium", timeStyle: "short" }).format(moment);

/** A box with an edge, as on every page. */
export function notice(kind, ...said) {
  const symbols = { error: "exclamation-octagon-fill", warning: "exclamation-triangle-fill",
    success: "check-circle-fill", info: "info-circle" };
  return h("div", { class: `notice notice-${kind}`, role: kind === "error" ? "alert" : null }, icon(symbols[kind]),
    h("div", {}, ...said));
}

export function strip(symbol, ...said) {
  return h("p", { class: "withheld" }, icon(symbol), h("span", {}, ...said));
}

export function button(kind, key, onclick, values) {
  return h("button", { type: "button", class: `btn btn-${kind}`, onclick }, say(key, values));
}

/** What a press of Enter, or of the first button, does. */
export function mainButton(key) {
  return h("button", { type: "submit", class: "btn btn-primary" }, say(key));
}

export function progress(number, count) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { class: "progress-line", viewBox: "0 0 100 6", preserveAspectRatio: "none", role: "img",
    "aria-label": say("step", { number, count }) };
  Object.entries(attributes).forEach(([name, value]) => svg.setAttribute(name, value));
  for (const [kind, width] of [["", 100], ["done", (100 * number) / count]]) {
    const bar = document.createElementNS(SVG, "rect");
    Object.entries({ class: kind, width, height: 6, rx: 1 }).forEach(([name, value]) => bar.setAttribute(name, value));
    svg.append(bar);
  }
  return svg;
}

/** Show one screen in place of the one before. */
export function show({ main, actions = [], step = null, submit = null, still = false }) {
  const form = document.getElementById("screen");
  document.getElementById("main").replaceChildren(...[main].flat(9).filter(Boolean));
  document.getElementById("actions").replaceChildren(...actions.filter(Boolean));
  document.getElementById("actions").hidden = !actions.length;
  document.getElementById("step").replaceChildren(step ? say("progress", step) : "");
  document.getElementById("line").replaceChildren(step ? progress(step.number, step.count) : "");
  form.onsubmit = (event) => { event.preventDefault(); submit?.(); };
  if (!still) {
    document.getElementById("main").focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
}

/** A field with its label, help and error, as `{% field %}` draws it. */
export function field({ name, label, help = "", error = "", heading = false, optional = false, control }) {
  const title = [heading ? h("bdi", {}, label) : label, optional ? h("span", { class: "optional" }, ` ${say("optional")}`) : null];
  const about = [help ? `${name}-help` : "", error ? `${name}-error` : ""].filter(Boolean).join(" ") || null;
  const isSet = Array.isArray(control);
  const parts = [
    help ? h("div", { class: "help", id: `${name}-help` }, help) : null,
    error ? h("div", { class: "error", id: `${name}-error` }, icon("exclamation-triangle-fill"), h("span", {}, error))
      : null,
  ];
  if (!isSet && about) { control.setAttribute("aria-describedby", about); }
  const whole = isSet
    ? h("fieldset", { class: "choices-set", "aria-describedby": about },
      h("legend", {}, heading ? h("h1", {}, title) : title), parts, h("div", { class: "choices" }, control))
    : [heading ? h("h1", {}, h("label", { for: name }, title)) : h("label", { for: name }, title), parts, control];
  return h("div", { class: `field${error ? " has-error" : ""}`, id: `field-${name}` }, whole);
}

/** Large targets to choose from: `[value, text, whether it is taken]`. */
export function choices(kind, name, offered, onchange) {
  return offered.map(([value, text, checked]) => h("label", { class: "choice" },
    h("input", { type: kind, name, value, checked, onchange }), h("span", { dir: "auto" }, text)));
}
