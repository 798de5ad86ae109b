import { CloudError } from "../../base/errors.ts";
import type { HttpQuery, HttpRequest } from "../http.ts";
import { ALGORITHM, type Scope } from "./scope.ts";

/** What a request says of its signature, in its Authorization header or, presigned, in its query. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly scope: Scope;
  /** In lower case and in order. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
  /** When it was signed, as X-Amz-Date has it: "20260131T090500Z". */
  readonly time: string;
  /** Of a presigned one: for so many ms from then on it is good. */
  readonly expiresMs?: number;
}

const CREDENTIAL = String.raw`([\w-]{1,128})\/(\d{8})\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request`;
const NAMES = "([a-z0-9;._-]{1,4096})";
const HEADER = new RegExp(
  `^${ALGORITHM} +Credential=${CREDENTIAL}, *SignedHeaders=${NAMES}, *Signature=([0-9a-f]{64})$`,
);
const IN_QUERY = new RegExp(`^${CREDENTIAL}\n${NAMES}\n([0-9a-f]{64})$`);

/** Parameters of the query that are about the signature, and not about what is asked for. */
export const SIGNATURE_PARAMETER = "X-Amz-Signature";
export const isAboutSigning = (parameter: string): boolean => parameter.startsWith("X-Amz-");

/** Seven days, the longest that there is (IAM User Guide, "Elements of an AWS API request signature"). */
const MAX_EXPIRES_S = 604_800;

export const isPresigned = ({ query }: Pick<HttpRequest, "query">): boolean =>
  Object.hasOwn(query, SIGNATURE_PARAMETER);

/**
 * Throws `MissingAuthenticationToken` and `IncompleteSignature` for a signature that is not there, or is none. `headers`
 * have their names in lower case.
 */
export function authorizationOf(request: HttpRequest, headers: ReadonlyMap<string, string>): Authorization {
  const header = headers.get("authorization");
  if (!isPresigned(request)) return ofHeader(header, headers.get("x-amz-date") ?? "");
  if (header === undefined) return ofQuery(request.query);
  throw incomplete("A request is signed in its Authorization header or in its query, not in both.");
}

/** Whose request it claims to be, and for what service, good or not; empty where it says nothing. */
export function claimedBy(request: HttpRequest): { readonly accessKeyId: string; readonly service: string } {
  const header = Object.entries(request.headers).find(([name]) => name.toLowerCase() === "authorization")?.[1];
  const credential = header === undefined ? textIn(request.query, "X-Amz-Credential") : textAfter(header);
  const [accessKeyId = "", , , service = ""] = (credential ?? "").split("/");
  return { accessKeyId: /^[\w-]{1,128}$/.test(accessKeyId) ? accessKeyId : "", service };
}

const textAfter = (header: string): string | undefined => /Credential=([^, ]*)/.exec(header)?.[1];

function ofHeader(header: string | undefined, time: string): Authorization {
  if (header === undefined) {
    const text = "The request must be signed with Signature Version 4: it has no Authorization header.";
    throw new CloudError("MissingAuthenticationToken", text);
  }
  const parts = partsOf(HEADER.exec(header));
  if (parts !== undefined) return { ...parts, time };
  throw incomplete(`The Authorization header must be "${ALGORITHM} Credential=…, SignedHeaders=…, Signature=…".`);
}

function ofQuery(query: HttpQuery): Authorization {
  const text = (name: string) => textIn(query, name) ?? "";
  const said = [text("X-Amz-Credential"), text("X-Amz-SignedHeaders"), text(SIGNATURE_PARAMETER)];
  const parts = partsOf(IN_QUERY.exec(said.join("\n")));
  const expires = text("X-Amz-Expires");
  const seconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0;
  if (parts !== undefined && text("X-Amz-Algorithm") === ALGORITHM && seconds >= 1 && seconds <= MAX_EXPIRES_S) {
    return { ...parts, time: text("X-Amz-Date"), expiresMs: seconds * 1000 };
  }
  throw incomplete(
    `A presigned request must have X-Amz-Algorithm=${ALGORITHM}, X-Amz-Credential, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires of 1 to ${MAX_EXPIRES_S} seconds, each once.`,
  );
}

/** Undefined for what has another form, or names headers out of order. */
function partsOf(found: RegExpExecArray | null): Omit<Authorization, "time"> | undefined {
  if (found === null) return undefined;
  const [, accessKeyId = "", date = "", region = "", service = "", names = "", signature = ""] = found;
  const signedHeaders = names.split(";");
  const sorted = [...new Set(signedHeaders)].sort();
  if (sorted.join(";") !== names) return undefined;
  return { accessKeyId, scope: { date, region, service }, signedHeaders, signature };
}

/** Undefined for a parameter that is not there, or more than once. */
function textIn(query: HttpQuery, name: string): string | undefined {
  if (!Object.hasOwn(query, name)) return undefined;
  const value = query[name];
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  return value.length === 1 ? value[0] : undefined;
}

const incomplete = (text: string) => new CloudError("IncompleteSignature", text);
