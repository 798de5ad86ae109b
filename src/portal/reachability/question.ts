import type { ReachabilityQuestion } from "../../api/network-types.ts";

/** Stands for this page where an end is named. */
export const PAGE = "page";
const BETWEEN = "~";
const PROTOCOLS = ["tcp", "udp", "icmp"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** A question as fields have it: who is "page", an interface's id, or an address. */
export interface Question {
  readonly source: string;
  readonly destination: string;
  readonly protocol: Protocol;
  /** As typed; of ICMP nobody asks. */
  readonly port: string;
}

/** As a part of an address: `#/reachability/page~eni-…~tcp~22`. */
export const formatQuestion = ({ source, destination, protocol, port }: Question): string =>
  [source, destination, protocol, ...(protocol === "icmp" ? [] : [port])].join(BETWEEN);

/** Null for what no link has. */
export function parseQuestion(text: string): Question | null {
  const [source = "", destination = "", protocol, port = "", ...more] = text.split(BETWEEN);
  const known = PROTOCOLS.find((one) => one === protocol);
  if (source === "" || destination === "" || known === undefined || more.length > 0) return null;
  return { source, destination, protocol: known, port };
}

/** What the cloud is asked. What is no address or port it refuses. */
export function asked({ source, destination, protocol, port }: Question): ReachabilityQuestion {
  return {
    source: source === PAGE ? { kind: "page" } : endOf(source),
    destination: endOf(destination),
    protocol,
    ...(protocol !== "icmp" && { port: Number(port) }),
  };
}

const endOf = (text: string) =>
  text.startsWith("eni-")
    ? ({ kind: "interface", interfaceId: text } as const)
    : ({ kind: "address", address: text } as const);
