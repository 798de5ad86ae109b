import { fromBase64 } from "../../base/bytes.ts";
import { type ConfigIssues, checkKeys, isMap, shown } from "./config-values.ts";
import type { GuestFile } from "./plan.ts";

const KEYS = new Set(["path", "content", "encoding", "permissions", "owner", "append", "defer"]);
const DEFAULT_MODE = "0644";

/** cloud-init's names of how `content` is written. */
const ENCODINGS: Readonly<Record<string, { readonly base64: boolean; readonly gzip: boolean }>> = {
  "text/plain": { base64: false, gzip: false },
  b64: { base64: true, gzip: false },
  base64: { base64: true, gzip: false },
  gz: { base64: false, gzip: true },
  gzip: { base64: false, gzip: true },
  "gz+b64": { base64: true, gzip: true },
  "gz+base64": { base64: true, gzip: true },
  "gzip+b64": { base64: true, gzip: true },
  "gzip+base64": { base64: true, gzip: true },
};

/** `write_files` (cloud-init, "Write Files"). `defer` changes nothing: files are written after the users are made. */
export function readFiles(value: unknown, warn: ConfigIssues): GuestFile[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    warn("write_files is ignored: it is no list");
    return [];
  }
  return value.flatMap((item: unknown) => {
    const file = readFile(item, warn);
    return file === undefined ? [] : [file];
  });
}

function readFile(item: unknown, warn: ConfigIssues): GuestFile | undefined {
  const path = isMap(item) ? item.path : undefined;
  if (!isMap(item) || typeof path !== "string" || !/^\/[^\r\n\0]*[^/\r\n\0]$/.test(path)) {
    warn(`an item of write_files is ignored: ${shown(item)} has no path that begins with "/"`);
    return undefined;
  }
  const what = `write_files ${shown(path)}`;
  checkKeys(item, KEYS, what, warn);
  const { encoding = "text/plain", content = "", append = false, owner } = item;
  const known = typeof encoding === "string" && Object.hasOwn(ENCODINGS, encoding) ? ENCODINGS[encoding] : undefined;
  if (known === undefined) {
    warn(`${what} is not written: the encoding ${shown(encoding)} is not supported`);
    return undefined;
  }
  const bytes = contentOf(content, known.base64);
  if (bytes === undefined) {
    warn(`${what} is not written: its content is not ${known.base64 ? "base64" : "text"}`);
    return undefined;
  }
  const goodOwner = owner === undefined || (typeof owner === "string" && /^[\w.-]+(?::[\w.-]+)?$/.test(owner));
  if (!goodOwner) warn(`${what} is root's: ${shown(owner)} is no owner`);
  return {
    path,
    content: bytes,
    gzip: known.gzip,
    mode: modeOf(item.permissions, what, warn),
    owner: goodOwner && typeof owner === "string" ? owner : null,
    append: append === true,
  };
}

/** Text, or what YAML has as !!binary. */
function contentOf(content: unknown, base64: boolean): Uint8Array | undefined {
  if (content instanceof Uint8Array) return content;
  if (typeof content !== "string") return undefined;
  if (!base64) return new TextEncoder().encode(content);
  return fromBase64(content);
}

/** Octal as text; a number is what YAML 1.1 has read of it, which 0644 writes in octal. */
function modeOf(permissions: unknown, what: string, warn: ConfigIssues): string {
  if (permissions === undefined) return DEFAULT_MODE;
  const text = typeof permissions === "number" ? permissions.toString(8) : permissions;
  const digits = typeof text === "string" ? /^(?:0o)?([0-7]{1,5})$/.exec(text)?.[1] : undefined;
  if (digits !== undefined && Number.parseInt(digits, 8) <= 0o7777) return digits.padStart(4, "0");
  warn(`the permissions of ${what} are ${DEFAULT_MODE}: ${shown(permissions)} is no octal number`);
  return DEFAULT_MODE;
}
