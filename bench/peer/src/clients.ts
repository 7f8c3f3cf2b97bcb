// The client record, its documents and how far the onboarding has come.

export type Category = keyof typeof CATEGORY_TITLES;
export type EntityType = "llc" | "s-corp" | "c-corp" | "sole-proprietorship" | "partnership" | "nonprofit";
export type Status = "pending" | "in_progress" | "in-review" | "active" | "archived";
export type StepId = "account" | "business" | "services" | "timeline" | "documents" | "review";

export const ENTITY_TYPES: readonly EntityType[] = [
  "llc",
  "s-corp",
  "c-corp",
  "sole-proprietorship",
  "partnership",
  "nonprofit",
];
export const URGENCIES = ["immediate", "this-month", "this-quarter", "exploring"] as const;
export const SERVICES = [
  "bookkeeping",
  "tax-preparation",
  "payroll",
  "bill-pay",
  "compliance",
  "business-formation",
  "advisory",
  "mergers-acquisitions",
] as const;

export const CATEGORY_TITLES = {
  "tax-return": "Tax return",
  "bank-statement": "Bank statement",
  "profit-loss": "Profit and loss statement",
  "balance-sheet": "Balance sheet",
  w2: "Form W-2",
  w9: "Form W-9",
  "1099": "Form 1099",
  "articles-of-incorporation": "Articles of incorporation or organization",
  "ein-letter": "EIN letter from the IRS",
  "insurance-policy": "Insurance policy",
  "lease-agreement": "Lease agreement",
  "payroll-report": "Payroll report",
  other: "Another document",
} as const;

export const STATUS_TITLES: Record<string, string> = {
  pending: "Not started",
  in_progress: "In progress",
  "in-review": "In review",
  active: "Active",
  archived: "Archived",
};

export interface ClientRow {
  id: string;
  full_name: string | null;
  business_name: string | null;
  email: string | null;
  phone: string | null;
  entity_type: EntityType | null;
  ein: string | null;
  urgency: string | null;
  services_needed: string[];
  onboarding_status: Status;
  submitted_at: string | null;
  receipt_number: string | null;
  created_at: string;
  updated_at: string;
  received_categories: Category[];
}

export const CLIENT_COLUMNS =
  "id,full_name,business_name,email,phone,entity_type,ein,urgency,services_needed,onboarding_status,submitted_at,receipt_number,created_at,updated_at,received_categories";

const REQUIRED_CATEGORIES: Record<EntityType, readonly Category[]> = {
  "sole-proprietorship": ["tax-return", "bank-statement"],
  llc: ["articles-of-incorporation", "ein-letter", "bank-statement"],
  partnership: ["ein-letter", "tax-return", "bank-statement"],
  "s-corp": ["articles-of-incorporation", "ein-letter", "tax-return", "bank-statement"],
  "c-corp": ["articles-of-incorporation", "ein-letter", "tax-return", "bank-statement"],
  nonprofit: ["articles-of-incorporation", "ein-letter", "tax-return", "bank-statement"],
};

const WHY_REQUIRED: Partial<Record<Category, string>> = {
  "tax-return":
    "Your last filed return shows how the business has been taxed so far. If you have not filed yet, upload a short note that says so.",
  "bank-statement": "A recent business statement lets us match your books to the bank.",
  "articles-of-incorporation": "The paper your state stamped shows the legal name and when the business began.",
  "ein-letter": "The IRS letter (CP 575 or 147C) proves the number we file under.",
};

const STEPS: readonly [StepId, string][] = [
  ["account", "About you"],
  ["business", "Your business"],
  ["services", "What you need"],
  ["timeline", "When you want to start"],
  ["documents", "Your documents"],
  ["review", "Check and submit"],
];

export interface RequiredDocument {
  category: Category;
  title: string;
  why: string;
  received: boolean;
}

export interface Step {
  id: StepId;
  title: string;
  required: boolean;
  completed: boolean;
  skippable: boolean;
  requirements: string[];
}

export interface Onboarding {
  status: Status;
  completed_steps: number;
  total_steps: number;
  steps: Step[];
}

export const isSubmitted = (status: Status) => status !== "pending" && status !== "in_progress";

const requiredCategories = (entityType: EntityType | null): readonly Category[] =>
  entityType === null ? [] : REQUIRED_CATEGORIES[entityType];

export const checklist = (row: Pick<ClientRow, "entity_type" | "received_categories">): RequiredDocument[] =>
  requiredCategories(row.entity_type).map((category) => ({
    category,
    title: CATEGORY_TITLES[category],
    why: WHY_REQUIRED[category] ?? "We asked for it to prepare your file.",
    received: row.received_categories.includes(category),
  }));

function missing(row: ClientRow): Record<StepId, string[]> {
  const open: Record<StepId, string[]> = {
    account: [],
    business: [],
    services: [],
    timeline: [],
    documents: [],
    review: isSubmitted(row.onboarding_status) ? [] : ["complete"],
  };
  const filesUnderOwnName = row.entity_type === "sole-proprietorship";
  if (row.full_name === null) open.account.push("full_name");
  if (row.phone === null) open.account.push("phone");
  if (!filesUnderOwnName && row.business_name === null) open.business.push("business_name");
  if (row.entity_type === null) open.business.push("entity_type");
  if (!filesUnderOwnName && row.ein === null) open.business.push("ein");
  if (row.services_needed.length === 0) open.services.push("services_needed");
  if (row.urgency === null) open.timeline.push("urgency");
  for (const category of requiredCategories(row.entity_type)) {
    if (!row.received_categories.includes(category)) open.documents.push(`documents.${category}`);
  }
  return open;
}

export function onboarding(row: ClientRow): Onboarding {
  const open = missing(row);
  const steps = STEPS.map(([id, title]) => ({
    id,
    title,
    required: true,
    completed: open[id].length === 0 && (id !== "documents" || row.entity_type !== null),
    skippable: false,
    requirements: open[id],
  }));
  return {
    status: row.onboarding_status,
    completed_steps: steps.filter((step) => step.completed).length,
    total_steps: steps.length,
    steps,
  };
}

export function profileDocument(row: ClientRow) {
  const { received_categories: _, ...profile } = row;
  return {
    profile: { ...profile, ein: row.ein === null ? null : `XX-XXX${row.ein.slice(-4)}` },
    onboarding: onboarding(row),
  };
}

export function askFor(requirement: string): string {
  switch (requirement) {
    case "full_name":
      return "Enter your full name.";
    case "phone":
      return "Enter a phone number.";
    case "business_name":
      return "Enter the name of your business.";
    case "entity_type":
      return "Choose the legal form of your business.";
    case "ein":
      return "Enter the EIN of your business.";
    case "services_needed":
      return "Choose at least one service.";
    case "urgency":
      return "Tell us when you want to start.";
    default:
      return "This is still missing.";
  }
}

export interface DocumentRow {
  id: string;
  document_name: string;
  document_category: Category;
  content_type: string;
  byte_size: number;
  storage_path: string;
  uploaded_at: string;
  content_sha256: string | null;
  reviewed_at: string | null;
  verdict: string | null;
  verdict_reason: string | null;
}

export const DOCUMENT_COLUMNS =
  "id,document_name,document_category,content_type,byte_size,storage_path,uploaded_at,content_sha256,reviewed_at,verdict,verdict_reason";

export const document = (row: DocumentRow) => ({ ...row, can_change: row.reviewed_at === null });
