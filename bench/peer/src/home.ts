// What a client finds on the home page.

import { CATEGORY_TITLES, askFor, checklist, isSubmitted, onboarding } from "./clients.ts";
import type { Category, ClientRow, Onboarding, RequiredDocument, Step } from "./clients.ts";

interface StoredMessage {
  id: string;
  author: string;
  author_name: string | null;
  content: string;
  created_at: string;
}

export interface HomeRow extends ClientRow {
  answers_changed_at: Record<string, string>;
  status_changed_at: string;
  status_reason: string | null;
  mail_stop: { address: string; outcome: string; since: string } | null;
  requests: {
    id: string;
    title: string;
    description: string | null;
    due_on: string;
    reason: string | null;
    made_at: string;
  }[];
  returned: {
    id: string;
    document_name: string;
    document_category: Category;
    verdict_reason: string;
    verdict_at: string;
  }[];
  latest_upload: { uploaded_at: string }[];
  recent: StoredMessage[];
  from_staff: StoredMessage[];
  from_client: StoredMessage[];
}

interface Task {
  id: string;
  kind: "request" | "question" | "document" | "return" | "submit" | "message";
  title: string;
  detail: string;
  href: string;
  since: string;
  due_on: string | null;
}

const EXCERPT_CHARACTERS = 200;

const latest = (times: string[]): string | undefined =>
  times.reduce<string | undefined>(
    (last, time) => (last === undefined || Date.parse(time) >= Date.parse(last) ? time : last),
    undefined,
  );

export function home(row: HomeRow) {
  const progress = onboarding(row);
  const required = checklist(row);
  return {
    profile: {
      first_name: row.full_name?.trim().split(/\s+/)[0] || null,
      business_name: row.business_name,
      receipt_number: row.receipt_number,
    },
    status: row.onboarding_status,
    mail_notice: row.mail_stop && {
      address: row.mail_stop.address,
      since: row.mail_stop.since,
      title: "Our mails do not reach you",
      detail:
        row.mail_stop.outcome === "complained"
          ? "A mail of ours was marked as spam, so we have stopped sending them. Everything we tell you stands here too. Write to us if you want our mails again."
          : "A mail to this address came back, so we have stopped sending them. Everything we tell you stands here too. Change your address in your account, or write to us if it works again.",
    },
    tasks: tasks(row, progress, required),
    timeline: timeline(row, progress, required),
    documents: {
      received: required.filter((document) => document.received).length,
      required: required.length,
      missing: required.filter((document) => !document.received),
    },
    messages: row.recent.map((message) => ({
      id: message.id,
      author: message.author,
      author_name: message.author_name,
      excerpt: excerpt(message.content),
      created_at: message.created_at,
    })),
    next: next(row, progress),
  };
}

function tasks(row: HomeRow, progress: Onboarding, required: RequiredDocument[]): Task[] {
  const isOpen = !isSubmitted(row.onboarding_status);
  const list: Task[] = [];
  if (isOpen) {
    for (const step of progress.steps) {
      const task = step.completed ? null : question(step, row);
      if (task) list.push(task);
    }
  }
  if (row.onboarding_status !== "archived") {
    for (const document of row.returned) {
      list.push({
        id: `return-${document.id}`,
        kind: "return",
        title: `Send this document again: ${CATEGORY_TITLES[document.document_category]}`,
        detail: `We could not use “${document.document_name}”: ${document.verdict_reason}`,
        href: "/documents",
        since: document.verdict_at,
        due_on: null,
      });
    }
  }
  if (isOpen || row.onboarding_status === "in-review") {
    for (const document of required) {
      if (document.received || row.returned.some((one) => one.document_category === document.category)) continue;
      list.push({
        id: `document-${document.category}`,
        kind: "document",
        title: `Upload this document: ${document.title}`,
        detail: document.why,
        href: "/onboarding?step=documents",
        since: row.answers_changed_at["entity_type"] ?? row.created_at,
        due_on: null,
      });
    }
  }
  if (isOpen && progress.steps.find((step) => !step.completed)?.id === "review") {
    const times = [
      ...Object.values(row.answers_changed_at),
      ...row.latest_upload.map((upload) => upload.uploaded_at),
      ...(row.submitted_at === null ? [] : [row.status_changed_at]),
    ];
    list.push({
      id: "submit",
      kind: "submit",
      title: "Check your answers and submit them",
      detail: "Everything we asked for is there.",
      href: "/onboarding?step=review",
      since: latest(times) ?? row.created_at,
      due_on: null,
    });
  }
  const fromStaff = row.from_staff[0];
  if (row.onboarding_status !== "archived" && fromStaff) {
    const answered = row.from_client[0];
    if (!answered || Date.parse(fromStaff.created_at) > Date.parse(answered.created_at)) {
      list.push({
        id: `message-${fromStaff.id}`,
        kind: "message",
        title: "Answer our message",
        detail: excerpt(fromStaff.content),
        href: "/assistant",
        since: fromStaff.created_at,
        due_on: null,
      });
    }
  }
  list.sort((a, b) => Date.parse(b.since) - Date.parse(a.since));
  return row.onboarding_status === "archived" ? list : [...row.requests.map(askedFor), ...list];
}

const askedFor = (request: HomeRow["requests"][number]): Task => ({
  id: `request-${request.id}`,
  kind: "request",
  title: request.title,
  detail:
    request.reason !== null
      ? `We sent your answer back: ${request.reason}`
      : request.description === null
        ? ""
        : excerpt(request.description),
  href: `/requests?id=${request.id}`,
  since: request.made_at,
  due_on: request.due_on,
});

function question(step: Step, row: HomeRow): Task | null {
  const asked = () => step.requirements.map(askFor).join(" ");
  let title: string;
  let detail: string;
  switch (step.id) {
    case "account":
      [title, detail] = ["Tell us who you are", asked()];
      break;
    case "business":
      [title, detail] = ["Tell us about your business", asked()];
      break;
    case "services":
      [title, detail] = ["Choose what we should do for you", "One service is enough to begin with."];
      break;
    case "timeline":
      [title, detail] = ["Say when you want to start", "Now, this month, or later."];
      break;
    default:
      return null;
  }
  return {
    id: `question-${step.id}`,
    kind: "question",
    title,
    detail,
    href: `/onboarding?step=${step.id}`,
    since: row.created_at,
    due_on: null,
  };
}

function timeline(row: HomeRow, progress: Onboarding, required: RequiredDocument[]) {
  const status = row.onboarding_status;
  const isDone = (id: string) => progress.steps.some((step) => step.id === id && step.completed);
  const questions = ["account", "business", "services", "timeline"];
  const answered = questions.filter(isDone).length;
  const received = required.filter((document) => document.received).length;
  const parts: [id: string, title: string, done: boolean, at: string | null, detail: string][] = [
    ["account", "You opened your account", true, row.created_at, ""],
    [
      "answers",
      "You tell us about your business",
      answered === questions.length,
      latest(Object.values(row.answers_changed_at)) ?? null,
      `${answered} of ${questions.length} parts answered.`,
    ],
    [
      "documents",
      "You upload your documents",
      isDone("documents"),
      row.latest_upload[0]?.uploaded_at ?? null,
      required.length === 0
        ? "Which ones we need depends on the legal form of your business."
        : `${received} of ${required.length} received.`,
    ],
    [
      "submitted",
      "You check and submit",
      isSubmitted(status),
      row.submitted_at,
      row.receipt_number === null ? "You get a receipt by mail." : `Reference number ${row.receipt_number}.`,
    ],
    [
      "review",
      "We read your answers and documents",
      status === "active" || status === "archived",
      null,
      "If something is missing or unclear, we write to you.",
    ],
    status === "archived"
      ? ["closed", "This onboarding is closed", true, row.status_changed_at, "Write to us if you want to open it again."]
      : ["active", "Your account is active", status === "active", row.status_changed_at, "We begin our work for you."],
  ];
  let currentIsFound = false;
  return parts.map(([id, title, ready, at, detail]) => {
    const done = ready || (isSubmitted(status) && (id === "answers" || id === "documents"));
    const state = done ? "done" : currentIsFound ? "upcoming" : "current";
    if (state === "current") currentIsFound = true;
    return { id, title, state, at: done ? at : null, detail };
  });
}

function next(row: HomeRow, progress: Onboarding): { title: string; detail: string } {
  const left = progress.total_steps - progress.completed_steps;
  switch (row.onboarding_status) {
    case "pending":
    case "in_progress":
      if (row.submitted_at !== null) {
        return {
          title: "We have opened your answers again",
          detail: `${row.status_reason ?? "Change what we wrote to you about."} Then check your answers and submit them again.`,
        };
      }
      if (row.onboarding_status === "pending") {
        return {
          title: "Tell us about your business",
          detail: "There are six short steps. Each is saved as you go, so you can stop and come back.",
        };
      }
      return left <= 1
        ? {
            title: "Check your answers and submit them",
            detail: "Then our team reads your answers and documents.",
          }
        : {
            title: "Finish your onboarding",
            detail: `${left} of ${progress.total_steps} steps are left. Then our team reads your answers and documents.`,
          };
    case "in-review":
      return {
        title: "Our team reads your answers and documents",
        detail:
          "If something is missing or unclear, we write to you here. We can’t promise a day. If a date presses, write to us and name it.",
      };
    case "active":
      return {
        title: "Your account is active",
        detail: "Upload documents as they come in, and write to us when you have a question.",
      };
    case "archived":
      return {
        title: "Your onboarding is closed",
        detail: `${row.status_reason === null ? "" : `${row.status_reason} `}Your documents are still here. Write to us if you want to open it again.`,
      };
  }
}

function excerpt(text: string): string {
  const line = text
    .split(/\s+/)
    .filter((word) => word !== "" && word !== "-" && word !== "*")
    .join(" ");
  if (line.length <= EXCERPT_CHARACTERS) return line;
  const characters = [...line];
  if (characters.length <= EXCERPT_CHARACTERS) return line;
  const start = characters.slice(0, EXCERPT_CHARACTERS - 1).join("");
  const end = start.lastIndexOf(" ");
  return `${end < 0 ? start : start.slice(0, end)}…`;
}
