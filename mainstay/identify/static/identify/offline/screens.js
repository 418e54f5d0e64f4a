/* The screens: each takes what it shows and what its buttons do, and draws itself. */

import { IN_BROWSER } from "./form.js";
import { button, choices, field, h, icon, labels, mainButton, notice, say, show, strip, when } from "./page.js";

const MANY_CHOICES = 24;
const KILO = 1024;
const WHEELS = { date: "date", time: "time", dateTime: "datetime-local" };
const KEYPADS = { integer: "numeric", decimal: "decimal", range: "decimal" };
const { list, signIn, result } = document.body.dataset;

export const inLanguage = (texts, language) => texts[language] || Object.values(texts)[0] || "";
const value = (id) => document.getElementById(id).value;
const busy = (key) => {
  const pressed = document.querySelector("#actions .btn-primary");
  pressed.disabled = true;
  pressed.textContent = say(key);
};

function secret(name, help, error) {
  const control = h("input", { id: name, name, type: "password", class: "form-control", autocomplete: "off",
    autocapitalize: "off", spellcheck: "false" });
  return field({ name, label: say(name === "again" ? "passphrase_again" : "passphrase"), help, error, control });
}

/** Before the first visit with network there is nothing to work with. */
export function onceOnline({ signedOut, insecure, again }) {
  show({
    main: [h("h1", {}, say("once_online")), h("p", {}, say("once_online_how")),
      insecure ? notice("error", say("not_secure")) : null,
      signedOut ? h("p", {}, h("a", { class: "btn btn-secondary", href: signIn }, say("sign_in"))) : null],
    actions: [mainButton("try_again")],
    submit: again,
  });
}

export function setPassphrase({ set, back }, error = null) {
  show({
    main: [h("h1", {}, say("set_title")), h("p", {}, say("set_why")),
      secret("passphrase", say("passphrase_help"), error?.first), secret("again", "", error?.second)],
    actions: [mainButton("set"), back ? button("secondary", "back", back) : null],
    submit: () => {
      const passphrase = value("passphrase");
      const fault = tooWeak(passphrase);
      if (fault) { setPassphrase({ set, back }, { first: say(fault) }); return; }
      if (passphrase !== value("again")) { setPassphrase({ set, back }, { second: say("not_same") }); return; }
      busy("opening");
      set(passphrase);
    },
  });
}

function tooWeak(passphrase) {
  if ([...passphrase].length < 10) { return "too_short"; }
  return /^[\p{Nd}\s.-]*$/u.test(passphrase) ? "too_plain" : null;
}

export function unlock({ open, another, giveUp }, error = "") {
  show({
    main: [h("h1", {}, say("unlock_title")), h("p", {}, say("unlock_why")), secret("passphrase", "", error),
      h("details", { class: "quiet-part" }, h("summary", {}, say("another")), h("p", {}, say("another_how")),
        button("secondary", "another_set", another)),
      h("details", { class: "quiet-part" }, h("summary", {}, say("forgot")), h("p", {}, say("forgot_how")),
        twice("give_up", "sure_give_up", giveUp))],
    actions: [mainButton("unlock")],
    submit: () => { const passphrase = value("passphrase"); busy("opening"); open(passphrase); },
  });
  document.getElementById("passphrase").focus();
}

/** A dangerous button: the first press says what the second does. */
function twice(key, sure, act) {
  const first = button("danger", key, () => {
    const second = button("danger", sure, act);
    first.replaceWith(second);
    second.focus();
  });
  return first;
}

/** What waits: how many, when, how large; nothing that was said. */
export function home({ rows, others, online, isReady, sending, sent, word }, act, still = false) {
  const drafts = rows.filter((row) => row.state === "draft");
  const waiting = rows.filter((row) => row.state !== "draft");
  show({
    main: [h("h1", {}, say("home_title")),
      strip(online ? "phone" : "wifi-off", say(online ? (isReady ? "line_ready" : "line_up") : "line_down")),
      h("div", { id: "said", role: "status" }, outcome(sent, word)),
      h("h2", {}, say("waiting"), waiting.length ? h("span", { class: "count" }, ` ${waiting.length}`) : null),
      waiting.length ? h("ul", { class: "kept" }, waiting.map((row) => waitingRow(row, act))) : nothing(),
      waiting.length
        ? h("div", { class: "actions" }, h("button", { type: "button", class: "btn btn-secondary", id: "send",
          disabled: sending, onclick: act.send }, icon("send"), say(sending ? "sending" : "send")))
        : null,
      others ? h("p", { class: "muted" }, say("others", { count: others })) : null,
      drafts.length ? [h("h2", {}, say("drafts")),
        h("ul", { class: "kept" }, drafts.map((row) => draftRow(row, act)))] : null,
      h("p", { class: "apart" }, h("a", { href: list }, say("leave")))],
    actions: [mainButton("screen"), button("secondary", "lock", act.lock)],
    submit: act.begin,
    still,
  });
}

function nothing() {
  return h("div", { class: "empty" }, icon("inbox"), h("h2", {}, say("nothing_waits")),
    h("p", {}, say("nothing_waits_how")));
}

function outcome(sent, word) {
  const links = sent.map((number) =>
    h("li", {}, h("a", { href: result.replace("00000000-0000-0000-0000-000000000000", number) }, say("see_result"))));
  return [
    sent.length ? notice("success", say("sent", { count: sent.length }), h("ul", {}, links)) : null,
    word ? notice("warning", say(word), word === "sign_in_again"
      ? h("div", {}, h("a", { href: signIn }, say("sign_in"))) : "") : null,
  ].filter(Boolean);
}

function facts(row) {
  return h("div", { class: "kept-facts" }, h("strong", {}, when(row.taken)),
    h("span", { class: "muted" }, say("kilobytes", { size: Math.ceil(row.size / KILO) })));
}

function waitingRow(row, act) {
  const refused = row.state === "refused";
  return h("li", { class: "panel" }, facts(row),
    refused ? notice("error", say("refused"), h("ul", {}, row.reason.map((line) => h("li", {}, line)))) : null,
    refused ? h("div", { class: "actions" }, button("secondary", "try_again", () => act.again(row)),
      row.said ? button("secondary", "open_again", () => act.open(row)) : null, twice("throw_away", "sure", () => act.discard(row)))
      : null);
}

function draftRow(row, act) {
  return h("li", { class: "panel" }, facts(row), h("div", { class: "actions" },
    button("secondary", "go_on", () => act.open(row)), twice("throw_away", "sure", () => act.discard(row))));
}

/** With which questions, in which language, and what is known of the person. */
export function begin({ forms, languages, language }, { start, back }) {
  const tags = Object.entries(languages).filter(([tag]) => tag.length <= 3);
  const preferred = tags.some(([tag]) => tag === language) ? language : tags[0]?.[0];
  const first = forms.find((form) => form.name === "rapid_screen") ?? forms[0];
  const coded = (kind) => Object.entries(labels(kind)).map(([code, text]) => [code, text, code === "unknown"]);
  const chosen = (name, otherwise) => document.querySelector(`input[name=${name}]:checked`)?.value ?? otherwise;
  show({
    main: [h("h1", {}, say("begin_title")), h("p", {}, say("begin_how")),
      forms.length > 1 ? field({ name: "instrument", label: say("questions"),
        control: choices("radio", "instrument", forms.map((form) => [form.name, form.title, form === first])) }) : null,
      field({ name: "language", label: say("language"),
        control: choices("radio", "language", tags.map(([tag, { name }]) => [tag, name, tag === preferred])) }),
      field({ name: "age_group", label: say("age"), help: say("age_help"),
        control: choices("radio", "age_group", coded("ages")) }),
      field({ name: "sex", label: say("sex"), control: choices("radio", "sex", coded("sexes")) })],
    actions: [mainButton("begin"), button("secondary", "not_now", back)],
    submit: () => start({
      form: forms.find((form) => form.name === chosen("instrument", first.name)),
      language: chosen("language", preferred), age_group: chosen("age_group", "unknown"), sex: chosen("sex", "unknown"),
    }),
  });
}

/** What cannot wait, above everything else. */
function urgentNotice(needs) {
  return needs.length
    ? notice("error", h("strong", { class: "is-danger" }, needs.map((need) => labels("urgent")[need]).join(" · ")),
      h("div", {}, say("now_urgent")))
    : null;
}

export function markUrgent(needs) {
  document.getElementById("urgent").replaceChildren(...[urgentNotice(needs)].filter(Boolean));
}

const sealedStrip = (online) => strip("lock", say(online ? "sealed_online" : "sealed_offline"));

/** One question. */
export function question({ asked, given, language, step, urgent, online, error }, act) {
  show({
    main: [h("div", { id: "urgent" }, urgentNotice(urgent)), body(asked, given, language, error, act.change),
      sealedStrip(online)],
    actions: [mainButton("next"), button("secondary", step.number > 1 ? "back" : "stop", act.back)],
    step,
    submit: act.next,
  });
}

function body(asked, given, language, error, onchange) {
  const label = inLanguage(asked.labels, language);
  const help = inLanguage(asked.hints, language);
  if (!IN_BROWSER.has(asked.type)) {
    return [h("h1", {}, label), help ? h("p", { class: "help" }, help) : null,
      asked.type === "note" ? null : notice("info", say("elsewhere"))];
  }
  return field({ name: "answer", label, help, error, heading: true, control: control(asked, given, language, onchange) });
}

function control(asked, given, language, onchange) {
  const taken = asked.type === "select_multiple" ? given.split(" ") : [given];
  const offered = asked.choices.map(({ name, labels: texts }) =>
    [name, inLanguage(texts, language), taken.includes(name)]);
  if (asked.type === "select_multiple") { return choices("checkbox", "answer", offered, onchange); }
  if (offered.length > MANY_CHOICES) { return select("answer", [["", "—", !given], ...offered], onchange); }
  if (offered.length) { return choices("radio", "answer", offered, onchange); }
  return h("input", { id: "answer", name: "answer", class: "form-control", autocomplete: "off", value: given,
    type: WHEELS[asked.type] ?? "text", inputmode: KEYPADS[asked.type] ?? null, oninput: onchange });
}

function select(name, offered, onchange) {
  return h("select", { id: name, name, class: "form-select", onchange },
    offered.map(([code, text, selected]) => h("option", { value: code, selected }, text)));
}

/** What stands in the field of the question, as the form holds it. */
export function answered(asked) {
  const inputs = [...document.querySelectorAll("[name=answer]")];
  if (!asked.choices.length || asked.choices.length > MANY_CHOICES) {
    return inputs.length ? plain(asked.type, inputs[0].value.trim()) : "";
  }
  return inputs.filter((input) => input.checked).map((input) => input.value).join(" ");
}

/** Arabic and Persian digits are digits. */
function plain(type, typed) {
  return type in KEYPADS
    ? typed.replace(/[\u0660-\u0669\u06F0-\u06F9]/g, (digit) => String(digit.charCodeAt(0) & 15)) : typed;
}

/** The last page: what must be answered still, a note, and the end. */
export function last({ said, missing, openCount, urgent, online }, act) {
  const { language } = said;
  const rows = h("textarea", { id: "note", name: "note", class: "form-control", rows: 4, maxlength: 10000,
    oninput: act.change }, said.note);
  const name = h("input", { id: "name", name: "name", class: "form-control", autocomplete: "off", maxlength: 200,
    value: said.name, oninput: act.change });
  const lands = labels("countries").map(([code, text]) => [code, text, code === said.nationality]);
  const links = missing.map((asked) => h("li", {}, h("button", { type: "button", class: "btn btn-link",
    onclick: () => act.goTo(asked) }, inLanguage(asked.labels, language))));
  show({
    main: [h("div", { id: "urgent" }, urgentNotice(urgent)), h("h1", {}, say("last_title")),
      missing.length ? notice("warning", h("strong", {}, say("missing")), h("ul", {}, links)) : null,
      !missing.length && openCount ? h("p", {}, say("open_count", { count: openCount })) : null,
      field({ name: "note", label: say("note"), help: say("note_help"), optional: true, control: rows }),
      field({ name: "name", label: say("name"), help: say("name_help"), optional: true, control: name }),
      field({ name: "nationality", label: say("nationality"), optional: true,
        control: select("nationality", lands, act.change) }),
      h("p", {}, say("after")), sealedStrip(online)],
    actions: [mainButton("finish"), button("secondary", "back", act.back)],
    submit: act.finish,
  });
}

export const ending = () => ({ note: value("note"), name: value("name"), nationality: value("nationality") });

export function finished({ urgent }, { toList }) {
  show({
    main: [h("div", { id: "urgent" }, urgentNotice(urgent)), h("h1", {}, say("done_title")),
      notice("success", say("done_how"))],
    actions: [mainButton("to_list")],
    submit: toList,
  });
}

/** The device refused to write: say so where it is seen, and leave everything as it stands. */
export function notKept() {
  document.getElementById("main").prepend(notice("error", say("not_kept")));
}
