/* A form's questions and conditions, read as the node reads them (engine/xform.py and engine/answering.py there).
   XPath 1.0 is the vendored library's; what ODK adds to it stands here. */

const { xpath } = globalThis;
const NAMESPACES = { jr: "http://openrosa.org/javarosa" };
const MISSING = new Set(["not_asked", "declined", "unknown"]);
const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const LONGEST_TEXT = 10000;
const LONGEST_MATCHED = 1000;
const DAY = 24 * 60 * 60 * 1000;
const KINDS = {
  integer: { key: "whole_number", is: (text) => /^-?\d{1,18}$/.test(text) },
  decimal: { key: "number", is: (text) => /^-?\d{1,18}(\.\d{1,18})?$/.test(text) },
  range: { key: "number", is: (text) => /^-?\d{1,18}(\.\d{1,18})?$/.test(text) },
  date: { key: "day", is: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && dayNumber(text) !== text },
  time: { key: "time", is: (text) => /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/.test(text) },
  acknowledge: { key: "ok", is: (text) => text === "OK" },
};

export const IN_BROWSER = new Set(["text", "integer", "decimal", "range", "date", "time", "dateTime", "barcode",
  "acknowledge", "select_one", "select_multiple"]);

// XPath 1.0, 4.4: the number of a node is that of its text, and an empty text is no number. The library says 0.
xpath.XNodeSet.prototype.number = function number() { return this.string().number(); };
xpath.XNodeSet.prototype.numberValue = function numberValue() { return this.string().numberValue(); };

/** Today at this place, as days since 1970. */
export function today() {
  const now = new Date();
  return Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) / DAY;
}

/** A day as days since 1970, so that days compare as numbers; what is no day stays as it is. */
function dayNumber(value) {
  const found = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(value.slice(0, 10));
  if (!found) { return value; }
  const [year, month, day] = found.slice(1).map(Number);
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  const isReal = year > 0 && moment.getUTCMonth() === month - 1 && moment.getUTCDate() === day;
  return isReal ? String(moment.getTime() / DAY) : value;
}

// Values of the library (strings, numbers, booleans, sets of nodes) as the functions below need them.

function text(value) {
  if (value === undefined) { return ""; }
  if (value instanceof xpath.XNumber) { return numberText(value.numberValue()); }
  return value.stringValue();
}

function numberText(number) {
  if (Number.isNaN(number)) { return "nan"; }
  if (!Number.isFinite(number)) { return number > 0 ? "inf" : "-inf"; }
  return String(number);
}

function number(value) {
  if (value instanceof xpath.XNumber || value instanceof xpath.XBoolean) { return value.numberValue(); }
  const written = text(value).trim();
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(written) ? Number(written) : NaN;
}

function words(value) {
  return text(value).split(/\s+/).filter(Boolean);
}

function matches(value, pattern) {
  return new RegExp(`^(?:${text(pattern)})$`, "u").test([...text(value)].slice(0, LONGEST_MATCHED).join(""));
}

function formatDate(value, pattern) {
  const days = number(new xpath.XString(dayNumber(text(value))));
  if (Number.isNaN(days)) { return ""; }
  const moment = new Date(Math.trunc(days) * DAY);
  const two = (part) => String(part).padStart(2, "0");
  const parts = { Y: String(moment.getUTCFullYear()).padStart(4, "0"), y: two(moment.getUTCFullYear() % 100),
    m: two(moment.getUTCMonth() + 1), d: two(moment.getUTCDate()), H: "00", M: "00", S: "00", "%": "%" };
  return text(pattern).replace(/%([YymdHMS%])/g, (_, part) => parts[part]);
}

function itemAt(value, place) {
  const list = words(value);
  const index = number(place);
  return index >= 0 && index < list.length ? list[Math.trunc(index)] : "";
}

const FUNCTIONS = new Map(Object.entries({
  "selected": (_, value, word) => words(value).includes(text(word).trim()),
  "selected-at": (_, value, place) => itemAt(value, place),
  "count-selected": (_, value) => words(value).length,
  "if": (_, condition, yes, no) => (condition.booleanValue() ? yes : no),
  "coalesce": (_, ...values) => values.map(text).find(Boolean) ?? "",
  "regex": (_, value, pattern) => matches(value, pattern),
  "date": (_, value) => number(new xpath.XString(dayNumber(text(value)))),
  "decimal-date-time": (_, value) => number(new xpath.XString(dayNumber(text(value)))),
  "format-date": (_, value, pattern) => formatDate(value, pattern),
  "int": (_, value) => Math.trunc(number(value)),
  "once": (_, value) => text(value),
  "min": (_, ...values) => values.map(number).reduce((least, next) => (next < least ? next : least)),
  "max": (_, ...values) => values.map(number).reduce((most, next) => (next > most ? next : most)),
  "pow": (_, base, exponent) => number(base) ** number(exponent),
}));

/** One form: its questions, and which of them are asked given the answers so far. */
export class Form {
  constructor(definition, day = today()) {
    this.definition = definition;
    this.questions = definition.questions;
    this.blank = new DOMParser().parseFromString(definition.instance, "application/xml");
    this.binds = new Map(definition.binds.map((bind) => [bind.path, compiled(bind)]));
    this.paths = new Map([...this.binds.keys()].filter((path) => !path.startsWith("/data/meta/"))
      .map((path) => [path.split("/").pop(), path]));
    this.hasConditions = definition.binds.some((bind) => bind.relevant);
    this.functions = new Map([...FUNCTIONS, ["today", () => day], ["now", () => day],
      ["choice-name", (_, value) => definition.labels[text(value)] ?? text(value)]]);
  }

  question(name) {
    return this.questions.find((question) => question.name === name);
  }

  /** The questions that the form's own conditions ask; an answer to one that is not asked counts nowhere. */
  asked(answers) {
    if (!this.hasConditions) { return this.questions; }
    let kept = { ...answers };
    let leftOut = new Set();
    for (let round = 0; round < this.questions.length; round += 1) {
      const tree = this.filled(kept);
      leftOut = new Set(this.questions.map(({ name }) => name).filter((name) => !this.isRelevant(tree, name)));
      const rest = Object.entries(kept).filter(([name]) => !leftOut.has(name));
      if (rest.length === Object.keys(kept).length) { break; }
      kept = Object.fromEntries(rest);
    }
    return this.questions.filter(({ name }) => !leftOut.has(name));
  }

  /** The answers to questions that are asked, without empty ones. */
  counted(answers) {
    const names = new Set(this.asked(answers).map(({ name }) => name));
    return Object.fromEntries(Object.entries(answers).filter(([name, value]) => value && names.has(name)));
  }

  /** Questions that are asked, must be answered and are not. */
  missing(answers) {
    const tree = this.filled(answers);
    return this.asked(answers).filter(({ name, type }) =>
      !answers[name] && type !== "note" && this.holds(tree, this.paths.get(name), "required", false));
  }

  /** What was expected where the form does not take an answer: a word's key, or the form's own message. */
  fault(question, answers) {
    const value = answers[question.name];
    if (!value) { return null; }
    return kindFault(question, value) ?? this.conditionFault(question, answers);
  }

  conditionFault(question, answers) {
    if (this.holds(this.filled(answers), this.paths.get(question.name), "constraint", true)) { return null; }
    return { key: "meets", messages: question.messages };
  }

  /** Needs that do not wait for the assessment, out of the answers that count. */
  urgent(answers) {
    const needs = new Set();
    for (const question of this.asked(answers)) {
      const taken = (answers[question.name] ?? "").split(" ");
      if (taken.includes("yes")) { question.urgent.forEach((need) => needs.add(need)); }
      for (const choice of question.choices) {
        if (taken.includes(choice.name)) { choice.urgent.forEach((need) => needs.add(need)); }
      }
    }
    return [...needs];
  }

  filled(answers) {
    const tree = this.blank.cloneNode(true);
    for (const [name, value] of Object.entries(answers)) {
      if (this.paths.has(name)) { this.set(tree, this.paths.get(name), value); }
    }
    for (const bind of this.binds.values()) {
      if (bind.calculate) { this.set(tree, bind.path, this.calculated(tree, bind)); }
    }
    return tree;
  }

  calculated(tree, bind) {
    try {
      return text(this.evaluate(tree, bind, "calculate"));
    } catch {
      return "";
    }
  }

  isRelevant(tree, name) {
    const parts = this.paths.get(name).split("/");
    return parts.slice(2).every((_, at) => this.holds(tree, parts.slice(0, at + 3).join("/"), "relevant", true));
  }

  holds(tree, path, condition, otherwise) {
    const bind = this.binds.get(path);
    if (!bind?.[condition]) { return otherwise; }
    return this.evaluate(tree, bind, condition)?.booleanValue() ?? false;
  }

  evaluate(tree, bind, condition) {
    const [node] = bind.node.select({ node: tree });
    if (!node) { return undefined; }
    return bind[condition].evaluate({ node, namespaces: NAMESPACES, functions: (name) => this.functions.get(name) });
  }

  set(tree, path, value) {
    const bind = this.binds.get(path);
    const written = bind.type === "date" ? dayNumber(value) : value.replace(NOT_XML, "");
    bind.node.select({ node: tree }).forEach((node) => { node.textContent = written; });
  }
}

function compiled(bind) {
  const made = { path: bind.path, type: bind.type, node: xpath.parse(bind.path) };
  for (const condition of ["relevant", "constraint", "required", "calculate"]) {
    if (bind[condition]) { made[condition] = xpath.parse(bind[condition]); }
  }
  return made;
}

/** The value without "does not want to answer" and the like where it says something as well. */
export function tidy(question, value) {
  if (question.type !== "select_multiple") { return value; }
  return value.split(" ").filter((word) => !MISSING.has(word)).join(" ") || value;
}

function kindFault(question, value) {
  if (question.choices.length) {
    const names = new Set(question.choices.map(({ name }) => name));
    const taken = question.type === "select_multiple" ? value.split(" ") : [value];
    return taken.every((name) => names.has(name)) ? null : { key: "choice" };
  }
  const kind = KINDS[question.type];
  if (kind && !kind.is(value)) { return { key: kind.key }; }
  return [...value].length > LONGEST_TEXT ? { key: "shorter", values: { count: LONGEST_TEXT } } : null;
}
