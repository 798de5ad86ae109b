import type { Clock } from "../../base/clock.ts";
import { CloudError } from "../../base/errors.ts";
import type { Event } from "../../base/event.ts";
import { newId } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import { DEFAULT_ACCOUNT_ID, type Principal, principalArn } from "../../ec2/policy/index.ts";
import { byAge } from "../by-age.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { isRegion } from "../regions.ts";
import type { Registry } from "../registry.ts";
import { type Scope, scopeOf, type View } from "../scope.ts";
import type { DecideQuota, QuotaInfo, QuotaRequestInfo, RequestQuota } from "./quota-info.ts";
import type { QuotaKeeper } from "./quota-keeper.ts";
import type { QuotaRequestRecord } from "./quota-records.ts";
import { isQuotaCode, QUOTA_CODES, type QuotaCode, quotaOf } from "./quota-table.ts";

/** Decided ones stay to be looked at; the oldest of them go. */
const MAX_REQUESTS = 500;
const MAX_TEXT = 1000;

const LIST: Parameters<{ region?: string }> = { region: true };
const REQUEST: Parameters<RequestQuota> = { code: true, desiredValue: true, reason: true, region: true };
const DECIDE: Parameters<DecideQuota> = { requestId: true, decision: true, value: true, comment: true };

export interface QuotasParts {
  readonly keeper: QuotaKeeper;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
}

/** The quotas, as the public API shows them to somebody: `api/quota-types.ts`. */
export class CloudQuotas {
  readonly #parts: QuotasParts;
  readonly #view: View;
  readonly #principal: Principal;
  readonly onChange: Event<void>;

  /** Whoever has the page and has not signed in is the default account's root user. */
  constructor(
    parts: QuotasParts,
    view: View,
    principal: Principal = { type: "root", accountId: view.makesIn.accountId },
  ) {
    this.#parts = parts;
    this.#view = view;
    this.#principal = principal;
    this.onChange = parts.keeper.onChange;
  }

  /** The same, for whoever it is. */
  as(principal: Principal): CloudQuotas {
    return new CloudQuotas(this.#parts, this.#view, principal);
  }

  async list(request: { region?: string } = {}): Promise<QuotaInfo[]> {
    checkParameters(request, LIST);
    const scope = this.#scope(request.region);
    return QUOTA_CODES.map((code) => this.#describe(code, scope));
  }

  /** One of them, where whoever asks makes things. */
  limitOf(code: QuotaCode): number {
    return this.#parts.keeper.limitOf(code, this.#view.makesIn);
  }

  async requests(): Promise<QuotaRequestInfo[]> {
    return this.#parts.keeper.requests
      .entries()
      .filter(([, record]) => this.#sees(record))
      .sort(byAge(({ createdAt }) => -createdAt))
      .map(([id, record]) => describeRequest(id, record));
  }

  async request(request: RequestQuota): Promise<QuotaRequestInfo> {
    checkParameters(request, REQUEST);
    const { code, desiredValue, reason = "" } = request;
    if (typeof code !== "string" || !isQuotaCode(code)) {
      const text = `There is no quota '${String(code).slice(0, 64)}'. There are: ${QUOTA_CODES.join(", ")}.`;
      throw new CloudError("NoSuchResourceException", text, { code: String(code).slice(0, 64) });
    }
    checkText("reason", reason);
    const scope = this.#scope(request.region);
    const { value, adjustable, most, name } = this.#describe(code, scope);
    if (!adjustable) throw illegal(`The quota '${name}' cannot be raised.`, { code });
    if (!Number.isSafeInteger(desiredValue) || desiredValue <= value || desiredValue > most) {
      const text = `The desired value of '${name}' is a whole number of more than ${value}, which it is, and at most ${most}.`;
      throw illegal(text, { desiredValue, value, most });
    }
    const { keeper, registry, clock, random } = this.#parts;
    const isOpen = ([, it]: [string, QuotaRequestRecord]) =>
      it.state === "pending" && it.code === code && it.ownerId === scope.accountId && it.region === scope.region;
    if (keeper.requests.entries().some(isOpen)) {
      const text = `There is a request for '${name}' in ${scope.region} that is not decided yet.`;
      throw new CloudError("ResourceAlreadyExistsException", text, { code });
    }
    const id = newId("qr", random);
    const record: QuotaRequestRecord = {
      ownerId: scope.accountId,
      region: scope.region,
      code,
      requestedBy: principalArn(this.#principal),
      desired: desiredValue,
      reason,
      createdAt: clock.now(),
      state: "pending",
      granted: null,
      decidedBy: null,
      decidedAt: null,
      comment: "",
    };
    const old = this.#tooMany().map((one) => keeper.requests.delete(one));
    await registry.commit([keeper.requests.put(id, record), ...old]);
    return describeRequest(id, record);
  }

  /** By a root user: of the account, or of the default account for all of them. */
  async decide(request: DecideQuota): Promise<QuotaRequestInfo> {
    checkParameters(request, DECIDE);
    const { requestId, decision, comment = "" } = request;
    const { keeper, registry, clock } = this.#parts;
    const record = keeper.requests.get(requestId);
    if (record === undefined || !this.#sees(record)) {
      const text = `There is no request '${String(requestId).slice(0, 64)}'.`;
      throw new CloudError("NoSuchResourceException", text, { requestId: String(requestId).slice(0, 64) });
    }
    if (this.#principal.type !== "root") {
      const text = `User: ${principalArn(this.#principal)} is not authorized to decide on quotas: the root user is.`;
      throw new CloudError("UnauthorizedOperation", text, { requestId });
    }
    if (record.state !== "pending") {
      throw new CloudError("InvalidResourceStateException", `The request '${requestId}' is ${record.state} already.`, {
        requestId,
        state: record.state,
      });
    }
    if (decision !== "approve" && decision !== "deny") {
      throw illegal(`A decision is "approve" or "deny", not '${String(decision)}'.`, { decision: String(decision) });
    }
    checkText("comment", comment);
    const granted = decision === "deny" ? null : this.#granted(record, request.value);
    if (decision === "deny" && request.value !== undefined)
      throw illegal("What is denied has no value.", { requestId });
    const decided: QuotaRequestRecord = {
      ...record,
      state: granted === null ? "denied" : granted === record.desired ? "approved" : "partially-approved",
      granted,
      decidedBy: principalArn(this.#principal),
      decidedAt: clock.now(),
      comment,
    };
    const raise = granted === null ? [] : [keeper.setValue(record.code, scopeOf(record), granted)];
    await registry.commit([keeper.requests.put(requestId, decided), ...raise]);
    return describeRequest(requestId, decided);
  }

  #granted({ code, desired, ...owned }: QuotaRequestRecord, value = desired): number {
    const now = this.#parts.keeper.limitOf(code, scopeOf(owned));
    if (Number.isSafeInteger(value) && value > now && value <= desired) return value;
    const text = `The value that is granted is a whole number of more than ${now}, which it is, and at most ${desired}, which was asked for.`;
    throw illegal(text, { value, desired });
  }

  /** Root users see all requests of their account, the default account's those of all accounts; others see their own. */
  #sees({ ownerId, requestedBy }: QuotaRequestRecord): boolean {
    const { type, accountId } = this.#principal;
    if (type === "root") return ownerId === accountId || accountId === DEFAULT_ACCOUNT_ID;
    return requestedBy === principalArn(this.#principal);
  }

  /** Decided requests beyond those that are kept. */
  #tooMany(): string[] {
    const decided = this.#parts.keeper.requests.entries().filter(([, { state }]) => state !== "pending");
    return decided
      .sort(byAge(({ createdAt }) => createdAt))
      .slice(0, Math.max(0, decided.length - MAX_REQUESTS + 1))
      .map(([id]) => id);
  }

  #scope(region: string | undefined): Scope {
    const { makesIn } = this.#view;
    if (region === undefined) return makesIn;
    if (isRegion(region)) return { ...makesIn, region };
    throw illegal(`There is no region '${region}'.`, { region });
  }

  #describe(code: QuotaCode, scope: Scope): QuotaInfo {
    const { keeper } = this.#parts;
    const { name, unit, most } = quotaOf(code);
    const value = keeper.limitOf(code, scope);
    return {
      code,
      name,
      unit,
      value,
      defaultValue: keeper.defaultOf(code),
      usage: keeper.usageOf(code, scope),
      adjustable: most !== undefined,
      most: most === undefined ? value : Math.max(most, value),
      accountId: scope.accountId,
      region: scope.region,
    };
  }
}

function describeRequest(id: string, record: QuotaRequestRecord): QuotaRequestInfo {
  const { ownerId, region, code, requestedBy, desired, reason, createdAt, state, granted, decidedBy, decidedAt } =
    record;
  return {
    id,
    code,
    accountId: ownerId,
    region,
    requestedBy,
    desiredValue: desired,
    reason,
    createTime: new Date(createdAt),
    state,
    grantedValue: granted,
    decidedBy,
    decideTime: decidedAt === null ? null : new Date(decidedAt),
    comment: record.comment,
  };
}

function checkText(parameter: string, text: string): void {
  if (typeof text === "string" && text.length <= MAX_TEXT) return;
  throw illegal(`The ${parameter} is a text of up to ${MAX_TEXT} characters.`, { parameter });
}

/** Service Quotas' name for a bad parameter. */
const illegal = (message: string, details: Record<string, unknown>) =>
  new CloudError("IllegalArgumentException", message, details);
