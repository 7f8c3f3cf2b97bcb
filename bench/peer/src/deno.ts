// The endpoints as a Deno handler that asks Auth for the user on each request.

import { createClient } from "@supabase/supabase-js";

import { ENDPOINTS } from "./endpoints.ts";
import { Problem, unauthorized } from "./problem.ts";

declare const Deno: {
  env: { get(name: string): string | undefined };
  serve(options: { port: number; hostname: string; onListen?: () => void }, handler: (request: Request) => Promise<Response>): unknown;
};

const supabaseUrl = Deno.env.get("SUPABASE_URL") ?? "";
const anonKey = Deno.env.get("SUPABASE_ANON_KEY") ?? "";
const port = Number(Deno.env.get("PORT"));

async function handle(request: Request): Promise<Response> {
  const started = Date.now();
  const requestId = crypto.randomUUID();
  const path = new URL(request.url).pathname;
  let response: Response;
  try {
    response = await route(request, path);
  } catch (error) {
    const problem = error instanceof Problem ? error : new Problem(500, "Something went wrong on our side. Try again, or tell us the request number.");
    response = Response.json(problem.document(requestId), {
      status: problem.status,
      headers: { "content-type": "application/problem+json", ...problem.headers },
    });
  }
  const { status } = response;
  console.log(
    JSON.stringify({ level: status >= 500 ? "error" : "info", request_id: requestId, method: request.method, path, status, duration_ms: Date.now() - started }),
  );
  response.headers.set("x-request-id", requestId);
  response.headers.set("cache-control", "no-store");
  response.headers.set("x-content-type-options", "nosniff");
  response.headers.append("vary", "Origin");
  return response;
}

async function route(request: Request, path: string): Promise<Response> {
  const endpoint = ENDPOINTS[`${request.method} ${path.replace("/functions/v1/", "")}`];
  if (!endpoint) throw new Problem(404, "There is nothing at this address.");
  const authorization = request.headers.get("authorization");
  const accessToken = authorization?.match(/^bearer +(\S+)$/i)?.[1];
  if (!accessToken) throw unauthorized(false);
  const supabase = createClient(supabaseUrl, anonKey, {
    global: { headers: { Authorization: `Bearer ${accessToken}` } },
    auth: { autoRefreshToken: false, persistSession: false },
  });
  const { data, error } = await supabase.auth.getUser(accessToken);
  if (error) throw unauthorized(true);
  return endpoint({
    request,
    userId: data.user.id,
    isStaff: data.user.app_metadata["role"] === "staff",
    accessToken,
    database: supabase,
    supabaseUrl,
    anonKey,
  });
}

Deno.serve({ port, hostname: "127.0.0.1", onListen: () => {} }, handle);
