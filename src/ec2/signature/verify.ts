import type { Clock } from "../../base/clock.ts";
import { CloudError } from "../../base/errors.ts";
import { bytesOf, type HttpRequest } from "../http.ts";
import { type Authorization, authorizationOf, SIGNATURE_PARAMETER } from "./authorization.ts";
import { canonicalRequest, sha256Hex } from "./canonical.ts";
import { signatureOf, signingKey } from "./sign.ts";

/** What of an access key there is to know here: undefined where there is none of that id, or none that is active. */
export type FindSecret = (accessKeyId: string) => { readonly secretAccessKey: string } | undefined;

/** By whom a request is signed, and where to. */
export interface Signed {
  readonly accessKeyId: string;
  /** As the SDK was told, e.g. "us-east-1". */
  readonly region: string;
}

/** EC2 takes a request for five minutes ("Signature Version 4", "When a request is valid"), from clocks fast or slow. */
const VALID_MS = 5 * 60_000;
/** The keys of one day, of some users, in some regions. */
const MAX_KEYS = 100;

/** Finds out by its signature who makes a request. */
export class SignatureVerifier {
  readonly #find: FindSecret;
  readonly #clock: Clock;
  readonly #keys = new Map<string, Promise<CryptoKey>>();

  constructor(find: FindSecret, clock: Clock) {
    this.#find = find;
    this.#clock = clock;
  }

  /**
   * Throws `AuthFailure` for an unknown key and for a wrong signature (F61), `RequestExpired` when the clocks differ by
   * more than five minutes or a presigned request's time is over, `MissingAuthenticationToken` and `IncompleteSignature`
   * for what is not signed properly.
   */
  async verify(request: HttpRequest, service: string): Promise<Signed> {
    const headers = new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]));
    const authorization = authorizationOf(request, headers);
    const { accessKeyId, scope, signedHeaders, time } = authorization;
    checkSigned(headers, authorization);
    this.#checkTime(authorization);
    if (scope.service !== service) {
      throw new CloudError("AuthFailure", `Credential should be scoped to correct service: '${service}'.`);
    }
    const credentials = this.#find(accessKeyId);
    // EC2 says the same of an unknown key and of a wrong signature: neither tells which keys there are.
    if (credentials === undefined || hasSession(request, headers)) throw authFailure();
    await checkPayload(request, headers.get("x-amz-content-sha256"));
    const expected = await signatureOf(
      await canonicalRequest(withoutSignature(request), signedHeaders),
      await this.#key(credentials, authorization),
      scope,
      time,
    );
    if (!isSame(expected, authorization.signature)) throw authFailure();
    return { accessKeyId, region: scope.region };
  }

  #checkTime({ time, scope, expiresMs = VALID_MS }: Authorization): void {
    const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time);
    if (parts === null || !time.startsWith(scope.date)) {
      const text = "The request must have a signed X-Amz-Date such as 20260131T090500Z, of the credential's date.";
      throw new CloudError("IncompleteSignature", text);
    }
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
    const ageMs = this.#clock.now() - Date.UTC(year, month - 1, day, hour, minute, second);
    if (ageMs >= -VALID_MS && ageMs <= expiresMs) return;
    const text = `Request has expired. It was signed at ${time}; the time here is ${new Date(this.#clock.now()).toISOString()}.`;
    throw new CloudError("RequestExpired", text, { ageMs });
  }

  /** By the secret as well: a key that was made anew under the same id is another. */
  #key(
    { secretAccessKey }: { readonly secretAccessKey: string },
    { accessKeyId, scope }: Authorization,
  ): Promise<CryptoKey> {
    const name = JSON.stringify([accessKeyId, secretAccessKey, scope]);
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    if (this.#keys.size >= MAX_KEYS) this.#keys.clear();
    const key = signingKey(secretAccessKey, scope);
    this.#keys.set(name, key);
    return key;
  }
}

/** What decides over a request must be signed: host, date, and everything else of AWS's own. A query is signed as a whole. */
function checkSigned(headers: ReadonlyMap<string, string>, { signedHeaders: signed, expiresMs }: Authorization): void {
  const own = [...headers.keys()].filter((name) => name.startsWith("x-amz-"));
  const date = expiresMs === undefined ? ["x-amz-date"] : [];
  const missing = ["host", ...date, ...own].find((name) => !signed.includes(name));
  if (missing !== undefined) {
    throw new CloudError("IncompleteSignature", `The header ${missing} must be signed.`, { header: missing });
  }
  const absent = signed.find((name) => !headers.has(name));
  if (absent !== undefined) {
    throw new CloudError("IncompleteSignature", `The signed header ${absent} is not in the request.`, {
      header: absent,
    });
  }
}

/** A signature cannot sign itself. */
const withoutSignature = (request: HttpRequest): HttpRequest => ({
  ...request,
  query: Object.fromEntries(Object.entries(request.query).filter(([name]) => name !== SIGNATURE_PARAMETER)),
});

/** There are no sessions here, so no token of one can be good. */
const hasSession = ({ query }: HttpRequest, headers: ReadonlyMap<string, string>): boolean =>
  headers.has("x-amz-security-token") || Object.hasOwn(query, "X-Amz-Security-Token");

/** The header is a help for streams; what counts is the body that is here. */
async function checkPayload({ body }: HttpRequest, claimed: string | undefined): Promise<void> {
  if (claimed === undefined || claimed === (await sha256Hex(bytesOf(body)))) return;
  throw authFailure();
}

const authFailure = () => new CloudError("AuthFailure", "AWS was not able to validate the provided access credentials");

/** Takes as long wherever the first difference is. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
