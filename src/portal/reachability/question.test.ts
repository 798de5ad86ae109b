import { describe, expect, it } from "vitest";
import { asked, formatQuestion, parseQuestion, type Question } from "./question.ts";

const SSH: Question = { source: "page", destination: "eni-1", protocol: "tcp", port: "22" };
const PING: Question = { source: "eni-1", destination: "192.0.2.1", protocol: "icmp", port: "" };

describe("questions in addresses", () => {
  it.each([SSH, PING])("reads $source to $destination as it was written", (question) => {
    expect(parseQuestion(formatQuestion(question))).toEqual(question);
  });

  it.each(["", "page", "page~eni-1", "page~eni-1~sctp~1", "~eni-1~tcp~1", "a~b~tcp~1~2"])("has none in %j", (text) => {
    expect(parseQuestion(text)).toBeNull();
  });

  it("F54 asks the cloud for interfaces, addresses and this page", () => {
    expect(asked(SSH)).toEqual({
      source: { kind: "page" },
      destination: { kind: "interface", interfaceId: "eni-1" },
      protocol: "tcp",
      port: 22,
    });
    expect(asked(PING)).toEqual({
      source: { kind: "interface", interfaceId: "eni-1" },
      destination: { kind: "address", address: "192.0.2.1" },
      protocol: "icmp",
    });
  });
});
