// A rate-limiting binding for a workerd without wrangler's: counts as Cloudflare's does, by key and minute.
// Of the name that Cloudflare's has: the worker crate asks for it.
class Ratelimit {
  #counts = new Map();
  #window = 0;

  constructor(limit) {
    this.limitOfWindow = limit;
  }

  async limit({ key }) {
    const window = Math.floor(Date.now() / 60_000);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts.clear();
    }
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return { success: count <= this.limitOfWindow };
  }
}

export default ({ limit }) => new Ratelimit(limit);
