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
