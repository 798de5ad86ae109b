import { DEFAULT_ACCOUNT_ID, type Principal, principalArn } from "../../ec2/policy/index.ts";
import { DEFAULT_SCOPE } from "../scope.ts";
import type { Identity } from "./access-info.ts";

/** How a call came: by the AWS SDK in a page, by HTTP from outside, by this cloud's own API, by the portal. */
export const ORIGINS = ["sdk", "http", "api", "portal"] as const;
export type Origin = (typeof ORIGINS)[number];

/** Who makes a call, from where. */
export interface Caller {
  readonly principal: Principal;
  /** The principal's. */
  readonly accountId: string;
  /** Empty for a tab that has not signed in: it is the default account's root user. */
  readonly accessKeyId: string;
  /** As the SDK was told, e.g. "us-east-1"; the default one for what knows no regions. */
  readonly region: string;
  readonly origin: Origin;
  /** Of what came over a network. */
  readonly sourceIp?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** Whoever has the page and has not signed in. */
export const rootCaller = (origin: Origin): Caller => ({
  principal: { type: "root", accountId: DEFAULT_ACCOUNT_ID },
  accountId: DEFAULT_ACCOUNT_ID,
  accessKeyId: "",
  region: DEFAULT_SCOPE.region,
  origin,
});

/** What conditions of policies can ask of a caller. */
export const callFacts = ({ principal, region, sourceIp, userAgent }: Caller, now: number) => ({
  principal,
  region,
  now,
  ...(sourceIp === undefined ? {} : { sourceIp }),
  ...(userAgent === undefined ? {} : { userAgent }),
});

export const identityOf = ({ principal, accessKeyId }: Caller): Identity => ({
  arn: principalArn(principal),
  accountId: principal.accountId,
  userName: principal.type === "root" ? null : principal.userName,
  accessKeyId,
});
