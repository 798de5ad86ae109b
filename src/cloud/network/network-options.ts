import { CloudError } from "../../base/errors.ts";
import type { NetworkSetup } from "../../protocol/network-contract.ts";

/**
 * How packets leave for the real Internet, from VPCs whose internet gateway lets them out. Without any of it HTTP leaves by
 * the page's `fetch`, which reaches what lets other sites' pages have its answers (CORS), and nothing else does.
 */
export interface NetworkOptions {
  /** A Wisp relay, "wss://…/" (or "ws://…/"), with a slash at its end: TCP to any port goes by it. */
  readonly wispUrl?: string;
  /**
   * Whether guests get by the relay to what is not on the Internet: the relay's own computer and the network around it
   * (`localhost`, names without a domain, loopback, private and link-local addresses). No, unless it is said; the relay has
   * to let them, too, and it alone sees what other names lead to.
   */
  readonly wispLocal?: boolean;
  /** A resolver with the JSON API of DNS over HTTPS; without one names get addresses that stand for them. */
  readonly dnsOverHttpsUrl?: string;
}

/** `InvalidParameterValue` for what is no URL. */
export function networkSetup({
  wispUrl,
  wispLocal,
  dnsOverHttpsUrl,
}: NetworkOptions = {}): Omit<NetworkSetup, "identity"> {
  return {
    ...(wispUrl !== undefined && { wispUrl: checkUrl("wispUrl", wispUrl, /^wss?:\/\/.*\/$/) }),
    ...(wispLocal !== undefined && { wispLocal }),
    ...(dnsOverHttpsUrl !== undefined && {
      dnsOverHttpsUrl: checkUrl("dnsOverHttpsUrl", dnsOverHttpsUrl, /^https?:\/\//),
    }),
  };
}

function checkUrl(parameter: string, url: string, form: RegExp): string {
  if (form.test(url) && URL.canParse(url)) return url;
  throw new CloudError("InvalidParameterValue", `network.${parameter} is '${url}', which is no such URL.`, {
    parameter,
  });
}
