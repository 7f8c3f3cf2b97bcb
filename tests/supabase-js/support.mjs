// What every test of the local Supabase starts from: the running stack, clients, users, the inbox.
import { createClient } from '@supabase/supabase-js';
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import postgres from 'postgres';

if (!process.env.OMEGA_DEV_JSON) throw new Error('OMEGA_DEV_JSON must name the dev.json of a running stack');
export const stack = JSON.parse(readFileSync(process.env.OMEGA_DEV_JSON, 'utf8'));

export const password = 'a long enough passphrase';
export const unique = (prefix = 'user') => `${prefix}-${randomUUID()}`;
export const address = (prefix) => `${unique(prefix)}@example.com`;

/** A client of its own, as one browser tab would have. */
export function client(key = stack.anon_key, options = {}) {
  return createClient(stack.supabase, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    ...options,
  });
}

export const service = client(stack.service_role_key);

/** A new user with a confirmed address, signed in. */
export async function signedIn(data = { full_name: 'Ada Lovelace' }) {
  const email = address();
  const created = ok(
    await service.auth.admin.createUser({ email, password, email_confirm: true, user_metadata: data }),
  );
  const supabase = client();
  const { session } = ok(await supabase.auth.signInWithPassword({ email, password }));
  return { supabase, email, id: created.user.id, session };
}

/** The data of an answer, or the error thrown. */
export function ok({ data, error }) {
  if (error) throw error;
  return data;
}

export const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
export const header = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString());

/** A direct connection; end it when done. */
export const database = () => postgres(stack.database_url, { max: 1, onnotice() {} });

/** The newest mail to an address whose subject matches; waits for it to arrive. */
export async function mail(to, subject, { within = 10_000 } = {}) {
  const deadline = Date.now() + within;
  for (;;) {
    const response = await fetch(new URL('/emails', stack.inbox), {
      headers: { authorization: 'Bearer re_test' },
    });
    const { data } = await response.json();
    const found = data.filter((one) => [one.to].flat().includes(to) && subject.test(one.subject));
    if (found.length > 0) return found.sort((a, b) => a.created_at.localeCompare(b.created_at)).at(-1);
    if (Date.now() > deadline) throw new Error(`no mail to ${to} about ${subject} within ${within} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The link to Auth in a mail, as a reader would click it. */
export function link(message) {
  const found = message.html.match(/href="([^"]*\/auth\/v1\/verify\?[^"]*)"/);
  if (!found) throw new Error('the mail has no link');
  return found[1].replaceAll('&amp;', '&');
}

/** A request to the gateway without any library. */
export function raw(path, { key = stack.anon_key, token, ...init } = {}) {
  const headers = { ...init.headers };
  if (key) headers.apikey = key;
  if (token) headers.authorization = `Bearer ${token}`;
  return fetch(new URL(path, stack.supabase), { ...init, headers, redirect: 'manual' });
}

/** The code an authenticator app shows for a secret in base 32: TOTP, RFC 6238, of 30 s and six digits. */
export function totp(secret, at = Date.now()) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac('sha1', key).update(step).digest();
  const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** A verified second factor of a client that is signed in, which makes its session one of two factors. */
export async function enrolled({ supabase }, friendlyName = 'Phone') {
  const { id, totp: made } = ok(await supabase.auth.mfa.enroll({ factorType: 'totp', friendlyName }));
  ok(await supabase.auth.mfa.challengeAndVerify({ factorId: id, code: totp(made.secret) }));
  return { id, secret: made.secret };
}
