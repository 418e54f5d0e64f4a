/* Answers in the network's place, for the page that takes interviews and for the neutral page; nothing else of the
   node passes through here. What it keeps is our own program, words, and questions: nothing of a person.
   MAINSTAY, with the addresses and the version, is written above by the node. */

const PREFIX = "mainstay-offline-";
const NAME = `${PREFIX}${MAINSTAY.version}`;
const LIVING = new Set([MAINSTAY.home, MAINSTAY.forms, MAINSTAY.away]); // kept, and looked up again at each visit
const KEPT = new Set(MAINSTAY.kept);

const isSound = (answer) => answer.ok && !answer.redirected;
const look = (cache, path) => cache.match(path, { ignoreVary: true });

async function keep() {
  const cache = await caches.open(NAME);
  await Promise.all(MAINSTAY.kept.map(async (path) => {
    if (await look(cache, path)) { return; }
    const answer = await fetch(path, { cache: "no-cache" });
    if (!isSound(answer)) { throw new Error(`${path} cannot be kept`); } // signed out: what was kept before stays
    await cache.put(path, answer);
  }));
  await self.skipWaiting();
}

async function clear() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== NAME).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** What is kept at once, and what is newer for the next time. */
async function keptThenNewer(event, path) {
  const cache = await caches.open(NAME);
  const before = await look(cache, path);
  const newer = renew(cache, path, before?.clone());
  event.waitUntil(newer.catch(() => {}));
  return before ?? newer;
}

async function renew(cache, path, before) {
  const answer = await fetch(path, { cache: "no-cache" });
  if (!isSound(answer)) { return answer; }
  const fresh = await answer.clone().text();
  if (before && fresh === (await before.text())) { return answer; }
  await cache.put(path, answer.clone());
  if (before && path === MAINSTAY.forms) {
    (await self.clients.matchAll()).forEach((client) => client.postMessage("forms"));
  }
  return answer;
}

async function keptOrFetched(request, path) {
  const cache = await caches.open(NAME);
  const before = await look(cache, path);
  if (before) { return before; }
  const answer = await fetch(request);
  if (isSound(answer)) { await cache.put(path, answer.clone()); } // a font of a language that is used for the first time
  return answer;
}

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(clear()));
self.addEventListener("fetch", (event) => {
  const { pathname: path, origin, search } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin || search) { return; }
  if (LIVING.has(path)) { event.respondWith(keptThenNewer(event, path)); return; }
  if (KEPT.has(path) || event.request.destination === "font") { event.respondWith(keptOrFetched(event.request, path)); }
});
