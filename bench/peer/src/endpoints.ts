// What each endpoint does, whoever asked and wherever it runs.

import type { PostgrestClient } from "@supabase/postgrest-js";

import center from "../../../crates/ops/center/center.json";
import { activityEntry } from "./activity.ts";
import type { ActivityRow } from "./activity.ts";
import { CLIENT_COLUMNS, DOCUMENT_COLUMNS, STATUS_TITLES, checklist, document, profileDocument } from "./clients.ts";
import type { ClientRow, DocumentRow } from "./clients.ts";
import { MESSAGE_COLUMNS, suggestions } from "./chat.ts";
import type { Message } from "./chat.ts";
import { body, categoryFilter, documentUpdate, plainText, sha256Filter, submission } from "./fields.ts";
import { home as homeDocument } from "./home.ts";
import type { HomeRow } from "./home.ts";
import { cut, following, isUuid, page } from "./paging.ts";
import { Problem, refusal } from "./problem.ts";
import { secrets as secretsDocument } from "./secrets.ts";
import type { RotationLog } from "./secrets.ts";
import { clientFile, listedClient, teamDocument } from "./staff.ts";
import type { ListedRow, StoredFile, StoredTeam } from "./staff.ts";

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
  const message = "messages(id,author,author_name,content,created_at)";
  let query = database
    .from("clients")
    .select(
      `${CLIENT_COLUMNS},answers_changed_at,status_changed_at,status_reason,mail_stop,latest_upload:client_documents(uploaded_at),requests:client_requests(id,title,description,due_on,reason,made_at),returned:client_documents(id,document_name,document_category,verdict_reason,verdict_at),recent:${message},from_staff:${message},from_client:${message}`,
    )
    .eq("id", userId)
    .order("uploaded_at", newestFirstWithin("latest_upload"))
    .order("id", newestFirstWithin("latest_upload"))
    .limit(1, within("latest_upload"))
    .in("requests.status", ["open", "returned"])
    .order("due_on", { ascending: true, referencedTable: "requests" })
    .order("id", { ascending: true, referencedTable: "requests" })
    .limit(50, within("requests"))
    .eq("returned.verdict", "returned")
    .is("returned.is_replaced", false)
    .order("verdict_at", newestFirstWithin("returned"))
    .order("id", newestFirstWithin("returned"))
    .limit(20, within("returned"))
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
    activity: shown.map(activityEntry),
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

const clientsList: Endpoint = async ({ database, isStaff, request }) => {
  mustBeStaff(isStaff);
  const given = parameters(request, "search", "status", "owner", "limit", "cursor");
  const wanted = page(given["limit"], given["cursor"]);
  const search = given["search"]?.trim() ? plainText(given["search"]) : { value: null };
  if ("detail" in search) throw new Problem(400, search.detail);
  const status = given["status"] ?? null;
  if (status !== null && !Object.hasOwn(STATUS_TITLES, status)) throw new Problem(400, "This status is not known.");
  const owner = given["owner"] ?? null;
  if (owner !== null && owner !== "nobody" && !isUuid(owner)) throw new Problem(400, "Send the id of a member of our team, or nobody.");
  const call = database.rpc("list_clients", {
    of_owner: owner === "nobody" ? "00000000-0000-0000-0000-000000000000" : owner,
    older_than: wanted.after?.time ?? null,
    older_than_id: wanted.after?.id ?? null,
    page_size: wanted.limit + 1,
    search: search.value,
    status,
  });
  const [shown, next_cursor] = cut(await rows<ListedRow[]>(call.abortSignal(deadline())), wanted, (row) => [row.waiting_since, row.id]);
  return Response.json({ clients: shown.map(listedClient), next_cursor });
};

const clientsClient: Endpoint = async ({ database, isStaff, request }) => {
  mustBeStaff(isStaff);
  const { id } = parameters(request, "id");
  if (!id || !isUuid(id)) throw new Problem(400, "Name the client by their id.");
  const file = await rows<StoredFile>(database.rpc("client_file", { client_id: id }).abortSignal(deadline()).single());
  return Response.json(clientFile(file));
};

const clientsTeam: Endpoint = async ({ database, isStaff }) => {
  mustBeStaff(isStaff);
  return Response.json(teamDocument(await rows<StoredTeam>(database.rpc("list_team", {}).abortSignal(deadline()).single())));
};

interface RequestRow {
  id: string;
  made_at: string;
}

const requests: Endpoint = async ({ database, userId, request }) => {
  const given = parameters(request, "waiting", "limit", "cursor");
  const wanted = page(given["limit"], given["cursor"]);
  let query = database
    .from("client_requests")
    .select(
      "id,title,description,wanted,document_category,due_on,status,answer,document:client_documents(id,document_name),reason,made_at,answered_at",
    )
    .eq("client_id", userId);
  if (given["waiting"] === "true") query = query.in("status", ["open", "returned"]);
  query = query.order("made_at", newestFirst).order("id", newestFirst).limit(wanted.limit + 1);
  if (wanted.after) query = query.lte("made_at", wanted.after.time).or(following("made_at", wanted.after));
  const [shown, next_cursor] = cut(await rows<RequestRow[]>(query.abortSignal(deadline())), wanted, (row) => [row.made_at, row.id]);
  return Response.json({ requests: shown, next_cursor });
};

/** By method and path below /functions/v1/. */
export const ENDPOINTS: Record<string, Endpoint> = {
  "GET onboarding/profile": profile,
  "GET onboarding/home": home,
  "GET onboarding/documents": documents,
  "GET onboarding/chat": chat,
  "GET onboarding/requests": requests,
  "POST onboarding/submit-profile": submitProfile,
  "POST onboarding/update-document": updateDocument,
  "GET account/activity": activity,
  "GET account/closure": closure,
  "GET account/export": accountExport,
  "GET clients/client": clientsClient,
  "GET clients/list": clientsList,
  "GET clients/team": clientsTeam,
  "GET ops/center": opsCenter,
  "GET ops/secrets": opsSecrets,
};
