// The module that workerd loads: hands events to the wasm instance, and makes a new instance after a
// panic, which leaves the old one's memory in an unknown state.
import * as bindings from "./bindings.js";

// A copy: not every Worker has every handler, and bundlers warn of a missing export.
const wasm = { ...bindings };
const state = wasm.__worker_init_state();

// How to end each request that is under way. A panic in a spawned task reaches nobody's promise, so those who
// wait on the instance that is gone are told here; the runtime would call them hung.
const underWay = new Set();

function note(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return;
  state.criticalError = true;
  for (const fail of underWay) fail(error);
  underWay.clear();
}

function revive() {
  if (!state.criticalError) return;
  wasm.__wbg_reset_state();
  state.criticalError = false;
  state.instanceId++;
}

addEventListener("error", (event) => note(event.error));

// wasm's tasks are run by microtasks. The runtime's own queueMicrotask wraps each in an object of its own, which
// costs ten times what a promise does that is settled already.
const settled = Promise.resolve();
globalThis.queueMicrotask = (task) => {
  settled.then(() => {
    try {
      task();
    } catch (error) {
      note(error);
    }
  });
};

async function run(handler, event, env, context) {
  revive();
  const { promise: died, reject: fail } = Promise.withResolvers();
  underWay.add(fail);
  try {
    return await Promise.race([handler(event, env, context), died]);
  } catch (error) {
    note(error);
    throw error;
  } finally {
    underWay.delete(fail);
  }
}

const panicked = {
  type: "about:blank",
  title: "Internal Server Error",
  status: 500,
  detail: "Something went wrong on our side. Try again, or tell us the request number.",
};

async function fetch(request, env, context) {
  try {
    return await run(wasm.fetch, request, env, context);
  } catch (error) {
    const request_id = request.headers.get("cf-ray") ?? crypto.randomUUID();
    console.error(JSON.stringify({ level: "error", request_id, cause: String(error) }));
    return Response.json({ ...panicked, request_id }, {
      status: 500,
      headers: { "content-type": "application/problem+json", "x-request-id": request_id, "cache-control": "no-store" },
    });
  }
}

const scheduled = (event, env, context) => run(wasm.scheduled, event, env, context);

export default { fetch, ...(wasm.scheduled && { scheduled }) };
