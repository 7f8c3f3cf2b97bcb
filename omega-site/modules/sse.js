// @ts-check
// Server-sent events over fetch: EventSource can send neither a body nor a token.

/** @typedef {{event: string, data: string}} ServerEvent */

/**
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<ServerEvent, void, void>}
 */
export async function* readEvents(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let event = "message";
  /** @type {string[]} */
  let data = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      rest += decoder.decode(value, { stream: !done });
      // A lone CR at the end may be the first half of CRLF: wait for what follows.
      const complete = done ? rest.length : Math.max(rest.lastIndexOf("\n"), rest.lastIndexOf("\r", rest.length - 2)) + 1;
      const lines = rest.slice(0, complete).split(/\r\n|\n|\r/);
      rest = rest.slice(complete);
      lines.pop();
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { event, data: data.join("\n") };
          event = "message";
          data = [];
          continue;
        }
        const [, name, text = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
        if (name === "event") event = text;
        else if (name === "data") data.push(text);
      }
      if (done) return;
    }
  } finally {
    // Leaving early ends the request.
    reader.cancel().catch(() => {});
  }
}
