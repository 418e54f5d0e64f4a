/* The line to the node: what to ask, who is signed in, and sending what waits, each interview exactly once. */

import * as device from "./device.js";

const addresses = document.body.dataset;
const LONGEST_WAIT = 60 * 1000;
const patience = () => AbortSignal.timeout(LONGEST_WAIT); // a line that hangs is a line that broke
const CHILD = { "0-17": true, "18+": false };
const TELL_OTHERS = new BroadcastChannel("mainstay-offline");

/** The instruments and words, out of the browser's own keeping or from the node; null where neither has them. */
export async function load() {
  try {
    const answer = await fetch(addresses.forms);
    return answer.ok && !answer.redirected ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Who is signed in, with the token for sending; null where nobody is; undefined where there is no line. */
export async function session() {
  try {
    const answer = await fetch(addresses.session, { redirect: "manual", cache: "no-store", signal: patience() });
    return answer.ok ? await answer.json() : null;
  } catch {
    return undefined;
  }
}

/** Hear from other pages of this browser: something was sent, or somebody signed out. */
export function listen(changed, signedOut) {
  TELL_OTHERS.addEventListener("message", ({ data }) => (data === "lock" ? signedOut() : changed()));
}

/** Send what waits. The first page that begins does all of it; another that begins meanwhile does nothing.
    Returns what happened: the numbers of what was received, and the word for what stopped it. */
export function send(hand) {
  return navigator.locks.request("mainstay-offline-send", { ifAvailable: true }, (mine) =>
    (mine ? sendAll(hand) : { received: [], word: "" }));
}

async function sendAll(hand) {
  const rows = (await device.kept()).filter((row) => row.owner === hand.owner && row.state === "waiting");
  const received = [];
  if (!rows.length) { return { received, word: "" }; }
  const who = await session();
  if (who === undefined) { return { received, word: "line_lost" }; }
  if (who === null || who.screener !== hand.owner) { return { received, word: "sign_in_again" }; }
  for (const row of rows) {
    const { number, word } = await sendOne(hand, row, who.token);
    if (number) { received.push(number); }
    if (word) { return { received, word }; }
  }
  return { received, word: "" };
}

/** What the node has acknowledged is taken off the device, and only that. */
async function sendOne(hand, row, token) {
  let answer;
  let body;
  try {
    answer = await post(token, ...(await letter(hand, row)));
    body = await answer.json();
  } catch {
    return { word: answer ? "node_busy" : "line_lost" };
  }
  if (answer.status === 201) {
    await device.forget(row.id);
    TELL_OTHERS.postMessage("changed");
    return { number: body.id };
  }
  if (answer.status === 401 || answer.status === 403) { return { word: "sign_in_again" }; }
  if (answer.status >= 500 || answer.status === 429) { return { word: "node_busy" }; }
  await device.refuse(hand, row, reason(body));
  return {};
}

async function letter(hand, row) {
  if (!row.letter) { return [addresses.send, asSent(row.id, await device.read(hand, row))]; }
  const sealed = btoa(Array.from(row.letter, (byte) => String.fromCharCode(byte)).join(""));
  return [addresses.sendSealed, { instance_id: row.id, sealed }];
}

function post(token, address, body) {
  return fetch(address, {
    method: "POST",
    redirect: "error",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
    signal: patience(),
  });
}

/** An interview as the node's API takes it. */
export function asSent(id, said) {
  const { form, answers, age_group: age, sex, language, note, name, nationality, started_at } = said;
  return { instrument: form.name, version: form.version, child: CHILD[age] ?? null, answers, sex, language, note, name,
    nationality, started_at, instance_id: id };
}

/** Why the node refused, without quoting what was said. */
function reason(problem) {
  const faults = (problem.faults ?? []).map((fault) => [fault.field, fault.expected].filter(Boolean).join(": "));
  return [problem.title, ...(faults.length ? faults : [problem.detail])].filter(Boolean);
}
