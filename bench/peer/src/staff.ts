// What our team sees of clients.

import { activityEntry } from "./activity.ts";
import type { ActivityRow } from "./activity.ts";
import { CATEGORY_TITLES, profileDocument } from "./clients.ts";
import type { ClientRow, Status } from "./clients.ts";

const FIELD_TITLES: Record<string, string> = {
  full_name: "Full name",
  phone: "Phone number",
  business_name: "Business name",
  entity_type: "Legal form",
  ein: "EIN",
  services_needed: "Services",
  urgency: "When to start",
};

const categoryTitles: Record<string, string> = CATEGORY_TITLES;

const missingRequirement = (id: string) => ({
  id,
  title: FIELD_TITLES[id] ?? categoryTitles[id.replace("documents.", "")] ?? id,
});

export interface ListedRow {
  id: string;
  full_name: string | null;
  business_name: string | null;
  email: string | null;
  ein: string | null;
  onboarding_status: Status;
  submitted_at: string | null;
  waiting_since: string;
  missing: string[];
  unreviewed_documents: number;
  answered_requests: number;
  owner: { id: string; name: string } | null;
}

export const listedClient = (row: ListedRow) => ({ ...row, missing: row.missing.map(missingRequirement) });

interface Move {
  to: Status;
  title: string;
  needs_reason: boolean;
}

const close: Move = { to: "archived", title: "Close the onboarding", needs_reason: true };
const open: Move = { to: "in_progress", title: "Open the answers again", needs_reason: true };

const MOVES: Record<Status, Move[]> = {
  pending: [close],
  in_progress: [close],
  "in-review": [{ to: "active", title: "Make active", needs_reason: false }, open, close],
  active: [{ to: "in-review", title: "Back to review", needs_reason: true }, open, close],
  archived: [open, { to: "active", title: "Make active again", needs_reason: true }],
};

type RequestStatus = "open" | "answered" | "returned" | "accepted" | "withdrawn";

interface FiledRequestRow {
  status: RequestStatus;
}

const VERDICTS: Record<RequestStatus, string[]> = {
  open: ["withdrawn"],
  answered: ["accepted", "returned", "withdrawn"],
  returned: ["withdrawn"],
  accepted: ["returned"],
  withdrawn: [],
};

export interface StoredTeam {
  team: { id: string; name: string; email: string | null; role: unknown }[];
}

const ROLES = ["owner", "staff", "read-only"];

export const teamDocument = ({ team }: StoredTeam) => ({
  team: team.map((member) => {
    const role = ROLES.find((known) => known === member.role) ?? "read-only";
    return { ...member, role, can_own: role !== "read-only" };
  }),
});

type StoredClient = ClientRow & {
  status_changed_at: string;
  status_reason: string | null;
  waiting_since: string;
  answers_changed_at: unknown;
};

export interface StoredFile {
  client: StoredClient;
  owner: unknown;
  mail_stop: unknown;
  requests: FiledRequestRow[];
  notes: unknown[];
  documents: unknown[];
  messages: unknown[];
  activity: (ActivityRow & { by: string | null })[];
  access: unknown[];
}

export function clientFile({ client, owner, mail_stop, requests, notes, documents, messages, activity, access }: StoredFile) {
  const { status_changed_at, status_reason, waiting_since, answers_changed_at: _, ...row } = client;
  const { profile, onboarding } = profileDocument(row);
  return {
    profile,
    status_changed_at,
    status_reason,
    waiting_since,
    missing: onboarding.steps
      .flatMap((step) => step.requirements)
      .filter((requirement) => requirement !== "complete")
      .map(missingRequirement),
    moves: MOVES[client.onboarding_status],
    owner,
    mail_stop,
    requests: requests.map((request) => ({ ...request, verdicts: VERDICTS[request.status] })),
    notes,
    documents,
    messages,
    activity: activity.map((entry) => ({ ...activityEntry(entry), by: entry.by })),
    access,
  };
}
