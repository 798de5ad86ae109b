import type { Clock } from "../../base/clock.ts";
import { CloudError, hasCode, toCloudError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import {
  authorizeCall,
  authorizeIamCall,
  type Directory,
  fullActionName,
  principalArn,
  type TouchedResource,
  touchedArn,
} from "../../ec2/policy/index.ts";
import type { AuditLog } from "./audit-log.ts";
import { auditParameters, idsIn } from "./audit-parameters.ts";
import { type Caller, callFacts, type Origin } from "./caller.ts";

/** A call on its way through the gate: what is known of it so far. It is filled in as it is read. */
export interface Passage {
  readonly requestId: string;
  readonly origin: Origin;
  readonly sourceIp?: string | undefined;
  /** As the request says, whether it is one or not. */
  accessKeyId: string;
  /** Once that is known. */
  caller: Caller | undefined;
  /** E.g. "RunInstances", "tabvisor:Exec", "iam:CreateUser"; empty while that is not known. */
  action: string;
  /** It changes nothing. */
  readOnly: boolean;
  /** It comes many times a second: once a minute is enough for the log. */
  frequent: boolean;
  parameters: unknown;
  /** What it is about: what EC2's policies say of it, or one ARN (or "*") of IAM's. */
  touched: readonly TouchedResource[] | string;
}

export interface GateParts {
  /** Throws when it could not be read: then only a root user passes. */
  readonly directory: () => Directory;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * What every call passes, whichever way it came: the policies decide, then it is answered (or done), then it is in the log,
 * with what came of it.
 */
export class Gate {
  readonly #parts: GateParts;
  /** What comes many times a second, and when it was last logged. */
  readonly #logged = new Map<string, number>();

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** A call that begins. */
  open(origin: Origin, more: Partial<Passage> = {}): Passage {
    return {
      requestId: newRequestId(this.#parts.random),
      origin,
      accessKeyId: more.caller?.accessKeyId ?? "",
      caller: undefined,
      action: "",
      readOnly: false,
      frequent: false,
      parameters: {},
      touched: [],
      ...more,
    };
  }

  /** Does `work`, and logs what came of it; rejects as it does. `made`: where ids of what it has made are. */
  async pass<T>(passage: Passage, work: () => Promise<T>, made: (result: T) => unknown = (it) => it): Promise<T> {
    try {
      const result = await work();
      if (!passage.frequent || this.#isDue(passage)) {
        this.#log(passage, undefined, passage.readOnly ? [] : idsIn(made(result)));
      }
      return result;
    } catch (thrown) {
      this.#log(passage, toCloudError(thrown), []);
      throw thrown;
    }
  }

  /**
   * Throws `UnauthorizedOperation` (`AccessDenied` for IAM's actions) when the caller may not do it (F59–F61). Asked before
   * anything else is said of what the call is about, DryRun's answer as well.
   */
  authorize({ caller, action, touched }: Passage): void {
    if (caller === undefined) throw new TypeError("a call is authorized when its caller is known");
    const { principal } = caller;
    if (principal.type === "root") return;
    const facts = callFacts(caller, this.#parts.clock.now());
    const policies = this.#parts.directory().policiesOf(principal);
    if (typeof touched === "string") authorizeIamCall({ ...facts, action, resource: touched }, policies);
    else authorizeCall({ ...facts, action, resources: touched }, policies);
  }

  /** Of the same by the same, the first one in a minute is logged. */
  #isDue({ accessKeyId, action, parameters }: Passage): boolean {
    const key = JSON.stringify([accessKeyId, action, parameters]);
    const now = this.#parts.clock.now();
    const last = this.#logged.get(key);
    if (last !== undefined && now - last < LOGGED_AGAIN_MS) return false;
    if (this.#logged.size >= MAX_FREQUENT) this.#logged.clear();
    this.#logged.set(key, now);
    return true;
  }

  #log(passage: Passage, error: CloudError | undefined, made: readonly string[]): void {
    const { requestId, origin, sourceIp = "", accessKeyId, caller, action, readOnly, parameters } = passage;
    this.#parts.audit.add({
      time: this.#parts.clock.now(),
      requestId,
      origin,
      principal: caller === undefined ? "" : principalArn(caller.principal),
      accessKeyId,
      region: caller?.region ?? "",
      sourceIp,
      action: action === "" ? "" : fullActionName(action),
      readOnly,
      resources: resourcesOf(passage, made),
      parameters: auditParameters(parameters),
      errorCode: error?.code ?? "",
      errorMessage: error?.message.slice(0, MAX_MESSAGE) ?? "",
    });
  }
}

const MAX_MESSAGE = 1024;
const LOGGED_AGAIN_MS = 60_000;
/** Consoles that somebody types into. */
const MAX_FREQUENT = 1000;
/** A call about hundreds is told of by the first of them. */
const MAX_RESOURCES = 50;

/** What it was about, and what it has made. */
function resourcesOf({ caller, touched }: Passage, made: readonly string[]): string[] {
  if (typeof touched === "string") return [touched];
  if (caller === undefined) return [];
  const arns = touched.slice(0, MAX_RESOURCES).map((resource) => touchedArn(resource, callFacts(caller, 0)));
  const isNamed = (id: string) => arns.some((arn) => arn.endsWith(`/${id}`));
  return [...new Set([...arns, ...made.filter((id) => !isNamed(id))])];
}

/** A UUID (RFC 9562 §5.4), as EC2's request ids are. */
export function newRequestId(random: Random): string {
  const bytes = Uint8Array.from(random.bytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** EC2 says the same of an unknown key and of a wrong secret. */
export const authFailure = (): CloudError =>
  new CloudError("AuthFailure", "AWS was not able to validate the provided access credentials");

/** Says that whoever asked may not: the policies' answer, and that to a key that is no longer good. */
export const isDenied = (thrown: unknown): boolean =>
  ["UnauthorizedOperation", "AccessDenied", "AuthFailure"].some((code) => hasCode(thrown, code));

/** EC2's answer to a request that only asks whether it would be allowed (F73). */
export const dryRunSucceeded = (): CloudError =>
  new CloudError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
