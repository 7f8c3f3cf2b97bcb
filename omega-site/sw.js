// @ts-check
// Keeps one page for when the network is away, and what that page is drawn with. Nothing else is kept: no other
// page, no answer of the API, nothing of a client.

/** What /offline needs. */
const kept = [
  "/offline",
  "/pages/offline.js",
  "/styles/omega.css",
  "/mark.svg",
  "/vendor/inter/inter-latin-wght-normal.woff2",
];
/** Follows from what is in those files, by `cargo xtask generate`: the cache is filled anew when one of them changes. */
const version = "3f61cedb5d3c4239";

/**
 * @typedef {Event & {waitUntil(work: Promise<unknown>): void}} ExtendableEvent
 * @typedef {Event & {request: Request, preloadResponse: Promise<Response | undefined>, respondWith(answer: Promise<Response>): void}} FetchEvent
 */
const prefix = "offline-";
const cacheName = prefix + version;
const worker = /** @type {any} */ (self);

worker.addEventListener("install", (/** @type {ExtendableEvent} */ event) => {
  event.waitUntil(fill().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (/** @type {ExtendableEvent} */ event) => {
  // Preloading lets a page be asked for while the worker is still starting, so that it costs nothing.
  event.waitUntil(Promise.all([forgetOlder(), worker.registration.navigationPreload?.enable()]));
});

worker.addEventListener("fetch", (/** @type {FetchEvent} */ event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (kept.includes(pathname)) event.respondWith(fetch(request).catch(() => keptFile(pathname)));
});

async function fill() {
  const cache = await caches.open(cacheName);
  // Asks whether the browser's copy is still the newest, rather than take it unasked.
  await cache.addAll(kept.map((path) => new Request(path, { cache: "no-cache" })));
}

async function forgetOlder() {
  const older = (await caches.keys()).filter((key) => key.startsWith(prefix) && key !== cacheName);
  await Promise.all(older.map((key) => caches.delete(key)));
}

/** @param {FetchEvent} event */
async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return keptFile("/offline");
  }
}

/** @param {string} path */
async function keptFile(path) {
  return (await caches.match(path)) ?? Response.error();
}
