// Reading a request's fields: every bad one is told at once, unknown ones are refused.

import { CATEGORY_TITLES, ENTITY_TYPES, SERVICES, URGENCIES } from "./clients.ts";
import { isTime, isUuid } from "./paging.ts";
import { Problem } from "./problem.ts";
import type { FieldError } from "./problem.ts";

type Fields = Record<string, unknown>;
type Read = { value: string } | { detail: string };

const UNASSIGNED_PREFIXES = new Set([
  "00", "07", "08", "09", "17", "18", "19", "28", "29", "49", "69", "70", "78", "79", "89", "96", "97",
]);
const CONTROL = /\p{Cc}/u;

export function plainText(value: string): Read {
  const text = value.trim().normalize("NFC");
  if (text === "") return { detail: "Enter an answer." };
  if (text.length > 200 && [...text].length > 200) return { detail: "Use 200 characters or fewer." };
  if (CONTROL.test(text)) return { detail: "Use letters, numbers and signs only, on one line." };
  return { value: text };
}

function phone(value: string): Read {
  const refused = {
    detail:
      "Enter a phone number with area code, for example (555) 234-5678, or with + and the country code.",
  };
  const text = value.trim();
  const international = text.startsWith("+");
  const digits = (international ? text.slice(1) : text).replace(/[ ()\-./\u00a0\u2010-\u2014]/g, "");
  if (!/^\d+$/.test(digits)) return refused;
  if (international && !digits.startsWith("1")) {
    return /^[1-9]\d{6,14}$/.test(digits) ? { value: `+${digits}` } : refused;
  }
  const national = digits.length === 11 && digits.startsWith("1") ? digits.slice(1) : digits;
  if (international && digits.length !== 11) return refused;
  return /^[2-9]\d\d[2-9]\d{6}$/.test(national) ? { value: `+1${national}` } : refused;
}

function ein(value: string): Read {
  const digits = value.replace(/[ \-\u2010-\u2014\u00a0]/g, "");
  if (!/^\d{9}$/.test(digits)) {
    return { detail: "Enter the nine digits of the EIN, for example 12-3456789." };
  }
  const prefix = digits.slice(0, 2);
  return UNASSIGNED_PREFIXES.has(prefix)
    ? { detail: `No EIN starts with ${prefix}. Check the number on your IRS letter.` }
    : { value: `${prefix}-${digits.slice(2)}` };
}

const oneOf = (values: readonly string[]) => (value: string): Read =>
  values.includes(value) ? { value } : { detail: `Choose one of: ${values.join(", ")}.` };

const category = oneOf(Object.keys(CATEGORY_TITLES));

class Reader {
  readonly #fields: Fields;
  readonly #errors: FieldError[] = [];
  readonly #known = new Set<string>();

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  refuse(field: string, detail: string) {
    this.#errors.push({ field: field.slice(0, 60), detail });
  }

  /** undefined keeps, null clears. */
  change(field: string, read: (text: string) => Read): string | null | undefined {
    this.#known.add(field);
    const value = this.#fields[field];
    if (value === undefined || value === null) return value;
    if (typeof value !== "string") {
      this.refuse(field, "Send a text.");
      return undefined;
    }
    if (value.trim() === "") return null;
    const outcome = read(value);
    if ("value" in outcome) return outcome.value;
    this.refuse(field, outcome.detail);
    return undefined;
  }

  list(field: string, read: (text: string) => Read): string[] | undefined {
    this.#known.add(field);
    const value = this.#fields[field];
    if (value === undefined) return undefined;
    if (value === null) return [];
    if (!Array.isArray(value)) {
      this.refuse(field, "Send a list.");
      return undefined;
    }
    const list = new Set<string>();
    for (const item of value) {
      const outcome: Read = typeof item === "string" ? read(item) : { detail: "Send a list of texts." };
      if ("detail" in outcome) {
        this.refuse(field, outcome.detail);
        return undefined;
      }
      list.add(outcome.value);
    }
    return [...list];
  }

  flag(field: string): boolean {
    this.#known.add(field);
    const value = this.#fields[field];
    if (value === undefined || value === null) return false;
    if (typeof value !== "boolean") this.refuse(field, "Send true or false.");
    return value === true;
  }

  finish() {
    for (const field of Object.keys(this.#fields)) {
      if (!this.#known.has(field)) this.refuse(field, "This field is not known here.");
    }
    if (this.#errors.length > 0) {
      throw new Problem(422, "Some of what was sent needs another look.", this.#errors);
    }
  }
}

const defined = (changes: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));

/** The parameters of the database's `submit_profile`. */
export function submission(fields: Fields) {
  const reader = new Reader(fields);
  const changes = defined({
    full_name: reader.change("full_name", plainText),
    business_name: reader.change("business_name", plainText),
    phone: reader.change("phone", phone),
    entity_type: reader.change("entity_type", oneOf(ENTITY_TYPES)),
    ein: reader.change("ein", ein),
    urgency: reader.change("urgency", oneOf(URGENCIES)),
    services_needed: reader.list("services_needed", oneOf(SERVICES)),
  });
  const complete = reader.flag("complete");
  const seen_at =
    reader.change("updated_at", (text) =>
      isTime(text) ? { value: text } : { detail: "Send the updated_at of the profile as you got it." },
    ) ?? null;
  reader.finish();
  return { changes, complete, seen_at };
}

/** The parameters of the database's `update_document`. */
export function documentUpdate(fields: Fields) {
  const reader = new Reader(fields);
  const id = reader.change("id", (text) =>
    isUuid(text.trim()) ? { value: text.trim().toLowerCase() } : { detail: "Send the id of a document." },
  );
  if (id === null || fields["id"] === undefined) reader.refuse("id", "This is needed.");
  const name = reader.change("document_name", plainText);
  if (name === null) reader.refuse("document_name", "Enter a name for the document.");
  const kind = reader.change("document_category", category);
  if (kind === null) reader.refuse("document_category", "Choose what the document is.");
  reader.finish();
  return { document_id: id, changes: defined({ document_name: name, document_category: kind }) };
}

export function categoryFilter(value: string | undefined): string | undefined {
  if (value !== undefined && !Object.hasOwn(CATEGORY_TITLES, value)) {
    throw new Problem(400, "This category is not known.");
  }
  return value;
}

export function sha256Filter(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = value.trim().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new Problem(400, "Send the SHA-256 of the file as 64 hexadecimal digits.");
  }
  return text;
}

const MAX_BODY_BYTES = 64 * 1024;

/** One JSON object of at most 64 KB. */
export async function body(request: Request): Promise<Fields> {
  const mediaType = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType !== "application/json") {
    throw new Problem(415, "Send JSON with Content-Type: application/json.");
  }
  const tooLarge = () => new Problem(413, `The request is larger than ${MAX_BODY_BYTES / 1024} KB.`);
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > MAX_BODY_BYTES) throw tooLarge();
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Problem(400, "The request is not valid JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Problem(400, "The request must be a JSON object.");
  }
  return value as Fields;
}
