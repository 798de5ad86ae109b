import { Breather } from "../base/breather.ts";
import type { Clock } from "../base/clock.ts";
import { CloudError, reportUncaught } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { Caller } from "../cloud/access/caller.ts";
import { dryRunSucceeded, type Passage } from "../cloud/access/gate.ts";
import { viewOf } from "../cloud/scope.ts";
import type { Action, ActionContext, WholeCloud } from "./action.ts";
import { ACTIONS } from "./actions/index.ts";
import { errorResponse, internalError, xmlResponse } from "./answer.ts";
import { answerSts, STS_SERVICE } from "./caller-identity.ts";
import { formOf } from "./form.ts";
import { checkNamed } from "./gate/named-resources.ts";
import { touchedBy } from "./gate/touched-by.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { OPERATION_NAMES } from "./operation-names.ts";
import { Pages } from "./pages.ts";
import { checkRegion } from "./regions.ts";
import { claimedBy } from "./signature/authorization.ts";
import { SignatureVerifier } from "./signature/verify.ts";
import { Throttle } from "./throttling/throttle.ts";
import { decodeInput } from "./wire/decode.ts";
import { MAX_BODY_BYTES, type ParameterNode, parseParameters, shorten, tooLarge } from "./wire/parameters.ts";
import { encodeOutput } from "./wire/xml.ts";

/** The API version of the SDK's schemas. */
const VERSION = "2016-11-15";
/** What signatures are for. */
const SERVICE = "ec2";

export interface EndpointOptions {
  readonly cloud: WholeCloud;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether EC2's limits of requests hold; true unless said otherwise. */
  readonly throttling?: boolean | undefined;
}

/** What an action has given. */
interface Done {
  readonly action: Action;
  readonly output: object;
}

/** EC2's endpoint: requests of its Query protocol in, XML out. It does not mind who carries them. */
export class Ec2Endpoint {
  readonly #options: EndpointOptions;
  readonly #verifier: SignatureVerifier;
  readonly #pages: Pages;
  readonly #throttle: Throttle | undefined;
  readonly #breather = new Breather();

  constructor(options: EndpointOptions) {
    this.#options = options;
    const { cloud, clock, random, throttling = true } = options;
    this.#throttle = throttling ? new Throttle(clock) : undefined;
    this.#verifier = new SignatureVerifier((accessKeyId) => cloud.access.credentials(accessKeyId), clock);
    this.#pages = new Pages(random);
  }

  /** Never rejects: what goes wrong is an answer. What went wrong within us is reported besides. */
  async handle(request: HttpRequest): Promise<HttpResponse> {
    const { clock, cloud } = this.#options;
    const { gate } = cloud.access;
    const { origin = "sdk", sourceIp } = request;
    const { accessKeyId, service } = claimedBy(request);
    const passage = gate.open(origin, { sourceIp, accessKeyId });
    const { requestId } = passage;
    try {
      if (service === STS_SERVICE) {
        const identify = async () => (await this.#callerOf(request, passage, STS_SERVICE)).principal;
        return await answerSts(request, { requestId, now: clock.now(), identify });
      }
      const { action, output } = await gate.pass(
        passage,
        () => this.#answer(request, passage),
        ({ output: of }) => of,
      );
      const xml = await encodeOutput(action.operation, output, requestId, this.#breather);
      return xmlResponse(200, xml, requestId, clock.now());
    } catch (thrown) {
      if (thrown instanceof CloudError && thrown.code !== "InternalError") {
        return errorResponse(thrown, requestId, clock.now());
      }
      reportUncaught(thrown);
      return errorResponse(internalError(thrown), requestId, clock.now());
    }
  }

  /** Who calls, what they want, whether they may: only then DryRun is answered, and only then it is done (F61, F73). */
  async #answer(request: HttpRequest, passage: Passage): Promise<Done> {
    const { cloud, clock } = this.#options;
    if (request.body.length > MAX_BODY_BYTES) throw tooLarge();
    const caller = await this.#callerOf(request, passage);
    passage.caller = caller;
    const { name, parameters } = calledFor(request);
    passage.action = name;
    passage.readOnly = /^(?:Describe|Get|List)/.test(name);
    const { action, input } = actionOf(name, parameters);
    passage.parameters = input;
    this.#throttle?.admit(caller, name, input);
    action.check(input);
    passage.touched = await touchedBy(name, input, { lookup: cloud.access.lookup, scope: caller });
    cloud.access.gate.authorize(passage);
    const seen = cloud.seenBy(viewOf(caller));
    const context: ActionContext = { cloud: seen, caller, clock, pages: this.#pages, breather: this.#breather };
    if ("DryRun" in input && input.DryRun === true) {
      await checkNamed(passage.touched, seen);
      await action.rehearse(input, context);
      throw dryRunSucceeded();
    }
    return { action, output: await action.run(input, context) };
  }

  async #callerOf(request: HttpRequest, { origin, sourceIp }: Passage, service = SERVICE): Promise<Caller> {
    const { access } = this.#options.cloud;
    const { accessKeyId, region } = await this.#verifier.verify(request, service);
    checkRegion(region);
    const { principal } = access.directory.credentials(accessKeyId);
    const userAgent = headerOf(request, "user-agent") ?? headerOf(request, "x-amz-user-agent");
    return { principal, accountId: principal.accountId, accessKeyId, region, origin, sourceIp, userAgent };
  }
}

function headerOf({ headers }: HttpRequest, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** Which action a request asks for, and with which parameters. */
function calledFor(request: HttpRequest): { name: string; parameters: ParameterNode } {
  const parameters = parseParameters(formOf(request));
  const name = take(parameters, "Action");
  const version = take(parameters, "Version");
  if (version === VERSION) return { name: OPERATION_NAMES.has(name) ? name : shorten(name), parameters };
  const text = `The requested version (${shorten(version)}) of service AmazonEC2 does not exist: it is ${VERSION}.`;
  throw new CloudError("NoSuchVersion", text, { version: VERSION });
}

/** The action, and its input: checked as far as the SDK's schemas say how. */
function actionOf(name: string, parameters: ParameterNode): { action: Action; input: object } {
  const action = ACTIONS.get(name);
  if (action !== undefined) {
    return { action, input: decodeInput(action.operation.input, parameters, action.missing) };
  }
  if (OPERATION_NAMES.has(name)) {
    throw new CloudError("UnsupportedOperation", `The action ${name} is not supported.`, { action: name });
  }
  throw new CloudError("InvalidAction", `The action ${name} is not valid for this web service.`);
}

function take(parameters: ParameterNode, name: string): string {
  const node = parameters.children.get(name);
  if (node?.value === undefined || node.children.size > 0) {
    throw new CloudError("MissingParameter", `The request must contain the parameter ${name}`, { parameter: name });
  }
  parameters.children.delete(name);
  return node.value;
}
