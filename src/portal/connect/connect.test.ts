import { describe, expect, it } from "vitest";
import type { SecurityGroupRule } from "../../api/network-types.ts";
import { questionAbout, rememberHost } from "./known-hosts.ts";
import { letsPageIn, ruleForPage } from "./missing-rule.ts";

class Memory {
  readonly #items = new Map<string, string>();
  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
}

describe("the keys of known hosts", () => {
  const key = { type: "ssh-ed25519", fingerprint: "SHA256:one" };
  const other = { type: "ssh-ed25519", fingerprint: "SHA256:two" };

  it("are asked about once, and remembered by instance", () => {
    const storage = new Memory();
    expect(questionAbout("i-1", key, storage)).toEqual({ shown: key, known: null });
    rememberHost("i-1", key, storage);
    expect(questionAbout("i-1", key, storage)).toBeNull();
    expect(questionAbout("i-2", key, storage)).toEqual({ shown: key, known: null });
  });

  it("are asked about again when they change, until the new one takes the old one's place", () => {
    const storage = new Memory();
    rememberHost("i-1", key, storage);
    const question = { shown: other, known: key };
    expect(questionAbout("i-1", other, storage)).toEqual(question);
    expect(questionAbout("i-1", other, storage)).toEqual(question);
    rememberHost("i-1", other, storage);
    expect(questionAbout("i-1", other, storage)).toBeNull();
    expect(questionAbout("i-1", key, storage)).toEqual({ shown: key, known: other });
  });
});

describe("F55: whether this page is let in", () => {
  const base: SecurityGroupRule = {
    id: "sgr-1",
    egress: false,
    protocol: 6,
    fromPort: 22,
    toPort: 22,
    peer: { cidrBlock: "203.0.113.1/32" },
    description: "",
    tags: {},
  };
  const letsIn = (change: Partial<SecurityGroupRule>) =>
    letsPageIn([{ rules: [] }, { rules: [{ ...base, ...change }] }], 22);

  it.each<[string, Partial<SecurityGroupRule>]>([
    ["the page's own address", {}],
    ["a block that it is in", { peer: { cidrBlock: "203.0.0.0/16" } }],
    ["anywhere", { peer: { cidrBlock: "0.0.0.0/0" } }],
    ["a range of ports", { fromPort: 0, toPort: 65_535 }],
    ["all protocols", { protocol: -1, fromPort: null, toPort: null }],
  ])("by a rule of %s", (_, change) => expect(letsIn(change)).toBe(true));

  it.each<[string, Partial<SecurityGroupRule>]>([
    ["what leaves", { egress: true }],
    ["another address", { peer: { cidrBlock: "203.0.113.2/32" } }],
    ["another port", { fromPort: 80, toPort: 80 }],
    ["UDP", { protocol: 17 }],
    ["a group", { peer: { groupId: "sg-1" } }],
    ["IPv6", { peer: { cidrBlock: "::/0" } }],
  ])("not by a rule of %s", (_, change) => expect(letsIn(change)).toBe(false));

  it("by the rule that is offered", () => {
    const { fromPort = null, toPort = null, cidrBlock = "" } = ruleForPage(22);
    expect(letsIn({ fromPort, toPort, peer: { cidrBlock } })).toBe(true);
  });
});
