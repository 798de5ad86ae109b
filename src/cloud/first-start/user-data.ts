import { toBase64 } from "../../base/bytes.ts";

/** User data of text (as UTF-8) or bytes in base64, as records and EC2 have it. */
export const encodeUserData = (data: string | Uint8Array): string =>
  toBase64(typeof data === "string" ? new TextEncoder().encode(data) : data);

export const decodeUserData = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** What user data is, by its first line, as cloud-init tells (F11). */
export type UserDataKind =
  | { readonly kind: "script"; readonly bytes: Uint8Array }
  | { readonly kind: "cloud-config"; readonly text: string }
  /** What cloud-init would take and we do not, or nobody. */
  | { readonly kind: "unsupported"; readonly what: string };

/** cloud-init's other formats ("User data formats"), by how they begin. */
const UNSUPPORTED: readonly (readonly [start: string, what: string])[] = [
  ["\x1f\x8b", "It is packed with gzip"],
  ["content-type:", "It is a MIME message of several parts"],
  ["mime-version:", "It is a MIME message of several parts"],
  ["#include", "It is a list of addresses to fetch (#include)"],
  ["#cloud-boothook", "It is a boothook (#cloud-boothook)"],
  ["#part-handler", "It is a part handler (#part-handler)"],
  ["#cloud-config-archive", "It is an archive (#cloud-config-archive)"],
  ["#cloud-config-jsonp", "It is a JSON patch (#cloud-config-jsonp)"],
  ["## template:", "It is a template (## template: …)"],
];

export function kindOfUserData(bytes: Uint8Array): UserDataKind {
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  if (start.startsWith("#!")) return { kind: "script", bytes };
  const found = UNSUPPORTED.find(([prefix]) => start.toLowerCase().startsWith(prefix));
  if (found !== undefined) return { kind: "unsupported", what: found[1] };
  if (/^#cloud-config\s*(?:$|\r?\n)/.test(start))
    return { kind: "cloud-config", text: new TextDecoder().decode(bytes) };
  return { kind: "unsupported", what: 'It begins neither with "#!" nor with "#cloud-config"' };
}
