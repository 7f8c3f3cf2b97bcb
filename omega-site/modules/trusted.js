// @ts-check
// The only addresses that code may be loaded from while a page runs. The browser refuses all others (Trusted Types).

/** Libraries that are loaded when they are needed, and workers. */
const known = [
  "/sw.js",
  "/vendor/papaparse/papaparse.min.js",
  "/vendor/pdfjs-dist/pdf.worker.min.mjs",
  "/vendor/supabase-js/supabase.js",
  "/vendor/tus-js-client/tus.min.js",
];

/** @type {{createScriptURL(url: string): any}} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("omega", {
  createScriptURL(/** @type {string} */ url) {
    if (known.includes(url)) return url;
    // Its origin is one that the policy of the page lets in, which only pages with the widget do.
    if (new URL(url, location.origin).pathname === "/turnstile/v0/api.js") return url;
    throw new TypeError(`${url} is not code of this site`);
  },
}) ?? { createScriptURL: (/** @type {string} */ url) => url };

/** @type {Map<string, Promise<void>>} */
const loading = new Map();

/**
 * Runs a script once. Classic scripts leave what they define on `globalThis`.
 * @param {string} url
 * @returns {Promise<void>} rejected when it can't be had; the next call tries again
 */
export function loadScript(url) {
  const begun = loading.get(url);
  if (begun) return begun;
  /** @type {Promise<void>} */
  const done = new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = policy.createScriptURL(url);
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => {
      loading.delete(url);
      script.remove();
      reject(new TypeError(`${url} did not load`));
    });
    document.head.append(script);
  });
  loading.set(url, done);
  return done;
}

/**
 * @param {string} url of a module
 * @returns {Worker}
 */
export const startWorker = (url) => new Worker(policy.createScriptURL(url), { type: "module" });

/**
 * @param {string} url
 * @returns {Promise<ServiceWorkerRegistration>}
 */
export const registerServiceWorker = (url) => navigator.serviceWorker.register(policy.createScriptURL(url));
