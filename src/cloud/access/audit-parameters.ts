/** Parameters that say nothing but secrets or content, whatever call they are of. In lower case. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "data",
  "env",
  "input",
  "passphrase",
  "password",
  "publickeymaterial",
  "secretaccesskey",
  "stdin",
  "userdata",
]);
const MARK = "(left out)";
const MAX_LENGTH = 2048;
const MAX_DEPTH = 8;

/** A call's parameters as JSON: without secrets, user data and what is no data; at most 2048 characters. */
export function auditParameters(parameters: unknown): string {
  const text = JSON.stringify(cleaned(parameters, 0)) ?? "";
  return text.length <= MAX_LENGTH ? text : JSON.stringify({ cut: text.slice(0, MAX_LENGTH / 2) });
}

function cleaned(value: unknown, depth: number): unknown {
  if (value === null || typeof value !== "object") return typeof value === "function" ? undefined : value;
  if (value instanceof Date) return value;
  if (depth >= MAX_DEPTH) return MARK;
  if (Array.isArray(value)) return value.map((item) => cleaned(item, depth + 1));
  // Streams, signals, blobs and bytes are no parameters to be read.
  if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return MARK;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      LEFT_OUT.has(name.toLowerCase()) ? MARK : cleaned(item, depth + 1),
    ]),
  );
}

const MADE = /^(?:i|vol|snap|ami|key|lt|r|eni|sg)-[0-9a-f]{17}$/;
/** A launch of hundreds is told of by the first of them. */
const MAX_MADE = 50;

/** The ids in what a call has given: those of what it has made among them. */
export function idsIn(result: unknown): string[] {
  const found = new Set<string>();
  const look = (value: unknown, depth: number): void => {
    if (found.size >= MAX_MADE || depth > MAX_DEPTH) return;
    if (typeof value === "string") {
      if (MADE.test(value)) found.add(value);
    } else if (Array.isArray(value)) for (const item of value) look(item, depth + 1);
    else if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
      for (const item of Object.values(value)) look(item, depth + 1);
  };
  look(result, 0);
  return [...found];
}
