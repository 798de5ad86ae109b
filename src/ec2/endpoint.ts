import type { Clock } from "../base/clock.ts";
import { CloudError, reportUncaught } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { Action, ActionContext, Ec2Cloud } from "./action.ts";
import { ACTIONS } from "./actions/index.ts";
import { errorResponse, internalError, xmlResponse } from "./answer.ts";
import { type HttpRequest, type HttpResponse, textOf } from "./http.ts";
import { OPERATION_NAMES } from "./operation-names.ts";
import { Pages } from "./pages.ts";
import { checkRegion } from "./regions.ts";
import { type FindCredentials, SignatureVerifier } from "./signature/verify.ts";
import { decodeInput } from "./wire/decode.ts";
import { MAX_BODY_BYTES, type ParameterNode, parseParameters, shorten, tooLarge } from "./wire/parameters.ts";
import { encodeOutput } from "./wire/xml.ts";

/** The API version of the SDK's schemas. */
const VERSION = "2016-11-15";

export interface EndpointOptions {
  readonly cloud: Ec2Cloud;
  readonly credentials: FindCredentials;
  readonly clock: Clock;
  readonly random: Random;
}

/** EC2's endpoint: requests of its Query protocol in, XML out. It does not mind who carries them. */
export class Ec2Endpoint {
  readonly #options: EndpointOptions;
  readonly #verifier: SignatureVerifier;
  readonly #pages: Pages;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#verifier = new SignatureVerifier(options.credentials, options.clock);
    this.#pages = new Pages(options.random);
  }

  /** Never rejects: what goes wrong is an answer. What went wrong within us is reported besides. */
  async handle(request: HttpRequest): Promise<HttpResponse> {
    const { clock, random } = this.#options;
    const requestId = newRequestId(random);
    try {
      return xmlResponse(200, await this.#answer(request, requestId), requestId, clock.now());
    } catch (thrown) {
      if (thrown instanceof CloudError) return errorResponse(thrown, requestId, clock.now());
      reportUncaught(thrown);
      return errorResponse(internalError(thrown), requestId, clock.now());
    }
  }

  async #answer(request: HttpRequest, requestId: string): Promise<string> {
    const { cloud, clock } = this.#options;
    if (request.body.length > MAX_BODY_BYTES) throw tooLarge();
    const caller = await this.#verifier.verify(request);
    checkRegion(caller.region);
    const { action, input } = actionOf(formOf(request));
    action.check(input);
    if ("DryRun" in input && input.DryRun === true) {
      throw new CloudError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
    }
    const context: ActionContext = { cloud, caller, clock, pages: this.#pages };
    return encodeOutput(action.operation, await action.run(input, context), requestId);
  }
}

/** EC2 takes its parameters in the body of a POST, or in the query of a GET. */
function formOf({ method, query, body }: HttpRequest): string {
  if (method === "POST") return textOf(body);
  if (method !== "GET") throw new CloudError("InvalidAction", `EC2 has no method ${shorten(method)}: use POST or GET.`);
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? ""]).map((one): [string, string] => [name, one]),
  );
  return new URLSearchParams(pairs).toString();
}

/** Which action a form asks for, and its input: checked as far as the SDK's schemas say how. */
function actionOf(form: string): { action: Action; input: object } {
  const parameters = parseParameters(form);
  const name = take(parameters, "Action");
  const version = take(parameters, "Version");
  if (version !== VERSION) {
    const text = `The requested version (${shorten(version)}) of service AmazonEC2 does not exist: it is ${VERSION}.`;
    throw new CloudError("NoSuchVersion", text, { version: VERSION });
  }
  const action = ACTIONS.get(name);
  if (action !== undefined) {
    return { action, input: decodeInput(action.operation.input, parameters, action.missing) };
  }
  if (OPERATION_NAMES.has(name)) {
    throw new CloudError("UnsupportedOperation", `The action ${name} is not supported.`, { action: name });
  }
  throw new CloudError("InvalidAction", `The action ${shorten(name)} is not valid for this web service.`);
}

function take(parameters: ParameterNode, name: string): string {
  const node = parameters.children.get(name);
  if (node?.value === undefined || node.children.size > 0) {
    throw new CloudError("MissingParameter", `The request must contain the parameter ${name}`, { parameter: name });
  }
  parameters.children.delete(name);
  return node.value;
}

/** A UUID (RFC 9562 §5.4), as EC2's request ids are. */
function newRequestId(random: Random): string {
  const bytes = Uint8Array.from(random.bytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
