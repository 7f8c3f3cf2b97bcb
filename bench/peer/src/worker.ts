// The endpoints as a Cloudflare Worker: Hono, jose with a cached key set, postgrest-js.

import { PostgrestClient } from "@supabase/postgrest-js";
import { Hono } from "hono";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import type { JWTPayload } from "jose";

import { ENDPOINTS } from "./endpoints.ts";
import type { Call } from "./endpoints.ts";
import { Problem, unauthorized } from "./problem.ts";

interface Env {
  SUPABASE_URL: string;
  SUPABASE_ANON_KEY: string;
  SUPABASE_JWT_ISSUER?: string;
  ALLOWED_ORIGINS?: string;
  EXPORT_LIMITER?: NonNullable<Call["exportLimiter"]>;
}

interface Variables {
  requestId: string;
}

interface Claims extends JWTPayload {
  role?: string;
  aal?: string;
  app_metadata?: { role?: string };
}

let keySet: ReturnType<typeof createRemoteJWKSet> | undefined;

function keys(env: Env) {
  keySet ??= createRemoteJWKSet(new URL(`${env.SUPABASE_URL}/auth/v1/.well-known/jwks.json`), {
    cacheMaxAge: 600_000,
    cooldownDuration: 30_000,
    headers: { apikey: env.SUPABASE_ANON_KEY },
  });
  return keySet;
}

async function verified(request: Request, env: Env): Promise<{ token: string; claims: Claims }> {
  const header = request.headers.get("authorization");
  const token = header?.match(/^bearer +(\S+)$/i)?.[1];
  if (!token) throw unauthorized(false);
  try {
    const { payload } = await jwtVerify<Claims>(token, keys(env), {
      algorithms: ["ES256", "RS256"],
      issuer: env.SUPABASE_JWT_ISSUER ?? `${env.SUPABASE_URL}/auth/v1`,
      audience: "authenticated",
      requiredClaims: ["sub", "exp"],
    });
    if (payload.role !== "authenticated") throw unauthorized(true);
    return { token, claims: payload };
  } catch (error) {
    if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) throw unauthorized(true);
    throw error;
  }
}

const app = new Hono<{ Bindings: Env; Variables: Variables }>();

app.use(async (c, next) => {
  const started = Date.now();
  const requestId = c.req.header("cf-ray") ?? crypto.randomUUID();
  c.set("requestId", requestId);
  await next();
  console.log(
    JSON.stringify({
      level: c.res.status >= 500 ? "error" : "info",
      request_id: requestId,
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      duration_ms: Date.now() - started,
      cause: c.error && c.res.status >= 500 ? c.error.message : null,
    }),
  );
  c.header("x-request-id", requestId);
  c.header("cache-control", "no-store");
  c.header("x-content-type-options", "nosniff");
  c.header("vary", "Origin", { append: true });
  const origin = c.req.header("origin");
  if (origin && c.env.ALLOWED_ORIGINS?.split(",").includes(origin)) {
    c.header("access-control-allow-origin", origin);
    c.header("access-control-expose-headers", "x-request-id, retry-after");
  }
});

for (const [route, endpoint] of Object.entries(ENDPOINTS)) {
  const [method, path] = route.split(" ") as [string, string];
  app.on(method, `/functions/v1/${path}`, async (c) => {
    const { token, claims } = await verified(c.req.raw, c.env);
    const { SUPABASE_URL: supabaseUrl, SUPABASE_ANON_KEY: anonKey } = c.env;
    const database = new PostgrestClient(`${supabaseUrl}/rest/v1`, {
      headers: { apikey: anonKey, Authorization: `Bearer ${token}` },
    });
    return endpoint({
      request: c.req.raw,
      userId: claims.sub ?? "",
      isStaff: claims.app_metadata?.role === "staff" && claims.aal === "aal2",
      accessToken: token,
      database,
      supabaseUrl,
      anonKey,
      ...(c.env.EXPORT_LIMITER && { exportLimiter: c.env.EXPORT_LIMITER }),
    });
  });
}

app.notFound((c) => answer(new Problem(404, "There is nothing at this address."), c.var.requestId));

app.onError((error, c) => {
  const problem = error instanceof Problem ? error : new Problem(500, "Something went wrong on our side. Try again, or tell us the request number.");
  return answer(problem, c.var.requestId);
});

const answer = (problem: Problem, requestId: string) =>
  Response.json(problem.document(requestId), {
    status: problem.status,
    headers: { "content-type": "application/problem+json", ...problem.headers },
  });

export default app;
