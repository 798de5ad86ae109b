import type { GuestCommand } from "./plan.ts";

/** Takes what is wrong in a cloud-config, in words. */
export type ConfigIssues = (warning: string) => void;

const SHOWN_CHARACTERS = 60;

/** Something of the config for a message: short, and on one line. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  const line = text.replaceAll(/\p{Cc}+/gu, " ");
  return line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line;
}

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** A list of texts; one alone is taken as well, as cloud-init does. */
export function stringsOf(value: unknown, what: string, warn: ConfigIssues): string[] {
  if (value === undefined) return [];
  return listOf(value, what, warn).flatMap((item) => {
    // What shells and files have lines for must be one.
    if (typeof item === "string" && item.trim() !== "" && !/[\r\n\0]/.test(item.trim())) return [item.trim()];
    warn(`an item of ${what} is ignored: ${shown(item)} is no line of text`);
    return [];
  });
}

/** cloud-init's: each is a line for the shell, or a list of a program and its arguments. */
export function commandsOf(value: unknown, what: string, warn: ConfigIssues): GuestCommand[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    warn(`${what} is ignored: it is no list`);
    return [];
  }
  return value.flatMap((item: unknown): GuestCommand[] => {
    if (typeof item === "string") return [item];
    if (Array.isArray(item) && item.length > 0 && item.every(isWord)) return [item.map(String)];
    warn(`an item of ${what} is ignored: ${shown(item)} is neither text nor a list of words`);
    return [];
  });
}

export function listOf(value: unknown, what: string, warn: ConfigIssues): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "string") return [value];
  warn(`${what} is ignored: it is no list`);
  return [];
}

/** Warns of the keys that are not among `known`. */
export function checkKeys(
  map: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  what: string,
  warn: ConfigIssues,
): void {
  for (const key of Object.keys(map)) {
    if (!known.has(key)) warn(`${shown(key)} of ${what} is ignored: it is not supported`);
  }
}

const isWord = (value: unknown): boolean => ["string", "number", "boolean", "bigint"].includes(typeof value);
