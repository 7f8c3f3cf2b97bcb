// The Auth service of the local Supabase: @supabase/lite's `/auth/v1`, on our Postgres, its mails
// sent through Resend's API. Started by omega-local, which stands in front of it.
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFile } from 'node:fs/promises';
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
    jwt_expiry: config.jwt_expiry,
    minimum_password_length: 12,
    enable_refresh_token_rotation: true,
    site_url: config.site_url,
    additional_redirect_urls: config.redirect_urls,
    email: {
      enable_signup: true,
      enable_confirmations: config.confirm_email,
      otp_expiry: config.otp_expiry,
      template: config.mail_templates,
    },
  },
  storage: { enabled: false },
  db: { migrations: { enabled: false } },
  options: { drivers: { email: { send } }, server: { admin: false, disableStudio: true } },
});
await app.init();
await app.ensureSystemSchema();

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

// Mails the library does not send as hosted projects do: a confirmation once more, and a change of
// address, which both mailboxes confirm. The gateway asks for them.
const mails = {
  signup: () => ({
    template: 'confirmation',
    subject: 'Confirm Your Signup',
    heading: 'Confirm your signup',
    said: 'Follow this link to confirm your email address.',
    link: 'Confirm your email',
  }),
  email_change: ({ email, new_email }) => ({
    template: 'email_change',
    subject: 'Confirm Email Change',
    heading: 'Confirm the change of your email address',
    said: `Follow this link to confirm the change of your email address from ${email} to ${new_email}. Both addresses get such a mail, and the change needs both links.`,
    link: 'Confirm the change',
  }),
};

async function mail(request) {
  if (request.headers.get('authorization') !== `Bearer ${config.secret}`) return new Response(null, { status: 403 });
  const fields = await request.json();
  const { template, subject, heading, said, link } = mails[fields.type](fields);
  const target = new URL('/auth/v1/verify', config.site_url);
  target.search = new URLSearchParams({
    token: fields.token_hash,
    type: fields.type,
    redirect_to: config.site_url,
  });
  const own = config.mail_templates[template];
  const values = {
    ConfirmationURL: target.href,
    Token: fields.token,
    SiteURL: config.site_url,
    Email: fields.email,
    NewEmail: fields.new_email,
  };
  const filled = (text) => text.replace(/\{\{\s*\.(\w+)\s*\}\}/g, (_, name) => escaped(String(values[name] ?? '')));
  await send({
    to: fields.to,
    subject: own?.subject ?? subject,
    text: `${heading} with this code: ${fields.token}\n\n${said}\n\n${target}`,
    html: own
      ? filled(await readFile(own.content_path, 'utf8'))
      : `<h1>${heading}</h1>
<p>${escaped(said)}</p>
<p><a href="${target.href.replaceAll('&', '&amp;')}">${link}</a></p>
<p>Or enter this code: <strong>${fields.token}</strong></p>`,
  });
  return new Response(null, { status: 204 });
}

function answer(request, url) {
  return url.pathname === '/mail' ? mail(request) : app.fetch(request);
}

serve({
  hostname: '127.0.0.1',
  port: config.port,
  fetch(request) {
    const url = new URL(request.url);
    return redirect.run(url.searchParams.get('redirect_to'), () => answer(request, url));
  },
});
