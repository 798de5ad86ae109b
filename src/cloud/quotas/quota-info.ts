import type { QuotaCode } from "./quota-table.ts";

export interface QuotaInfo {
  readonly code: QuotaCode;
  readonly name: string;
  /** "instances", "vCPUs", "GiB", "MiB", … */
  readonly unit: string;
  /** What there may be at the moment. */
  readonly value: number;
  readonly defaultValue: number;
  /** What there is at the moment; null for a quota of each resource, such as tags of a resource. */
  readonly usage: number | null;
  readonly adjustable: boolean;
  /** The most that can be asked for; `value` where it is not adjustable. */
  readonly most: number;
  readonly accountId: string;
  readonly region: string;
}

export const QUOTA_REQUEST_STATES = ["pending", "approved", "partially-approved", "denied"] as const;
export type QuotaRequestState = (typeof QUOTA_REQUEST_STATES)[number];

export interface QuotaRequestInfo {
  /** "qr-" and 17 hexadecimal digits. */
  readonly id: string;
  readonly code: QuotaCode;
  readonly accountId: string;
  readonly region: string;
  /** ARN of who asked. */
  readonly requestedBy: string;
  readonly desiredValue: number;
  readonly reason: string;
  readonly createTime: Date;
  readonly state: QuotaRequestState;
  /** What it was raised to; null unless approved, wholly or in part. */
  readonly grantedValue: number | null;
  /** ARN of who decided; null while it is pending. */
  readonly decidedBy: string | null;
  readonly decideTime: Date | null;
  readonly comment: string;
}

export interface RequestQuota {
  readonly code: QuotaCode;
  /** More than it is now. */
  readonly desiredValue: number;
  /** Up to 1000 characters. */
  readonly reason?: string;
  /** Where; the default region by default. */
  readonly region?: string;
}

export interface DecideQuota {
  readonly requestId: string;
  readonly decision: "approve" | "deny";
  /** Approves it in part: more than the quota is now, less than was asked for. What was asked for by default. */
  readonly value?: number;
  /** Up to 1000 characters. */
  readonly comment?: string;
}
