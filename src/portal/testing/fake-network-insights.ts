import type {
  FlowLogRecord,
  Network,
  NetworkFinding,
  NetworkInterface,
  Reachability,
  ReachabilityPath,
  ReachabilityQuestion,
} from "../../api/network-types.ts";
import { PAGE_ADDRESS } from "../../api/page-address.ts";
import type { FakeTable } from "./fake-table.ts";

const GROUP_ID = "sg-00000000000000001";
const RULE_ID = "sgr-00000000000000001";
const SUBNET_ID = "subnet-00000000000000001";

const FINDINGS: readonly NetworkFinding[] = [
  {
    kind: "open-to-world",
    groupId: GROUP_ID,
    ruleId: RULE_ID,
    severity: "high",
    sensitivePorts: [{ protocol: "tcp", port: 22, service: "SSH" }],
    interfaceIds: [],
  },
  { kind: "stale-reference", groupId: GROUP_ID, ruleId: RULE_ID, peerGroupId: "sg-00000000000000002" },
  { kind: "unused-group", groupId: GROUP_ID },
];

/** As if the default group were everywhere: instances reach each other and the outside, and nobody reaches in. */
export function fakeInsights(interfaces: FakeTable<NetworkInterface>): Network {
  const addressOf = (end: ReachabilityQuestion["source" | "destination"]): string => {
    if (end.kind === "page") return PAGE_ADDRESS;
    if (end.kind === "address") return end.address;
    return interfaces.get(end.interfaceId).addresses[0]?.privateIp ?? "";
  };
  return {
    onChange: interfaces.onChange,
    explain: async ({ source, destination }): Promise<Reachability> => {
      const ends = { from: addressOf(source), to: addressOf(destination) };
      if (destination.kind !== "interface") {
        const forward: ReachabilityPath = { ...ends, steps: [], outcome: { arrived: false, reason: "outbound-off" } };
        return { reachable: false, forward };
      }
      const { interfaceId } = destination;
      const arrived = source.kind === "interface";
      const verdict = arrived
        ? ({ accept: true, by: { kind: "rule", groupId: GROUP_ID, ruleId: RULE_ID } } as const)
        : ({ accept: false, by: { kind: "no-rule", groupIds: [GROUP_ID] } } as const);
      const forward: ReachabilityPath = {
        ...ends,
        steps: [{ kind: "verdict", interfaceId, subnetId: SUBNET_ID, direction: "ingress", verdict }],
        outcome: arrived
          ? { arrived, at: "interface", interfaceId }
          : { arrived, reason: "security-group", interfaceId },
      };
      return { reachable: arrived, forward };
    },
    review: async () => [...FINDINGS],
    identityCertificate: async () => "",
  };
}

/** One flow that was let in, one that was not, and a quiet minute. */
export function fakeFlows({ id: interfaceId, addresses }: NetworkInterface): FlowLogRecord[] {
  const own = addresses[0]?.privateIp ?? "";
  const times = { start: Date.now() - 60_000, end: Date.now() };
  const flow = {
    ...times,
    interfaceId,
    logStatus: "OK",
    direction: "ingress",
    sourceAddress: PAGE_ADDRESS,
    destinationAddress: own,
    packetSource: PAGE_ADDRESS,
    packetDestination: own,
    sourcePort: 49_152,
    protocol: 6,
    packets: 3,
    bytes: 180,
    open: false,
  } as const;
  const rule = { kind: "rule", groupId: GROUP_ID, ruleId: RULE_ID } as const;
  return [
    { ...times, id: 1, interfaceId, logStatus: "NODATA" },
    { ...flow, id: 2, destinationPort: 80, action: "ACCEPT", decision: rule },
    { ...flow, id: 3, destinationPort: 22, action: "REJECT", decision: { kind: "no-rule", groupIds: [GROUP_ID] } },
  ];
}
