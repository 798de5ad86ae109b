import { CloudError } from "../base/errors.ts";
import { xmlResponse } from "./answer.ts";
import { formOf } from "./form.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { type Principal, principalArn } from "./policy/index.ts";
import { parseParameters, shorten } from "./wire/parameters.ts";
import { escapeText } from "./wire/xml.ts";

/**
 * The one action of STS that there is, since tools ask who they are before they begin: GetCallerIdentity (AWS STS API,
 * version 2011-06-15). Like AWS's it needs no permission, and a policy cannot deny it.
 */
export const STS_SERVICE = "sts";
const VERSION = "2011-06-15";
const NAMESPACE = `https://sts.amazonaws.com/doc/${VERSION}/`;
const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** STS's names for what its callers see otherwise than EC2's. */
const CODES: Readonly<Record<string, { code: string; message: string; status: number }>> = {
  AuthFailure: {
    code: "InvalidClientTokenId",
    message: "The security token included in the request is invalid.",
    status: 403,
  },
};

export interface StsAnswer {
  readonly requestId: string;
  /** Epoch ms. */
  readonly now: number;
  /** Verifies the signature. */
  readonly identify: () => Promise<Principal>;
}

/** Never rejects with a `CloudError`: it is the answer. */
export async function answerSts(request: HttpRequest, { requestId, now, identify }: StsAnswer): Promise<HttpResponse> {
  try {
    const principal = await identify();
    checkAction(request);
    return xmlResponse(200, identityXml(principal, requestId), requestId, now);
  } catch (thrown) {
    if (!(thrown instanceof CloudError)) throw thrown;
    const { code, message, status } = CODES[thrown.code] ?? { ...thrown, message: thrown.message, status: 400 };
    return xmlResponse(status, errorXml(code, message, requestId), requestId, now);
  }
}

function checkAction(request: HttpRequest): void {
  const parameters = parseParameters(formOf(request)).children;
  const action = parameters.get("Action")?.value ?? "";
  if (action === "GetCallerIdentity" && parameters.get("Version")?.value === VERSION) return;
  const text = `Of STS there is only GetCallerIdentity of version ${VERSION}, not "${shorten(action)}".`;
  throw new CloudError("InvalidAction", text);
}

function identityXml(principal: Principal, requestId: string): string {
  const userId = principal.type === "root" ? principal.accountId : principal.userId;
  const identity = `<Arn>${escapeText(principalArn(principal))}</Arn><UserId>${userId}</UserId><Account>${principal.accountId}</Account>`;
  return `${PROLOGUE}<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult>${identity}</GetCallerIdentityResult><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;
}

function errorXml(code: string, message: string, requestId: string): string {
  const error = `<Type>Sender</Type><Code>${escapeText(code)}</Code><Message>${escapeText(message)}</Message>`;
  return `${PROLOGUE}<ErrorResponse xmlns="${NAMESPACE}"><Error>${error}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}
