import type { Event } from "../base/event.ts";
import type { DecideQuota, QuotaInfo, QuotaRequestInfo, RequestQuota } from "../cloud/quotas/quota-info.ts";

export type {
  DecideQuota,
  QuotaInfo as Quota,
  QuotaRequestInfo as QuotaRequest,
  QuotaRequestState,
  RequestQuota,
} from "../cloud/quotas/quota-info.ts";
export type { QuotaCode } from "../cloud/quotas/quota-table.ts";

/**
 * What an account may have in a region (F69, F71), and requests for more of it, which a root user decides on. Errors are
 * Service Quotas': `NoSuchResourceException`, `IllegalArgumentException`, `ResourceAlreadyExistsException`,
 * `InvalidResourceStateException`.
 */
export interface Quotas {
  /** Of the default region by default. */
  list(request?: { region?: string }): Promise<QuotaInfo[]>;
  /** Newest first. A root user sees those of all users of the account, the default account's those of all accounts. */
  requests(): Promise<QuotaRequestInfo[]>;
  /** Fires after a quota or a request has changed. What is used changes without it. */
  readonly onChange: Event<void>;
  /** There is one request at a time for each quota. */
  request(request: RequestQuota): Promise<QuotaRequestInfo>;
  /** By a root user: else `UnauthorizedOperation`. */
  decide(request: DecideQuota): Promise<QuotaRequestInfo>;
}
