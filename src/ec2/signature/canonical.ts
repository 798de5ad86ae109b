import { toHex } from "../../base/bytes.ts";
import { bytesOf, type HttpQuery, type HttpRequest } from "../http.ts";

/**
 * The form in which Signature Version 4 sees a request (AWS, "Signature Version 4 signing process", "Create a canonical
 * request"). `signedHeaders` are in lower case and in order.
 */
export async function canonicalRequest(request: HttpRequest, signedHeaders: readonly string[]): Promise<string> {
  const headers = new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    ...signedHeaders.map((name) => `${name}:${canonicalValue(headers.get(name) ?? "")}`),
    "",
    signedHeaders.join(";"),
    await sha256Hex(bytesOf(request.body)),
  ].join("\n");
}

/** Normalised as RFC 3986 §5.2.4 says, then encoded: for every service but S3 that is a second time. */
function canonicalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const end = parts.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${parts.map(encode).join("/")}${end}`;
}

function canonicalQuery(query: HttpQuery): string {
  return Object.entries(query)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value ?? ""]).map((one) => [encode(name), encode(one)]),
    )
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join("&");
}

/** Several spaces count as one. */
const canonicalValue = (value: string): string => value.trim().replaceAll(/\s+/g, " ");

/** RFC 3986: all but the unreserved characters. `encodeURIComponent` leaves five more. */
function encode(text: string): string {
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, hex);
}

export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(await crypto.subtle.digest("SHA-256", bytes));
}
