import type { DecideQuota, Quota, QuotaRequest, Quotas, RequestQuota } from "../../api/quota-types.ts";
import { Emitter } from "../../base/event.ts";

const SHARED = { accountId: "123456789012", region: "us-east-1" };

/** Quotas that only pretend: nothing is held to them. */
export class FakeQuotas implements Quotas {
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  #requests: QuotaRequest[] = [];
  #quotas: Quota[] = [
    {
      ...SHARED,
      code: "running-instances",
      name: "Running instances",
      unit: "instances",
      value: 20,
      defaultValue: 20,
      usage: 7,
      adjustable: true,
      most: 250,
    },
    {
      ...SHARED,
      code: "tags-per-resource",
      name: "Tags per resource",
      unit: "tags",
      value: 50,
      defaultValue: 50,
      usage: null,
      adjustable: false,
      most: 50,
    },
  ];

  async list(): Promise<Quota[]> {
    return this.#quotas;
  }

  async requests(): Promise<QuotaRequest[]> {
    return this.#requests;
  }

  async request({ code, desiredValue, reason = "" }: RequestQuota): Promise<QuotaRequest> {
    const request: QuotaRequest = {
      ...SHARED,
      id: `qr-${(this.#requests.length + 1).toString(16).padStart(17, "0")}`,
      code,
      requestedBy: "arn:aws:iam::123456789012:root",
      desiredValue,
      reason,
      createTime: new Date(),
      state: "pending",
      grantedValue: null,
      decidedBy: null,
      decideTime: null,
      comment: "",
    };
    this.#requests = [request, ...this.#requests];
    this.#changed.fire();
    return request;
  }

  async decide({ requestId, decision, value, comment = "" }: DecideQuota): Promise<QuotaRequest> {
    const found = this.#requests.find(({ id }) => id === requestId);
    if (found === undefined) throw new Error(`no request ${requestId}`);
    const grantedValue = decision === "deny" ? null : (value ?? found.desiredValue);
    const state =
      grantedValue === null ? "denied" : grantedValue < found.desiredValue ? "partially-approved" : "approved";
    const decided: QuotaRequest = { ...found, state, grantedValue, comment, decideTime: new Date() };
    this.#requests = this.#requests.map((request) => (request === found ? decided : request));
    if (grantedValue !== null) {
      this.#quotas = this.#quotas.map((quota) =>
        quota.code === found.code ? { ...quota, value: grantedValue } : quota,
      );
    }
    this.#changed.fire();
    return decided;
  }
}
