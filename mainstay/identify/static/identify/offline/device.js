/* What this device keeps: interviews, sealed, in IndexedDB.
   Each is AES-256-GCM under one key that no script can take out of the browser's memory. On the disk that key stands
   only wrapped, under a passphrase (PBKDF2-SHA-256). Nothing readable of a person is ever written. */

const NAME = "mainstay-offline";
const ROUNDS = 600000; // OWASP's figure of 2023 for PBKDF2 with SHA-256
const FREE_TRIES = 3;
const FIRST_WAIT = 5;
const LONGEST_WAIT = 15 * 60;
const BLOCK = 4096; // sizes are rounded up, so that they do not tell how much was said
const LOCKS = "locks";
const INTERVIEWS = "interviews";

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

let opened = null;

function database() {
  if (!opened) {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(LOCKS, { keyPath: "owner" });
      request.result.createObjectStore(INTERVIEWS, { keyPath: "id" });
    };
    opened = done(request);
  }
  return opened;
}

/** Run one request on a store, and wait until it is on the disk. */
async function on(store, mode, ask) {
  const transaction = (await database()).transaction(store, mode, { durability: "strict" });
  const written = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
  const result = await done(ask(transaction.objectStore(store)));
  await written;
  return result;
}

const all = (store) => on(store, "readonly", (rows) => rows.getAll());
const put = (store, row) => on(store, "readwrite", (rows) => rows.put(row));

/** The passphrases set on this device: one for each colleague who uses it, by their number. */
export const locks = () => all(LOCKS);

/** What is kept, oldest first: state, time and size, nothing that was said. */
export async function kept() {
  const rows = await all(INTERVIEWS);
  return rows.sort((one, other) => one.taken - other.taken);
}

export const forget = (id) => on(INTERVIEWS, "readwrite", (rows) => rows.delete(id));

/** Give a forgotten passphrase up: the key goes, and what only it opens. What is sealed to the node stays. */
export async function giveUp(owner) {
  const lost = (await all(INTERVIEWS)).filter((row) => row.owner === owner && !row.letter);
  await Promise.all(lost.map(({ id }) => forget(id)));
  await on(LOCKS, "readwrite", (rows) => rows.delete(owner));
}

async function wrappingKey(passphrase, salt, iterations) {
  const typed = new TextEncoder().encode(passphrase.normalize("NFKC"));
  const base = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, base,
    { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"]);
}

function gcm(iv, about) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(about) };
}

async function unwrapped(lock, passphrase) {
  const outer = await wrappingKey(passphrase, lock.salt, lock.iterations);
  return crypto.subtle.unwrapKey("raw", lock.wrapped, outer, gcm(lock.iv, lock.owner), "AES-GCM", false,
    ["encrypt", "decrypt"]);
}

/** Make a key for a colleague, keep it wrapped under their passphrase, and return it. */
export async function setLock(owner, passphrase) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const outer = await wrappingKey(passphrase, salt, ROUNDS);
  const inner = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
  const wrapped = await crypto.subtle.wrapKey("raw", inner, outer, gcm(iv, owner));
  const lock = { owner, salt, iv, wrapped, iterations: ROUNDS, tries: 0, notBefore: 0 };
  await on(LOCKS, "readwrite", (rows) => rows.add(lock)); // never over a lock that is there
  await navigator.storage?.persist?.();
  return { owner, key: await unwrapped(lock, passphrase) };
}

/** Open with a passphrase: the colleague whose it is and their key; or how many seconds to wait, or neither. */
export async function open(passphrase) {
  const found = await locks();
  const wait = Math.max(0, ...found.map((lock) => Math.ceil((lock.notBefore - Date.now()) / 1000)));
  if (wait > 0) { return { wait }; }
  for (const lock of found) {
    try {
      const key = await unwrapped(lock, passphrase);
      await put(LOCKS, { ...lock, tries: 0, notBefore: 0 });
      return { owner: lock.owner, key };
    } catch (error) {
      if (error.name !== "OperationError") { throw error; } // that one says: not this passphrase
    }
  }
  await Promise.all(found.map((lock) => put(LOCKS, slowed(lock))));
  return {};
}

function slowed(lock) {
  const tries = lock.tries + 1;
  const seconds = tries < FREE_TRIES ? 0 : Math.min(FIRST_WAIT * 2 ** (tries - FREE_TRIES), LONGEST_WAIT);
  return { ...lock, tries, notBefore: Date.now() + seconds * 1000 };
}

function padded(said) {
  const bytes = new TextEncoder().encode(JSON.stringify(said));
  const filled = new Uint8Array(Math.ceil(bytes.length / BLOCK) * BLOCK).fill(0x20); // JSON may end in blanks
  filled.set(bytes);
  return filled;
}

async function sealed({ owner, key }, about, said) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, bytes: await crypto.subtle.encrypt(gcm(iv, `${owner} ${about}`), key, padded(said)) };
}

async function unsealed({ owner, key }, about, { iv, bytes }) {
  const plain = await crypto.subtle.decrypt(gcm(iv, `${owner} ${about}`), key, bytes);
  return JSON.parse(new TextDecoder().decode(plain));
}

/** Keep an interview as it stands, sealed under the colleague's key. */
export async function keep(hand, { id, state, taken }, said) {
  const kept = await sealed(hand, id, said);
  await put(INTERVIEWS, { id, owner: hand.owner, state, taken, said: kept, size: kept.bytes.byteLength });
}

/** Keep a finished interview, as it will be sent, so that nobody but the node can open it: not on this device either.
    A browser that does not know the curve yet keeps it under the colleague's key. */
export async function keepForNode(hand, { id, taken }, said, asSent, nodeKey) {
  try {
    const letter = await sealedToNode(nodeKey, `${id}:${hand.owner}`, asSent);
    await put(INTERVIEWS, { id, owner: hand.owner, state: "waiting", taken, letter, size: letter.byteLength });
  } catch (error) {
    if (error.name !== "NotSupportedError") { throw error; }
    await keep(hand, { id, state: "waiting", taken }, said);
  }
}

/** Open an interview that is kept under the colleague's key. */
export const read = (hand, row) => unsealed(hand, row.id, row.said);

/** Note why the node refused an interview; take the note away again to send it once more. */
export async function refuse(hand, row, why) {
  await put(INTERVIEWS, { ...row, state: "refused", why: await sealed(hand, `why ${row.id}`, why) });
}
export const why = (hand, row) => unsealed(hand, `why ${row.id}`, row.why).catch(() => []); // under a key given up
export const retry = (row) => put(INTERVIEWS, { ...row, state: "waiting", why: null });

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Bound to its name and its screener: the node opens it for nobody else who sends it.
    As `sealing.seal_to` on the node: an X25519 exchange with a key made for this once, HKDF-SHA256, AES-256-GCM. */
async function sealedToNode(nodeKey, about, said) {
  const curve = { name: "X25519" };
  const once = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const node = await crypto.subtle.importKey("raw",
    new Uint8Array(nodeKey.match(/../g).map((pair) => parseInt(pair, 16))), curve, false, []);
  const shared = await crypto.subtle.deriveBits({ ...curve, public: node }, once.privateKey, 256);
  const open = new Uint8Array(await crypto.subtle.exportKey("raw", once.publicKey));
  const info = new TextEncoder().encode(`mainstay:seal-to:${hex(open)}:${nodeKey}`);
  const key = await crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info },
    await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]),
    { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const body = await crypto.subtle.encrypt(gcm(iv, `identify.interview:${about}`), key, padded(said));
  return new Uint8Array([...open, 1, ...iv, ...new Uint8Array(body)]);
}
