// What happened on an account, in words.

import { CATEGORY_TITLES, STATUS_TITLES } from "./clients.ts";
import type { Category } from "./clients.ts";

export interface ActivityRow {
  id: string;
  kind: keyof typeof KIND_TITLES;
  actor: string;
  detail: {
    fields?: string[];
    status?: string;
    request?: string;
    document_name?: string;
    former_name?: string;
    document_category?: Category;
    rule?: string;
    period?: string;
    mail_outcome?: string;
    reason?: string;
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
  "document-accepted": "Document accepted",
  "document-returned": "Document returned",
  "request-made": "We asked for something",
  "request-answered": "Request answered",
  "request-accepted": "Answer accepted",
  "request-returned": "Answer sent back",
  "request-withdrawn": "Request withdrawn",
  "message-written": "Message written",
  "mail-stopped": "Our mails stopped",
  "mail-resumed": "Our mails go out again",
  "facts-changed": "Facts for your due dates changed",
  "deadline-changed": "Due date changed",
  "calendar-address-made": "Calendar address made",
  "calendar-address-removed": "Calendar address removed",
  "closure-requested": "Asked to close the account",
  "closure-withdrawn": "Request to close withdrawn",
  "closure-decided": "Request to close decided",
  "data-exported": "Data downloaded",
  "ein-read": "EIN looked at",
  "document-read": "Document opened",
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

function subject(
  { fields, status, request, document_name, former_name, document_category, rule, period, mail_outcome }: ActivityRow["detail"],
) {
  if (fields && fields.length > 0) return fields.map((field) => FIELD_WORDS[field] ?? field).join(", ");
  if (request !== undefined) return request;
  if (mail_outcome !== undefined) return `A mail: ${MAIL_OUTCOMES[mail_outcome] ?? mail_outcome}`;
  if (rule !== undefined && period !== undefined && status !== undefined) return `${rule} ${period}: ${statusWords(status)}`;
  if (document_name !== undefined) {
    if (former_name !== undefined) return `“${former_name}” is now “${document_name}”`;
    return document_category ? `${document_name} (${CATEGORY_TITLES[document_category]})` : document_name;
  }
  if (status === undefined) return null;
  return statusWords(status);
}

const MAIL_OUTCOMES: Record<string, string> = {
  withheld: "withheld by the mail service",
  bounced: "came back for good",
  complained: "marked as spam",
};

const SETTLED: Record<string, string> = {
  accepted: "Accepted",
  declined: "Declined",
  open: "Open",
  done: "Done",
  "not-applicable": "Does not apply",
};

const statusWords = (status: string) => SETTLED[status] ?? STATUS_TITLES[status] ?? status;

function detailWords(detail: ActivityRow["detail"]) {
  const about = subject(detail);
  return about !== null && detail.reason !== undefined ? `${about}: ${detail.reason}` : about;
}

export const activityEntry = ({ id, kind, actor, detail, at }: ActivityRow) => ({
  id,
  kind,
  title: KIND_TITLES[kind],
  detail: detailWords(detail),
  actor,
  at,
});
