import type { FlowRecord } from "../../../api/network-types.ts";

/** From this page, and refused. */
export const FLOW: FlowRecord = {
  id: 1,
  interfaceId: "eni-1",
  logStatus: "OK",
  direction: "ingress",
  sourceAddress: "203.0.113.1",
  destinationAddress: "10.0.0.4",
  packetSource: "203.0.113.1",
  packetDestination: "10.0.0.4",
  sourcePort: 40_000,
  destinationPort: 22,
  protocol: 6,
  packets: 1,
  bytes: 60,
  start: 1000,
  end: 1000,
  action: "REJECT",
  decision: { kind: "no-rule", groupIds: ["sg-1"] },
  open: true,
};
