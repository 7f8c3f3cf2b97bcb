// @ts-check
// How fast something is sent and how long the rest takes, from what was sent at what time.

/** How far back to look, in milliseconds: far enough to be calm, near enough to notice a slow line. */
const span = 8000;

/** Sooner than this, in milliseconds, nothing can be told. */
const patience = 1500;

/**
 * @param {number} total bytes
 * @returns {(sent: number, now?: number) => {rate: number, seconds: number} | null} bytes a second and seconds left; null while
 * nothing can be told
 */
export function createPace(total) {
  /** @type {{at: number, sent: number}[]} */
  let marks = [];
  return (sent, now = performance.now()) => {
    const last = marks.at(-1);
    // It starts again from less when a part has to be sent anew.
    if (last && sent < last.sent) marks = [];
    marks.push({ at: now, sent });
    while (marks.length > 2 && now - /** @type {{at: number}} */ (marks[0]).at > span) marks.shift();
    const first = /** @type {{at: number, sent: number}} */ (marks[0]);
    const elapsed = now - first.at;
    if (elapsed < patience || sent === first.sent) return null;
    const rate = ((sent - first.sent) * 1000) / elapsed;
    return { rate, seconds: (total - sent) / rate };
  };
}

/**
 * How long it still takes, for a person: nobody needs to know 47 from 48 seconds.
 * @param {number} seconds
 */
export function timeLeft(seconds) {
  if (seconds < 5) return "a few seconds left";
  if (seconds <= 50) return `about ${Math.ceil(seconds / 10) * 10} seconds left`;
  const minutes = Math.round(seconds / 60);
  if (minutes <= 1) return "about a minute left";
  if (minutes < 60) return `about ${minutes} minutes left`;
  return "more than an hour left";
}
