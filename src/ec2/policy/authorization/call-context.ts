import type { ContextEntry } from "../evaluation/request-context.ts";
import { type Principal, principalArn } from "../principal.ts";

/** What is known of a call, whatever it is about. */
export interface CallFacts {
  readonly principal: Principal;
  readonly region: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** Where it came by the network: not for calls from within the page. */
  readonly sourceIp?: string;
  readonly userAgent?: string;
  readonly secureTransport?: boolean;
}

/** The global condition keys, and `ec2:Region` (IAM User Guide, "AWS global condition context keys"). */
export function callEntries(call: CallFacts): ContextEntry[] {
  const { principal, region, now, sourceIp, userAgent, secureTransport = true } = call;
  const entries: ContextEntry[] = [
    ["aws:CurrentTime", new Date(now).toISOString()],
    ["aws:EpochTime", String(Math.floor(now / 1000))],
    ["aws:PrincipalAccount", principal.accountId],
    ["aws:PrincipalArn", principalArn(principal)],
    ["aws:PrincipalIsAWSService", "false"],
    ["aws:PrincipalType", principal.type === "root" ? "Account" : "User"],
    ["aws:RequestedRegion", region],
    ["aws:SecureTransport", String(secureTransport)],
    ["aws:userid", principal.type === "root" ? principal.accountId : principal.userId],
    ["aws:ViaAWSService", "false"],
    ["ec2:Region", region],
  ];
  if (sourceIp !== undefined) entries.push(["aws:SourceIp", sourceIp]);
  if (userAgent !== undefined) entries.push(["aws:UserAgent", userAgent]);
  if (principal.type === "user") {
    entries.push(["aws:username", principal.userName]);
    for (const [key, value] of Object.entries(principal.tags)) entries.push([`aws:PrincipalTag/${key}`, value]);
  }
  return entries;
}
