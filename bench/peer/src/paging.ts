// Keyset paging, newest first.

import { Problem } from "./problem.ts";

export interface Page {
  limit: number;
  after: { time: string; id: string } | null;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const isTime = (text: string) => RFC_3339.test(text) && !Number.isNaN(Date.parse(text));
export const isUuid = (text: string) => UUID.test(text);

const badMarker = () => new Problem(400, "This page marker is not valid. Start again from the first page.");

export function page(limit: string | undefined, cursor: string | undefined): Page {
  const count = limit === undefined ? 20 : /^\d+$/.test(limit) ? Number(limit) : 0;
  if (count < 1 || count > 100) throw new Problem(400, "limit must be a number from 1 to 100.");
  if (cursor === undefined) return { limit: count, after: null };
  let text: string;
  try {
    text = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    throw badMarker();
  }
  const [time, id, ...rest] = text.split(" ");
  if (!time || !id || rest.length > 0 || !isTime(time) || !isUuid(id)) throw badMarker();
  return { limit: count, after: { time, id } };
}

/** The rows after the cursor, for PostgREST's `or`. */
export const following = (column: string, { time, id }: NonNullable<Page["after"]>) =>
  `${column}.lt."${time}",and(${column}.eq."${time}",id.lt.${id})`;

export function cut<T>(rows: T[], { limit }: Page, key: (row: T) => [time: string, id: string]): [T[], string | null] {
  if (rows.length <= limit) return [rows, null];
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const cursor = last && btoa(key(last).join(" ")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return [shown, cursor ?? null];
}
