/* The way through the screens: open, begin, ask, finish, send. The key is in this page's memory and nowhere else. */

import * as device from "./device.js";
import { Form, tidy } from "./form.js";
import * as line from "./line.js";
import { say, show, speak, useWords } from "./page.js";
import * as screens from "./screens.js";

const IDLE = 15 * 60 * 1000;
const TYPING = 400;
const { home: address, away, worker } = document.body.dataset;

let found = null; // instruments and words
let hand = null; // whose interviews, and the key that opens them
let talk = null; // the interview on the screen: { row, said, form }
let sent = [];
let word = "";
let sending = false;
let isReady = false; // all that this page and the neutral one need is kept here
let atHome = false;
let writing = Promise.resolve();
let timer = 0;

// Opening

async function start() {
  hand = null;
  found = await line.load();
  if (found) { useWords(found.words); }
  const set = found ? await device.locks() : [];
  if (!found || !set.length) { await first(); return; }
  unlock();
}

async function first() {
  if (!window.isSecureContext) { screens.onceOnline({ insecure: true, again: start }); return; }
  const who = await line.session();
  if (!found || !who) {
    if (found) { screens.onceOnline({ signedOut: who === null, again: start }); }
    else { document.getElementById("nothing-here").hidden = false; } // there are no words but those of the page
    return;
  }
  screens.setPassphrase({ set: (passphrase) => set(who.screener, passphrase) });
}

async function set(owner, passphrase) {
  hand = await device.setLock(owner, passphrase);
  await home();
}

function unlock(error = "") {
  atHome = false;
  speak("");
  screens.unlock({ open, another, giveUp }, error);
}

async function open(passphrase) {
  const opened = await device.open(passphrase);
  if (!opened.key) {
    unlock(opened.wait ? say("wait", { seconds: opened.wait }) : say("wrong"));
    return;
  }
  hand = opened;
  await home();
  if (navigator.onLine) { await send(); }
}

async function another() {
  const who = await line.session();
  const taken = (await device.locks()).some(({ owner }) => owner === who?.screener);
  if (!who) { screens.onceOnline({ signedOut: who === null, again: start }); return; }
  if (taken) { unlock(); return; }
  screens.setPassphrase({ set: (passphrase) => set(who.screener, passphrase), back: () => unlock() });
}

/** Only whoever is signed in gives their own up: a colleague's interviews are not theirs to throw away. */
async function giveUp() {
  const who = await line.session();
  if (!who) { screens.onceOnline({ signedOut: who === null, again: start }); return; }
  await device.giveUp(who.screener);
  screens.setPassphrase({ set: (passphrase) => set(who.screener, passphrase), back: start });
}

/** The key leaves memory, and what was on the screen with it. */
function lock() {
  if (!hand) { return; }
  hand = null;
  talk = null;
  sent = [];
  word = "";
  unlock();
}

// What waits

async function home() {
  talk = null;
  atHome = true;
  speak("");
  await list({ still: false });
}

/** Draw the list anew, if it is still what the screen shows once everything is read. */
async function list({ still = true } = {}) {
  const mine = hand;
  if (!atHome || !mine) { return; }
  const all = await device.kept();
  const rows = await Promise.all(all.filter(({ owner }) => owner === mine.owner).map(async (row) =>
    (row.state === "refused" ? { ...row, reason: await device.why(mine, row) } : row)));
  const others = all.filter(({ owner, state }) => owner !== mine.owner && state !== "draft").length;
  if (!atHome || hand !== mine) { return; }
  screens.home({ rows, others, online: navigator.onLine, isReady, sending, sent, word },
    { begin, lock, send, open: reopen, again, discard }, still);
}

async function send() {
  if (!hand || sending) { return; }
  sending = true;
  word = "";
  await list();
  try {
    const happened = await line.send(hand);
    sent = [...sent, ...happened.received];
    word = happened.word;
  } finally {
    sending = false;
  }
  await list();
}

async function again(row) {
  await device.retry(row);
  await send();
}

async function discard(row) {
  await device.forget(row.id);
  await home();
}

// An interview

function begin() {
  atHome = false;
  const language = document.documentElement.lang.split("-")[0];
  screens.begin({ forms: found.forms, languages: found.languages, language }, { start: startTalk, back: home });
}

/** The language where the form has it, else the form's first: a page in two languages helps nobody. */
const spokenBy = ({ languages }, language) =>
  (languages.includes(language) || languages[0].length > 3 ? language : languages[0]);

async function startTalk({ form, language, age_group, sex }) {
  const now = new Date();
  const row = { id: `uuid:${crypto.randomUUID()}`, state: "draft", taken: now.getTime() };
  const said = { form, language: spokenBy(form, language), age_group, sex, answers: {}, note: "", name: "", nationality: "", place: null,
    started_at: now.toISOString() };
  talk = { row, said, form: new Form(form) };
  if (await write()) { await ask(talk.form.asked({})[0]); }
}

async function reopen(row) {
  const said = await device.read(hand, row);
  atHome = false;
  talk = { row: { ...row, state: "draft" }, said, form: new Form(said.form) };
  const path = talk.form.asked(said.answers);
  await ask(path.find(({ name }) => name === said.place) ?? path[0]);
}

/** Write the interview as it stands, sealed; one write after the other. Says whether the device took it. */
function write() {
  const { row, said } = talk;
  const now = structuredClone(said);
  const mine = hand;
  const kept = row.state === "draft" ? () => device.keep(mine, row, now)
    : () => device.keepForNode(mine, row, now, line.asSent(row.id, now), found.seal_to);
  writing = writing.then(kept).then(() => true, () => {
    screens.notKept();
    return false;
  });
  return writing;
}

function tongue() {
  return found.languages[talk.said.language]?.code ?? "";
}

async function ask(question, error = "") {
  if (!talk) { return; } // locked meanwhile; what was said is kept
  if (!question) { await last(); return; }
  const { form, said } = talk;
  const path = form.asked(said.answers);
  said.place = question.name;
  speak(tongue());
  screens.question({
    asked: question, given: said.answers[question.name] ?? "", language: said.language, error,
    step: { number: path.findIndex(({ name }) => name === question.name) + 1, count: path.length },
    urgent: form.urgent(said.answers), online: navigator.onLine,
  }, { next: () => go(question, 1), back: () => go(question, -1), change: () => changed(question) });
}

/** An answer is kept as soon as it is given: the large key may be pressed at any moment. */
function changed(question) {
  const { form, said } = talk;
  const value = tidy(question, screens.answered(question));
  const answers = { ...said.answers, [question.name]: value };
  if (form.fault(question, answers)) { return; }
  said.answers = answers;
  screens.markUrgent(form.urgent(answers));
  clearTimeout(timer);
  if (question.choices.length) { write(); } else { timer = setTimeout(write, TYPING); }
}

async function go(question, way) {
  clearTimeout(timer);
  const { form, said } = talk;
  const value = tidy(question, screens.answered(question));
  const answers = { ...said.answers, [question.name]: value };
  const fault = form.fault(question, answers);
  if (!fault) { said.answers = answers; }
  if (fault && way > 0) { await ask(question, expected(fault)); keepTyped(value); return; }
  const path = form.asked(said.answers);
  const next = path[path.findIndex(({ name }) => name === question.name) + way];
  said.place = next?.name ?? said.place;
  if (!(await write()) || !talk) { return; }
  if (way < 0 && !next) { await home(); return; }
  await ask(next);
}

function keepTyped(value) {
  const input = document.getElementById("answer");
  if (input) { input.value = value; input.focus(); }
}

function expected({ key, values, messages }) {
  const own = messages && screens.inLanguage(messages, talk.said.language);
  return own || say("expected", { expected: say(key, values) });
}

async function last() {
  if (!talk) { return; }
  const { form, said } = talk;
  const path = form.asked(said.answers);
  const faulty = path.filter((question) => form.fault(question, said.answers));
  speak(tongue());
  screens.last({
    said, missing: [...form.missing(said.answers), ...faulty], urgent: form.urgent(said.answers),
    openCount: path.filter(({ name, type }) => type !== "note" && !said.answers[name]).length, online: navigator.onLine,
  }, {
    change: () => { Object.assign(said, screens.ending()); clearTimeout(timer); timer = setTimeout(write, TYPING); },
    goTo: ask,
    back: () => ask(path.at(-1)),
    finish: () => finish([...form.missing(said.answers), ...faulty]),
  });
}

async function finish(open) {
  clearTimeout(timer);
  const { form, said, row } = talk;
  Object.assign(said, screens.ending());
  if (open.length) { await write(); await last(); return; }
  said.answers = form.counted(said.answers);
  talk.row = { ...row, state: "waiting" };
  if (!(await write())) { talk.row = row; return; }
  const urgent = form.urgent(said.answers);
  talk = null;
  screens.finished({ urgent }, { toList: home });
  if (navigator.onLine) { await send(); }
}

// The browser around it

/** Two workers of one program: for this page, and for the neutral page that the large key leads to. */
async function keepWorking() {
  if (!("serviceWorker" in navigator)) { return; }
  navigator.serviceWorker.addEventListener("message", async ({ data }) => {
    if (data === "forms") { found = (await line.load()) ?? found; }
  });
  try {
    await navigator.serviceWorker.register(worker, { scope: address });
    await navigator.serviceWorker.ready;
    await begun(await navigator.serviceWorker.register(worker, { scope: away }));
  } catch {
    return; // signed out, or without line: what is kept goes on working
  }
  isReady = true;
  await list();
}

function begun(registration) {
  return new Promise((resolve) => {
    const look = () => (registration.active ? resolve() : setTimeout(look, TYPING));
    look();
  });
}

let idle = 0;
function stir() {
  clearTimeout(idle);
  idle = setTimeout(lock, IDLE);
}

["pointerdown", "keydown"].forEach((kind) => document.addEventListener(kind, stir, { passive: true }));
window.addEventListener("online", () => send());
window.addEventListener("offline", () => list());
window.addEventListener("pagehide", () => { // no copy of the page keeps the key or the words of a person
  hand = null;
  talk = null;
  show({ main: [], still: true });
});
line.listen(() => list(), lock);
window.addEventListener("unhandledrejection", () => { if (found) { screens.notKept(); } }); // the disk, mostly
stir();
start().catch(() => screens.notKept()).finally(keepWorking); // a slow line carries the page first
