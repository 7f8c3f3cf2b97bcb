// @ts-check
// Who is signed in. supabase-js makes, keeps and refreshes the session; it is large and most pages only need a token
// that is still good, so it is loaded when there is something for it to do.
import { Problem, Unreachable } from "./errors.js";
import { forgetDrafts } from "./drafts.js";
import { loadScript } from "./trusted.js";
import { forgetUnfinished } from "./unfinished.js";

/** @typedef {import("@supabase/supabase-js").SupabaseClient} SupabaseClient */
/** @typedef {import("@supabase/supabase-js").Session} Session */
/** @typedef {{supabase_url: string, supabase_key: string, turnstile?: {site_key: string, script: string} | null}} Config */

const storageKey = "omega-session";

/** @type {Promise<Config> | undefined} */
let configuration;
/** @type {Promise<SupabaseClient> | undefined} */
let opening;

/** @returns {Promise<Config>} */
export function config() {
  configuration ??= (async () => {
    const response = await fetch("/config.json").catch(() => {
      throw new Unreachable("network");
    });
    if (!response.ok) throw new Problem({ status: response.status });
    return response.json();
  })();
  // A failure is not kept: the next try asks again.
  configuration.catch(() => (configuration = undefined));
  return configuration;
}

/** @returns {Promise<SupabaseClient>} */
export function supabase() {
  opening ??= (async () => {
    const loaded = loadScript("/vendor/supabase-js/supabase.js").catch(() => {
      throw new Unreachable("network");
    });
    const [{ supabase_url, supabase_key }] = await Promise.all([config(), loaded]);
    /** @type {typeof import("@supabase/supabase-js")} */
    const library = /** @type {any} */ (globalThis).supabase;
    const client = library.createClient(supabase_url, supabase_key, {
      // Links from mails are read by linkSession(), on the pages they lead to and nowhere else.
      auth: { storageKey, flowType: "implicit", detectSessionInUrl: false },
    });
    client.auth.onAuthStateChange(() => dispatchEvent(new Event("omega:session")));
    return client;
  })();
  opening.catch(() => (opening = undefined));
  return opening;
}

/**
 * The session as supabase-js left it here, good or not.
 * @returns {Session | null}
 */
function storedSession() {
  try {
    const stored = JSON.parse(localStorage.getItem(storageKey) ?? "null");
    return stored?.access_token && stored.user ? stored : null;
  } catch {
    return null;
  }
}

/**
 * Whether the password was given and the code of the second step is still owed: the database gives such a session
 * nothing, so no page takes it for being signed in.
 * @param {Session} session
 */
export function owesSecondStep(session) {
  return Boolean(session.user.factors?.some(({ status }) => status === "verified")) && !tookSecondStep(session);
}

/** @param {Session} session */
export function tookSecondStep({ access_token }) {
  const claims = (access_token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(atob(claims)).aal === "aal2";
}

/** The session that waits for its second step, if there is one here. */
export function halfSession() {
  const stored = storedSession();
  return stored && owesSecondStep(stored) ? stored : null;
}

/** Whether a session is stored here, without asking anybody: enough to choose a link, not to trust. */
export const seemsSignedIn = () => {
  const stored = storedSession();
  return stored !== null && !owesSecondStep(stored);
};

/** As `seemsSignedIn`, for the firm's own people. */
export const isStaff = () => storedSession()?.user.app_metadata.role === "staff";
/**
 * Whether one's role in the firm may change things. Only a courtesy, so that nobody fills in what the database refuses.
 */
export const mayChange = () => isStaff() && storedSession()?.user.app_metadata["staff_role"] !== "read-only";
/** Where one's own things are. */
export const homePath = () => (isStaff() ? "/clients" : "/home");

/** How much longer, in seconds, a token must be good for to be sent. */
const tokenMargin = 60;

/**
 * The session, refreshed when it is about to expire; null when nobody is signed in.
 * @returns {Promise<Session | null>}
 */
export async function session() {
  const stored = storedSession();
  if (!stored || owesSecondStep(stored)) return null;
  if ((stored.expires_at ?? 0) - tokenMargin > Date.now() / 1000) return stored;
  const client = await supabase();
  const { data, error } = await client.auth.getSession();
  // Without a network nothing can be refreshed, but nobody was signed out either.
  if (error?.name === "AuthRetryableFetchError") throw new Unreachable("network");
  return data.session && owesSecondStep(data.session) ? null : data.session;
}

/**
 * For pages of signed-in clients: the session, or off to sign in and back here.
 * @returns {Promise<Session>}
 */
export async function requireSession() {
  const current = await session();
  if (!current) return leaveToSignIn();
  addEventListener("storage", ({ key }) => {
    // Signed out in another tab: papers must not stay on the screen of a shared computer.
    if ((key === storageKey || key === null) && !seemsSignedIn()) void leaveToSignIn();
  });
  return current;
}

/** @returns {Promise<string>} */
export async function accessToken() {
  const current = await session();
  return current ? current.access_token : leaveToSignIn();
}

/** @returns {Promise<string>} */
export async function refreshSession() {
  const client = await supabase();
  const { data, error } = await client.auth.refreshSession();
  if (error?.name === "AuthRetryableFetchError") throw new Unreachable("network");
  return data.session ? data.session.access_token : endSession();
}

/**
 * Forgets a session the server no longer accepts.
 * @returns {Promise<never>}
 */
export async function endSession() {
  const client = await supabase();
  await client.auth.signOut({ scope: "local" });
  return leaveToSignIn();
}

let leaving = false;

/** @returns {Promise<never>} */
function leaveToSignIn() {
  if (!leaving) {
    leaving = true;
    location.replace(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  // The page is going away; whoever waits must not go on meanwhile.
  return new Promise(() => {});
}

/** Signs out on this device and leaves. */
export async function signOut() {
  leaving = true;
  forgetDrafts();
  forgetUnfinished();
  const stored = storedSession();
  // The two things supabase-js would do are done here, so that signing out never waits for it: tell Auth, and forget.
  try {
    const { supabase_url, supabase_key } = await config();
    await fetch(`${supabase_url}/auth/v1/logout?scope=local`, {
      method: "POST",
      headers: { apikey: supabase_key, Authorization: `Bearer ${stored?.access_token}` },
      signal: AbortSignal.timeout(5000),
    });
  } catch {
    // Without a network the session still must be gone from this device.
  }
  localStorage.removeItem(storageKey);
  location.assign("/sign-in?signed-out");
}

/**
 * What a link in one of Auth's mails brought along, taken out of the address bar at once. `halfway` is the first of the
 * two links that change an address.
 * @returns {Promise<{type: string | null, session: Session} | {error: "expired" | "unreachable"} | {halfway: true} | null>} null when there was nothing
 */
export async function linkSession() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const query = new URLSearchParams(location.search);
  const type = hash.get("type") ?? query.get("type");
  const tokenHash = query.get("token_hash");
  if (!hash.has("access_token") && !hash.has("error") && !hash.has("message") && !tokenHash && !query.has("error_code")) return null;
  history.replaceState(null, "", location.pathname);
  if (hash.has("message")) return { halfway: true };
  if (hash.has("error") || query.has("error_code")) return { error: "expired" };

  const client = await supabase();
  const { data, error } = tokenHash
    ? await client.auth.verifyOtp({ token_hash: tokenHash, type: /** @type {any} */ (type ?? "recovery") })
    : await client.auth.setSession({ access_token: hash.get("access_token") ?? "", refresh_token: hash.get("refresh_token") ?? "" });
  if (error?.name === "AuthRetryableFetchError") return { error: "unreachable" };
  return data.session ? { type, session: data.session } : { error: "expired" };
}

/**
 * Where to go after signing in: a path of this site, whatever the address says.
 * @param {string | null} next
 */
export function safeNext(next) {
  if (!next?.startsWith("/")) return homePath();
  const url = new URL(next, location.origin);
  return url.origin === location.origin ? url.pathname + url.search : homePath();
}
