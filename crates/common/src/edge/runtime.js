// What goes between wasm and the runtime, in as few calls as there can be: each call from wasm copies every text
// that it carries, and each object of the runtime that is held in wasm is one more for the garbage collector to
// ask back.

/** Stands for a header that was not sent: no header's value can hold it. */
const ABSENT = "\0";

/** Method, URL and the headers that every request is looked at for, a line each. */
export function head(request) {
  const { method, url, headers } = request;
  const authorization = headers.get("authorization") ?? ABSENT;
  return `${method}\n${url}\n${headers.get("cf-ray") ?? ABSENT}\n${headers.get("origin") ?? ABSENT}\n${authorization}`;
}

/** Lines of a name, a colon and a value. */
function pairs(lines) {
  const headers = {};
  for (const line of lines.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[line.slice(0, colon)] = line.slice(colon + 1);
  }
  return headers;
}

/** The bytes of a request's body; null when there are more than `limit`, "late" when they are not there in time. */
export async function body(request, limit, milliseconds) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds, "late");
  });
  try {
    return await Promise.race([bodyOf(request, limit), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function bodyOf(request, limit) {
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (Number(declared) > limit) return null;
    const bytes = new Uint8Array(await request.arrayBuffer());
    return bytes.length > limit ? null : bytes;
  }
  if (request.body === null) return new Uint8Array();
  const chunks = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length > limit) return null;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function open(method, url, headers, content, signal) {
  // A copy: what is handed over is wasm's memory, which may be something else by the time it is sent.
  return fetch(url, { method, headers: pairs(headers), body: content?.slice(), redirect: "manual", signal });
}

/** An answer with its body unread, and the signal that bounds it. */
export async function send(method, url, headers, content, milliseconds) {
  const signal = AbortSignal.timeout(milliseconds);
  try {
    return [await open(method, url, headers, content, signal), signal];
  } catch (error) {
    return signal.aborted ? "late" : String(error);
  }
}

/** An answer's status, bytes and `Retry-After`; `limit` is in bytes. */
export async function exchange(method, url, headers, content, milliseconds, limit) {
  const signal = AbortSignal.timeout(milliseconds);
  let response;
  try {
    response = await open(method, url, headers, content, signal);
  } catch (error) {
    return signal.aborted ? "late" : `unreachable ${error}`;
  }
  return read(response, signal, limit);
}

/** Status, bytes and `Retry-After` of an answer whose body is not read yet. */
export async function read(response, signal, limit) {
  if (Number(response.headers.get("content-length")) > limit) return "large";
  try {
    const bytes = new Uint8Array(await response.arrayBuffer());
    return bytes.length > limit ? "large" : [response.status, bytes, response.headers.get("retry-after")];
  } catch (error) {
    return signal.aborted ? "late body" : `broken ${error}`;
  }
}

/** The answer to a request. */
export function respond(status, headers, content) {
  return new Response(content?.slice(), { status, headers: pairs(headers) });
}

/** The answer to a request, its body passed on as it comes. */
export function respondWith(status, headers, stream) {
  return new Response(stream, { status, headers: pairs(headers) });
}
