import { describe, expect, it } from "vitest";
import { addressOf, rule } from "../../../test/support/filter-lab.ts";
import { seededRandom } from "../../base/random.ts";
import { isWithin, rangeOf } from "../addresses.ts";
import type { SecurityGroupRuleModel } from "../model.ts";
import { portPrefixes } from "./port-prefixes.ts";
import { portRange, RuleTable } from "./rule-table.ts";

const TCP = 6;
const ICMP = 1;

describe("prefixes of ports", () => {
  it.each([
    [0, 65535, 1],
    [22, 22, 1],
    [1024, 65535, 6],
    [1, 65534, 30],
    [1, 0, 0],
  ])("F-N2: %i to %i is covered exactly, by %i prefixes", (from, to, count) => {
    const prefixes = [...portPrefixes(from, to)];
    const covered = prefixes.reduce((sum, { length }) => sum + 2 ** (16 - length), 0);
    expect(prefixes).toHaveLength(count);
    expect(covered).toBe(Math.max(0, to - from + 1));
    for (const { first, length } of prefixes) {
      expect(first % 2 ** (16 - length)).toBe(0);
      expect(first).toBeGreaterThanOrEqual(from);
      expect(first + 2 ** (16 - length) - 1).toBeLessThanOrEqual(to);
    }
  });
});

describe("rules of one direction", () => {
  const matched = (rules: readonly string[], protocol: number, port: number, peer: string, groups?: string[]) =>
    new RuleTable(rules.map((text) => rule(text, text))).match(protocol, port, addressOf(peer), groups)?.id;

  it.each<[string, readonly string[], number, number, string, string[] | undefined, string | undefined]>([
    ["an address", ["in tcp 22 10.0.0.1/32"], TCP, 22, "10.0.0.1", undefined, "in tcp 22 10.0.0.1/32"],
    ["another address", ["in tcp 22 10.0.0.1/32"], TCP, 22, "10.0.0.2", undefined, undefined],
    ["another port", ["in tcp 22 10.0.0.1/32"], TCP, 23, "10.0.0.1", undefined, undefined],
    ["another protocol", ["in tcp 22 10.0.0.1/32"], 17, 22, "10.0.0.1", undefined, undefined],
    ["a network", ["in tcp 22 10.0.0.0/8"], TCP, 22, "10.255.3.4", undefined, "in tcp 22 10.0.0.0/8"],
    ["beside a network", ["in tcp 22 10.0.0.0/8"], TCP, 22, "11.0.0.0", undefined, undefined],
    [
      "a block with bits beyond its length",
      ["in tcp 22 10.9.9.9/8"],
      TCP,
      22,
      "10.1.1.1",
      undefined,
      "in tcp 22 10.9.9.9/8",
    ],
    ["everyone", ["in tcp 22 0.0.0.0/0"], TCP, 22, "255.255.255.255", undefined, "in tcp 22 0.0.0.0/0"],
    [
      "the first of a range",
      ["in tcp 1000-2000 0.0.0.0/0"],
      TCP,
      1000,
      "1.1.1.1",
      undefined,
      "in tcp 1000-2000 0.0.0.0/0",
    ],
    [
      "the last of a range",
      ["in tcp 1000-2000 0.0.0.0/0"],
      TCP,
      2000,
      "1.1.1.1",
      undefined,
      "in tcp 1000-2000 0.0.0.0/0",
    ],
    ["below a range", ["in tcp 1000-2000 0.0.0.0/0"], TCP, 999, "1.1.1.1", undefined, undefined],
    ["above a range", ["in tcp 1000-2000 0.0.0.0/0"], TCP, 2001, "1.1.1.1", undefined, undefined],
    ["all ports of a protocol", ["in tcp 0.0.0.0/0"], TCP, 65535, "1.1.1.1", undefined, "in tcp 0.0.0.0/0"],
    ["all protocols", ["in all 0.0.0.0/0"], 47, 0, "1.1.1.1", undefined, "in all 0.0.0.0/0"],
    ["a protocol without ports", ["in 47 10.0.0.0/8"], 47, 0, "10.1.1.1", undefined, "in 47 10.0.0.0/8"],
    [
      "a type of ICMP, any code",
      ["in icmp 8 0.0.0.0/0"],
      ICMP,
      8 * 256 + 3,
      "1.1.1.1",
      undefined,
      "in icmp 8 0.0.0.0/0",
    ],
    [
      "a type and code of ICMP",
      ["in icmp 3/4 0.0.0.0/0"],
      ICMP,
      3 * 256 + 4,
      "1.1.1.1",
      undefined,
      "in icmp 3/4 0.0.0.0/0",
    ],
    ["another code of ICMP", ["in icmp 3/4 0.0.0.0/0"], ICMP, 3 * 256 + 3, "1.1.1.1", undefined, undefined],
    ["all of ICMP", ["in icmp 0.0.0.0/0"], ICMP, 13 * 256, "1.1.1.1", undefined, "in icmp 0.0.0.0/0"],
    ["a member of a group", ["in tcp 22 sg-a"], TCP, 22, "10.0.0.9", ["sg-b", "sg-a"], "in tcp 22 sg-a"],
    ["a member of no group", ["in tcp 22 sg-a"], TCP, 22, "10.0.0.9", undefined, undefined],
    ["a member of another group", ["in tcp 22 sg-a"], TCP, 22, "10.0.0.9", ["sg-b"], undefined],
    ["a member's other port", ["in tcp 22 sg-a"], TCP, 23, "10.0.0.9", ["sg-a"], undefined],
    ["all from a group", ["in all sg-a"], 17, 53, "10.0.0.9", ["sg-a"], "in all sg-a"],
    [
      "the narrowest of several",
      ["in tcp 0.0.0.0/0", "in tcp 22 0.0.0.0/0", "in tcp 22 10.0.0.0/8", "in tcp 22 10.0.0.1/32"],
      TCP,
      22,
      "10.0.0.1",
      undefined,
      "in tcp 22 10.0.0.1/32",
    ],
  ])("F54: %s", (_, rules, protocol, port, peer, groups, expected) => {
    expect(matched(rules, protocol, port, peer, groups)).toBe(expected);
  });

  it("F-N2: decides as looking at each of 1000 random rules would", () => {
    const random = seededRandom(54);
    const address = () => [10, random.int(2), random.int(4), random.int(256)].join(".");
    const rules = Array.from({ length: 1000 }, (_, i): SecurityGroupRuleModel => {
      const fromPort = random.int(0x10000);
      const cidrBlock = `${address()}/${[8, 16, 20, 24, 27, 31, 32][random.int(7)]}`;
      const peer =
        random.int(5) === 0
          ? ({ kind: "group", groupId: `sg-${random.int(5)}` } as const)
          : ({ kind: "cidr", cidrBlock } as const);
      return {
        id: `sgr-${i}`,
        egress: false,
        protocol: TCP,
        fromPort,
        toPort: fromPort + random.int(0x10000 - fromPort),
        peer,
      };
    });
    // A few of them at a time: all together would let everything pass.
    for (let round = 0; round < 50; round++) {
      const some = rules.slice(round * 20, round * 20 + 20);
      const table = new RuleTable(some);
      for (let i = 0; i < 200; i++) {
        const peer = addressOf(address());
        const port = random.int(0x10000);
        const groups = [`sg-${random.int(8)}`];
        const oneByOne = some.filter(({ peer: of, ...traffic }) => {
          const [first, last] = portRange(traffic);
          const isPeer = of.kind === "group" ? groups.includes(of.groupId) : isWithin(wholeBlock(of.cidrBlock), peer);
          return isPeer && first <= port && port <= last;
        });
        const found = table.match(TCP, port, peer, groups);
        if (oneByOne.length === 0) expect(found).toBeUndefined();
        else expect(oneByOne).toContain(found);
      }
    }
  });

  it("F-N2: of rules that say the same the first is named", () => {
    const table = new RuleTable([rule("in tcp 22 10.0.0.0/8", "first"), rule("in tcp 22 10.0.0.0/8", "second")]);
    expect(table.match(TCP, 22, addressOf("10.0.0.1"), undefined)?.id).toBe("first");
  });

  it("F54: tells what is open to everyone, and what is open altogether", () => {
    const table = new RuleTable(
      ["in tcp 80 0.0.0.0/0", "in udp 0.0.0.0/0", "in tcp 22 10.0.0.0/8"].map((text) => rule(text, text)),
    );
    expect(table.matchWorld(TCP, 80)?.id).toBe("in tcp 80 0.0.0.0/0");
    expect(table.matchWorld(TCP, 22)).toBeUndefined();
    expect(table.isOpen(TCP)).toBe(false);
    expect(table.isOpen(17)).toBe(true);
    expect(new RuleTable([rule("out all 0.0.0.0/0")]).isOpen(TCP)).toBe(true);
  });
});

function wholeBlock(cidrBlock: string) {
  const { first, size } = rangeOf(cidrBlock);
  return { first: first - (first % size), size };
}
