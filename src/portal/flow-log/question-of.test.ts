import { expect, it } from "vitest";
import type { FlowRecord } from "../../api/network-types.ts";
import { formatQuestion } from "../reachability/question.ts";
import { questionOf } from "./question-of.ts";
import { FLOW } from "./testing/sample-flow.ts";

const interfaceWith = (address: string) => (address === "10.0.0.9" ? "eni-9" : undefined);

it.each<[string, Partial<FlowRecord>, string | null]>([
  ["from this page", {}, "page~eni-1~tcp~22"],
  ["from another instance", { packetSource: "10.0.0.9" }, "eni-9~eni-1~tcp~22"],
  ["to another instance", { direction: "egress", packetDestination: "10.0.0.9", protocol: 17 }, "eni-1~eni-9~udp~22"],
  ["to the Internet", { direction: "egress", packetDestination: "192.0.2.7" }, "eni-1~192.0.2.7~tcp~22"],
  ["of a ping", { protocol: 1, destinationPort: 0 }, "page~eni-1~icmp"],
  ["of another protocol", { protocol: 47 }, null],
])("F54 a flow %s leads to the question who decides: %j", (_, change, text) => {
  const question = questionOf({ ...FLOW, ...change }, interfaceWith);
  expect(question === null ? null : formatQuestion(question)).toBe(text);
});
