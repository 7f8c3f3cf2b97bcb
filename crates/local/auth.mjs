// The Auth service of the local Supabase: @supabase/lite's `/auth/v1`, on our Postgres, its mails
// sent through Resend's API. Started by omega-local, which stands in front of it.
import { AsyncLocalStorage } from 'node:async_hooks';
import { serve } from '@hono/node-server';
import { App } from '@supabase/lite';
import { createPostgresConnection } from '@supabase/lite/postgres';

const config = JSON.parse(process.env.OMEGA_AUTH);
const redirect = new AsyncLocalStorage();

// The library hands strings over as JSON already; encoding them again would store JSON in JSON.
const json = (oid) => ({
  to: oid,
  from: [oid],
  serialize: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
  parse: JSON.parse,
});
// Instants as GoTrue writes them, not as Postgres does.
const instant = {
  to: 1184,
  from: [1184],
  serialize: (value) => value,
  parse: (text) => new Date(text).toISOString(),
};
const connection = createPostgresConnection({
  url: config.database_url,
  postgresOptions: {
    max: 5,
    onnotice() {},
    types: { json: json(114), jsonb: json(3802), instant },
  },
});

// The library's links start at the site and forget `redirect_to`: lead them through the API, and on
// to where the request asked.
const links = /https?:\/\/[^\s"'<>]*\/auth\/v1\/verify\?[^\s"'<>]*/g;
function throughApi(text) {
  return text?.replace(links, (found) => {
    const link = new URL(found.replaceAll('&amp;', '&'));
    const target = new URL(`/auth/v1/verify${link.search}`, config.url);
    const wanted = redirect.getStore();
    if (wanted) target.searchParams.set('redirect_to', wanted);
    return found.includes('&amp;') ? target.href.replaceAll('&', '&amp;') : target.href;
  });
}

async function send({ to, subject, text, html }) {
  const response = await fetch(new URL('/emails', config.inbox_url), {
    method: 'POST',
    headers: { authorization: `Bearer ${config.resend_api_key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      from: config.mail_from,
      to: [to],
      subject,
      text: throughApi(text),
      html: throughApi(html),
    }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`the mail was refused: ${response.status} ${await response.text()}`);
}

const app = new App({
  connection,
  auth: {
    enabled: true,
    jwt_secret: config.secret,
    jwt_expiry: 3600,
    minimum_password_length: 12,
    enable_refresh_token_rotation: true,
    site_url: config.site_url,
    additional_redirect_urls: config.redirect_urls,
    email: { enable_signup: true, enable_confirmations: config.confirm_email, otp_expiry: 3600 },
  },
  storage: { enabled: false },
  db: { migrations: { enabled: false } },
  options: { drivers: { email: { send } }, server: { admin: false, disableStudio: true } },
});
await app.init();
await app.ensureSystemSchema();

// The library sends a confirmation mail once only; the gateway asks here for another.
async function confirmAgain(request) {
  if (request.headers.get('authorization') !== `Bearer ${config.secret}`) return new Response(null, { status: 403 });
  const { email, token, token_hash } = await request.json();
  const link = new URL('/auth/v1/verify', config.site_url);
  link.search = new URLSearchParams({ token: token_hash, type: 'signup', redirect_to: config.site_url });
  await send({
    to: email,
    subject: 'Confirm Your Signup',
    text: `Confirm your signup with this code: ${token}\n\nOr follow this link: ${link}`,
    html: `<h1>Confirm your signup</h1>
<p><a href="${link.href.replaceAll('&', '&amp;')}">Confirm your email</a></p>
<p>Or enter this code: <strong>${token}</strong></p>`,
  });
  return new Response(null, { status: 204 });
}

function answer(request, url) {
  return url.pathname === '/confirm-again' ? confirmAgain(request) : app.fetch(request);
}

serve({
  hostname: '127.0.0.1',
  port: config.port,
  fetch(request) {
    const url = new URL(request.url);
    return redirect.run(url.searchParams.get('redirect_to'), () => answer(request, url));
  },
});
