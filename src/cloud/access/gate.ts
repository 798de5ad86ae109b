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
import { auditParameters } from "./audit-parameters.ts";
import { type Caller, callFacts, type Origin } from "./caller.ts";
import { madeIds } from "./made-ids.ts";
import type { ResourceLookup } from "./resource-lookup.ts";

/** A call on its way through the gate: what is known of it so far. It is filled in as it is read. */
export interface Passage {
  readonly requestId: string;
  /** Epoch ms when it came. */
  readonly time: number;
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
  /** What EC2 has as more than one action: the others, which go through or are refused with this one. */
  others: readonly Passage[];
}

export interface GateParts {
  /** Throws when it could not be read: then only a root user passes. */
  readonly directory: () => Directory;
  readonly audit: AuditLog;
  readonly lookup: Pick<ResourceLookup, "partsOf">;
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
      time: this.#parts.clock.now(),
      origin,
      accessKeyId: more.caller?.accessKeyId ?? "",
      caller: undefined,
      action: "",
      readOnly: false,
      frequent: false,
      parameters: {},
      touched: [],
      others: [],
      ...more,
    };
  }

  /**
   * Does `work`, and logs what came of it; rejects as it does. What a call has changed is in the log before the call is
   * answered. `made`: where ids of what it has made are.
   */
  async pass<T>(passage: Passage, work: () => Promise<T>, made: (result: T) => unknown = (it) => it): Promise<T> {
    const ended = this.#logUnfinished(passage);
    try {
      const result = await work();
      ended();
      if (!passage.frequent || this.#isDue(passage)) {
        await this.#log(passage, undefined, this.#madeBy(passage, made(result)));
      }
      return result;
    } catch (thrown) {
      ended();
      await this.#log(passage, toCloudError(thrown), []);
      throw thrown;
    }
  }

  #madeBy({ readOnly, touched }: Passage, answer: unknown): string[] {
    return readOnly ? [] : madeIds(answer, touched, (id) => this.#parts.lookup.partsOf(id));
  }

  /** A change that takes its time (a stop, a copy) is logged as one that has begun, in case that its page goes away. */
  #logUnfinished(passage: Passage): () => void {
    return this.#parts.clock.setTimer(LONG_MS, () => {
      if (!passage.readOnly && !passage.frequent) void this.#log(passage, unfinished(), []);
    });
  }

  /**
   * Throws `UnauthorizedOperation` (`AccessDenied` for IAM's actions) when the caller may not do it (F59–F61). Asked before
   * anything else is said of what the call is about, DryRun's answer as well.
   */
  authorize({ caller, action, touched, others }: Passage): void {
    if (caller === undefined) throw new TypeError("a call is authorized when its caller is known");
    const { principal } = caller;
    if (principal.type === "root") return;
    const facts = callFacts(caller, this.#parts.clock.now());
    const policies = this.#parts.directory().policiesOf(principal);
    if (typeof touched === "string") authorizeIamCall({ ...facts, action, resource: touched }, policies);
    else authorizeCall({ ...facts, action, resources: touched }, policies);
    for (const other of others) this.authorize(other);
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

  async #log(passage: Passage, error: CloudError | undefined, made: readonly string[]): Promise<void> {
    const { requestId, time, origin, sourceIp = "", accessKeyId, caller, action, readOnly, parameters } = passage;
    await this.#parts.audit.add({
      time,
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
    for (const other of passage.others) await this.#log(other, error, []);
  }
}

/** EC2's calls, which answer when something has begun, are done by then. */
const LONG_MS = 1000;
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

/** Its entry is followed by that of its end, which is shown in its place. */
const unfinished = (): CloudError =>
  new CloudError("Cloud.Unfinished", "It was being done when this was written: what came of it is not known.");

/** EC2 says the same of an unknown key and of a wrong secret. */
export const authFailure = (): CloudError =>
  new CloudError("AuthFailure", "AWS was not able to validate the provided access credentials");

/** Says that whoever asked may not: the policies' answer, and that to a key that is no longer good. */
export const isDenied = (thrown: unknown): boolean =>
  ["UnauthorizedOperation", "AccessDenied", "AuthFailure"].some((code) => hasCode(thrown, code));

/** EC2's answer to a request that only asks whether it would be allowed (F73). */
export const dryRunSucceeded = (): CloudError =>
  new CloudError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
