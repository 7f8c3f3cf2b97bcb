// Which secrets there are, and when each is due to be rotated.

import registry from "../../../crates/ops/secrets/registry.json";

interface LoggedRotation {
  id: string;
  name: string;
  rotated_at: string;
  rotated_by: string;
  note: string | null;
}

export interface RotationLog {
  latest: LoggedRotation[];
  log: LoggedRotation[];
}

const DAY_MS = 86_400_000;
const ROTATION_DAYS = 90;
const NOTICE_DAYS = 14;
/** The most urgent first. */
const STATES = ["due", "due-soon", "not-logged", "good", "static"] as const;

export function secrets({ latest, log }: RotationLog, now: number) {
  const list = registry.map((registered) => {
    const last = latest.find((rotation) => rotation.name === registered.name);
    const isRotated = registered.rotation === "quarterly";
    const due = isRotated && last ? Date.parse(last.rotated_at) + ROTATION_DAYS * DAY_MS : null;
    const state = (): (typeof STATES)[number] => {
      if (!isRotated || (due === null && registered.optional)) return "static";
      if (due === null) return "not-logged";
      if (due <= now) return "due";
      return due <= now + NOTICE_DAYS * DAY_MS ? "due-soon" : "good";
    };
    return {
      name: registered.name,
      purpose: registered.purpose,
      made_at: registered.made_at,
      places: registered.places,
      rotation: registered.rotation,
      state: state(),
      last_rotated_at: last?.rotated_at ?? null,
      last_rotated_by: last?.rotated_by ?? null,
      due_at: due === null ? null : new Date(due).toISOString().replace(/\.\d+Z$/, "Z"),
    };
  });
  list.sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state));
  return { secrets: list, log };
}
