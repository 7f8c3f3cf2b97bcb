// What each endpoint does, whoever asked and wherever it runs.

import type { PostgrestClient } from "@supabase/postgrest-js";

import center from "../../../crates/ops/center/center.json";
import { CATEGORY_TITLES, CLIENT_COLUMNS, DOCUMENT_COLUMNS, STATUS_TITLES, checklist, document, profileDocument } from "./clients.ts";
import type { Category, ClientRow, DocumentRow } from "./clients.ts";
import { MESSAGE_COLUMNS, suggestions } from "./chat.ts";
import type { Message } from "./chat.ts";
import { body, categoryFilter, documentUpdate, sha256Filter, submission } from "./fields.ts";
import { home as homeDocument } from "./home.ts";
import type { HomeRow } from "./home.ts";
import { cut, following, page } from "./paging.ts";
import { Problem, refusal } from "./problem.ts";
import { secrets as secretsDocument } from "./secrets.ts";
import type { RotationLog } from "./secrets.ts";

export type Database = Pick<PostgrestClient, "from" | "rpc">;

interface Limiter {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

export interface Call {
  request: Request;
  userId: string;
  isStaff: boolean;
  accessToken: string;
  database: Database;
  supabaseUrl: string;
  anonKey: string;
  exportLimiter?: Limiter;
}

type Endpoint = (call: Call) => Promise<Response>;

const DATABASE_DEADLINE_MS = 5_000;
const deadline = () => AbortSignal.timeout(DATABASE_DEADLINE_MS);

interface Answer {
  data: unknown;
  error: { code?: string; message?: string } | null;
  status: number;
}

async function rows<T>(query: PromiseLike<Answer>): Promise<T> {
  const { data, error, status } = await query;
  if (error) throw refusal(status, error);
  return data as T;
}

/** The query parameters; one that is not among `known` is refused. */
function parameters(request: Request, ...known: string[]): Record<string, string | undefined> {
  const start = request.url.indexOf("?");
  if (start < 0) return {};
  const found = Object.fromEntries(new URLSearchParams(request.url.slice(start)));
  if (Object.keys(found).some((name) => !known.includes(name))) {
    throw new Problem(400, "The address holds a parameter that is not known here.");
  }
  return found;
}

const newestFirst = { ascending: false };
const within = (referencedTable: string) => ({ referencedTable });
const newestFirstWithin = (referencedTable: string) => ({ ascending: false, referencedTable });

const profile: Endpoint = async ({ database, userId }) => {
  const query = database.from("clients").select(CLIENT_COLUMNS).eq("id", userId).abortSignal(deadline()).single();
  return Response.json(profileDocument(await rows<ClientRow>(query)));
};

const home: Endpoint = async ({ database, userId }) => {
  const message = "messages(id,author,content,created_at)";
  let query = database
    .from("clients")
    .select(
      `${CLIENT_COLUMNS},answers_changed_at,status_changed_at,latest_upload:client_documents(uploaded_at),recent:${message},from_staff:${message},from_client:${message}`,
    )
    .eq("id", userId)
    .order("uploaded_at", newestFirstWithin("latest_upload"))
    .order("id", newestFirstWithin("latest_upload"))
    .limit(1, within("latest_upload"))
    .limit(3, within("recent"))
    .eq("from_staff.author", "staff")
    .limit(1, within("from_staff"))
    .eq("from_client.author", "client")
    .limit(1, within("from_client"));
  for (const list of ["recent", "from_staff", "from_client"]) {
    query = query.order("created_at", newestFirstWithin(list)).order("id", newestFirstWithin(list));
  }
  return Response.json(homeDocument(await rows<HomeRow>(query.abortSignal(deadline()).single())));
};

const documents: Endpoint = async ({ database, userId, request }) => {
  const given = parameters(request, "limit", "cursor", "category", "content_sha256");
  const wanted = page(given["limit"], given["cursor"]);
  const category = categoryFilter(given["category"]);
  const content = sha256Filter(given["content_sha256"]);
  let query = database
    .from("clients")
    .select(`entity_type,received_categories,page:client_documents(${DOCUMENT_COLUMNS})`)
    .eq("id", userId);
  if (category) query = query.eq("page.document_category", category);
  if (content) query = query.eq("page.content_sha256", content);
  query = query
    .order("uploaded_at", newestFirstWithin("page"))
    .order("id", newestFirstWithin("page"))
    .limit(wanted.limit + 1, within("page"));
  if (wanted.after) {
    query = query.lte("page.uploaded_at", wanted.after.time).or(following("uploaded_at", wanted.after), within("page"));
  }
  const client = await rows<Pick<ClientRow, "entity_type" | "received_categories"> & { page: DocumentRow[] }>(
    query.abortSignal(deadline()).single(),
  );
  const [shown, next_cursor] = cut(client.page, wanted, (row) => [row.uploaded_at, row.id]);
  return Response.json({ documents: shown.map(document), next_cursor, required: checklist(client) });
};

const chat: Endpoint = async ({ database, userId, request }) => {
  const given = parameters(request, "limit", "cursor");
  const wanted = page(given["limit"], given["cursor"]);
  let query = database
    .from("clients")
    .select(`${CLIENT_COLUMNS},history:messages(${MESSAGE_COLUMNS})`)
    .eq("id", userId)
    .order("created_at", newestFirstWithin("history"))
    .order("id", newestFirstWithin("history"))
    .limit(wanted.limit + 1, within("history"));
  if (wanted.after) {
    query = query.lte("history.created_at", wanted.after.time).or(following("created_at", wanted.after), within("history"));
  }
  const client = await rows<ClientRow & { history: Message[] }>(query.abortSignal(deadline()).single());
  const [messages, next_cursor] = cut(client.history, wanted, (row) => [row.created_at, row.id]);
  return Response.json({ messages, next_cursor, suggestions: suggestions(client, messages), backend: "built-in" });
};

const submitProfile: Endpoint = async ({ database, request }) => {
  const wanted = submission(await body(request));
  const call = database.rpc("submit_profile", wanted).select(CLIENT_COLUMNS).abortSignal(deadline()).single();
  return Response.json(profileDocument(await rows<ClientRow>(call)));
};

const updateDocument: Endpoint = async ({ database, request }) => {
  const wanted = documentUpdate(await body(request));
  const call = database.rpc("update_document", wanted).select(DOCUMENT_COLUMNS).abortSignal(deadline()).single();
  return Response.json(document(await rows<DocumentRow>(call)));
};

interface ActivityRow {
  id: string;
  kind: keyof typeof KIND_TITLES;
  actor: string;
  detail: {
    fields?: string[];
    status?: string;
    document_name?: string;
    former_name?: string;
    document_category?: Category;
  };
  at: string;
}

const KIND_TITLES = {
  "account-created": "Account opened",
  "signed-in": "Signed in",
  "password-changed": "Password changed",
  "email-changed": "Email address changed",
  "two-step-added": "Two-step sign-in turned on",
  "two-step-removed": "Two-step sign-in turned off",
  "profile-changed": "Answers changed",
  "onboarding-submitted": "Onboarding submitted",
  "status-changed": "Onboarding status changed",
  "document-added": "Document added",
  "document-renamed": "Document renamed",
  "document-recategorized": "Document sorted anew",
  "document-removed": "Document removed",
  "closure-requested": "Asked to close the account",
  "closure-withdrawn": "Request to close withdrawn",
  "closure-decided": "Request to close decided",
  "data-exported": "Data downloaded",
} as const;

const FIELD_WORDS: Record<string, string> = {
  full_name: "Your name",
  business_name: "Business name",
  phone: "Phone number",
  entity_type: "Legal form",
  ein: "EIN",
  urgency: "When you want to start",
  services_needed: "Services",
};

function detailWords({ fields, status, document_name, former_name, document_category }: ActivityRow["detail"]) {
  if (fields && fields.length > 0) return fields.map((field) => FIELD_WORDS[field] ?? field).join(", ");
  if (document_name !== undefined) {
    if (former_name !== undefined) return `“${former_name}” is now “${document_name}”`;
    return document_category ? `${document_name} (${CATEGORY_TITLES[document_category]})` : document_name;
  }
  if (status === undefined) return null;
  return { accepted: "Accepted", declined: "Declined" }[status] ?? STATUS_TITLES[status] ?? status;
}

const activity: Endpoint = async ({ database, userId, request }) => {
  const given = parameters(request, "limit", "cursor");
  const wanted = page(given["limit"], given["cursor"]);
  let query = database
    .from("clients")
    .select("sessions:account_sessions,page:activity(id,kind,actor,detail,at)")
    .eq("id", userId)
    .order("at", newestFirstWithin("page"))
    .order("id", newestFirstWithin("page"))
    .limit(wanted.limit + 1, within("page"));
  if (wanted.after) {
    query = query.lte("page.at", wanted.after.time).or(following("at", wanted.after), within("page"));
  }
  const client = await rows<{ sessions: unknown[] | null; page: ActivityRow[] }>(query.abortSignal(deadline()).single());
  const [shown, next_cursor] = cut(client.page, wanted, (row) => [row.at, row.id]);
  return Response.json({
    activity: shown.map(({ id, kind, actor, detail, at }) => ({
      id,
      kind,
      title: KIND_TITLES[kind],
      detail: detailWords(detail),
      actor,
      at,
    })),
    next_cursor,
    sessions: client.sessions ?? [],
  });
};

const closure: Endpoint = async ({ database, userId }) => {
  const query = database
    .from("account_closures")
    .select("id,status,reason,requested_at,settled_at")
    .eq("client_id", userId)
    .order("requested_at", newestFirst)
    .order("id", newestFirst)
    .limit(1)
    .abortSignal(deadline());
  const [newest] = await rows<unknown[]>(query);
  return Response.json({ closure: newest ?? null });
};

/** Passed on unread, as postgrest-js would parse it. */
const accountExport: Endpoint = async ({ supabaseUrl, anonKey, accessToken, userId, exportLimiter }) => {
  if (exportLimiter && !(await exportLimiter.limit({ key: userId })).success) {
    throw new Problem(429, "Too many tries in a short time. Wait a minute and try again.", [], { "retry-after": "60" });
  }
  const answer = await fetch(`${supabaseUrl}/rest/v1/rpc/account_export`, {
    method: "POST",
    headers: { apikey: anonKey, authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
    body: "{}",
    signal: deadline(),
  });
  if (!answer.ok) throw refusal(answer.status, await answer.json().catch(() => ({})));
  return new Response(answer.body, { headers: { "content-type": "application/json" } });
};

function mustBeStaff(isStaff: boolean) {
  if (!isStaff) throw new Problem(403, "This is for our team. Sign in with an account of the team to see it.");
}

const centerText = JSON.stringify(center);

const opsCenter: Endpoint = async ({ isStaff }) => {
  mustBeStaff(isStaff);
  return new Response(centerText, { headers: { "content-type": "application/json" } });
};

const opsSecrets: Endpoint = async ({ database, isStaff }) => {
  mustBeStaff(isStaff);
  const log = await rows<RotationLog>(database.rpc("secret_rotation_log", {}).abortSignal(deadline()).single());
  return Response.json(secretsDocument(log, Date.now()));
};

/** By method and path below /functions/v1/. */
export const ENDPOINTS: Record<string, Endpoint> = {
  "GET onboarding/profile": profile,
  "GET onboarding/home": home,
  "GET onboarding/documents": documents,
  "GET onboarding/chat": chat,
  "POST onboarding/submit-profile": submitProfile,
  "POST onboarding/update-document": updateDocument,
  "GET account/activity": activity,
  "GET account/closure": closure,
  "GET account/export": accountExport,
  "GET ops/center": opsCenter,
  "GET ops/secrets": opsSecrets,
};
