// @ts-check
// Uploads that broke off, kept on this device so that they go on where they stopped, also after a reload. What is kept
// is where the half-sent file waits, never the file; it is forgotten on signing out.

/** @typedef {{path: string, url: string, name: string, size: number, since: number}} Unfinished */

const prefix = "omega-unfinished:";

/** Storage keeps a half-sent file for 24 hours; a little less, so that it is still there when asked for. */
const keptFor = 23 * 60 * 60 * 1000;

/**
 * @param {string} user id
 * @param {string} fingerprint what tells the file from others
 * @returns {Unfinished | null}
 */
export const findUnfinished = (user, fingerprint) => read(`${prefix}${user}:${fingerprint}`);

/**
 * @param {string} user id
 * @param {string} fingerprint
 * @param {Unfinished | null} upload null when it is finished
 */
export function keepUnfinished(user, fingerprint, upload) {
  try {
    if (upload) localStorage.setItem(`${prefix}${user}:${fingerprint}`, JSON.stringify(upload));
    else localStorage.removeItem(`${prefix}${user}:${fingerprint}`);
  } catch {
    // Storage may be full or forbidden; a reload then starts that file anew.
  }
}

/**
 * All that this user left unfinished here, the latest first.
 * @param {string} user id
 * @returns {(Unfinished & {fingerprint: string})[]}
 */
export function listUnfinished(user) {
  const mine = `${prefix}${user}:`;
  return keys()
    .filter((key) => key.startsWith(mine))
    .flatMap((key) => {
      const upload = read(key);
      return upload ? [{ ...upload, fingerprint: key.slice(mine.length) }] : [];
    })
    .sort((a, b) => b.since - a.since);
}

/** On signing out: the names of files are nobody else's business on a shared computer. */
export function forgetUnfinished() {
  for (const key of keys()) if (key.startsWith(prefix)) localStorage.removeItem(key);
}

function keys() {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
}

/**
 * @param {string} key
 * @returns {Unfinished | null}
 */
function read(key) {
  try {
    const upload = JSON.parse(localStorage.getItem(key) ?? "null");
    if (!upload) return null;
    if (Date.now() - upload.since < keptFor && typeof upload.url === "string") return upload;
    localStorage.removeItem(key);
  } catch {
    // Not ours, or not readable: as if it were not there.
  }
  return null;
}
