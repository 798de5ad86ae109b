import { CloudError } from "../../base/errors.ts";

export const ALGORITHM = "AWS4-HMAC-SHA256";

/** For what, where and when a signing key is good. */
export interface Scope {
  /** "20260131" */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** What an Authorization header says. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly scope: Scope;
  /** In lower case and in order. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
}

const HEADER =
  /^AWS4-HMAC-SHA256 +Credential=([\w-]{1,128})\/(\d{8})\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request, *SignedHeaders=([a-z0-9;._-]{1,4096}), *Signature=([0-9a-f]{64})$/;

/** The access key that a header names, good or not; empty where it names none. */
export const claimedAccessKey = (header: string | undefined): string =>
  /Credential=([\w-]{1,128})\//.exec(header ?? "")?.[1] ?? "";

export const scopeText = ({ date, region, service }: Scope): string => `${date}/${region}/${service}/aws4_request`;

/** Throws `MissingAuthenticationToken` and `IncompleteSignature` for a header that is not there, or is none. */
export function parseAuthorization(header: string | undefined): Authorization {
  if (header === undefined) {
    const text = "The request must be signed with Signature Version 4: it has no Authorization header.";
    throw new CloudError("MissingAuthenticationToken", text);
  }
  const [all, accessKeyId = "", date = "", region = "", service = "", names = "", signature = ""] =
    HEADER.exec(header) ?? [];
  const signedHeaders = names.split(";");
  const sorted = [...new Set(signedHeaders)].sort();
  if (all === undefined || sorted.join(";") !== names) {
    const text = `The Authorization header must be "${ALGORITHM} Credential=…, SignedHeaders=…, Signature=…".`;
    throw new CloudError("IncompleteSignature", text);
  }
  return { accessKeyId, scope: { date, region, service }, signedHeaders, signature };
}
