import { expect } from "vitest";
import { type FuzzRandom, fuzz } from "../../../test/fuzz/harness.ts";
import { addressOf, icmp, modelOf, tcp, udp, unreachable } from "../../../test/support/filter-lab.ts";
import type { Clock } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import { formatAddress, isWithin, rangeOf } from "../addresses.ts";
import { type ParsedPacket, parsePacket } from "../frames/parse.ts";
import type { NetworkModel } from "../model.ts";
import { MAX_TRACKED, MAX_UNTRACKED } from "./connection-tracker.ts";
import { Filter } from "./filter.ts";
import { rulePort } from "./flow-key.ts";
import { portRange } from "./rule-table.ts";
import type { Direction, Verdict } from "./verdict.ts";

const ADDRESSES = ["10.0.0.10", "10.0.0.20", "10.0.1.30", "203.0.113.1", "255.255.255.255", "0.0.0.0"];
const OWN = { "eni-a": "10.0.0.10", "eni-b": "10.0.0.20" } as const;
const INTERFACES = ["eni-a", "eni-b", "eni-gone"] as const;
const RULES = [
  "in all sg-a",
  "in tcp 22 203.0.113.1/32",
  "in tcp 80 0.0.0.0/0",
  "in tcp 1000-2000 10.0.0.0/8",
  "in udp 53 sg-b",
  "in icmp 8 10.0.0.0/24",
  "in icmp 0.0.0.0/0",
  "in 47 0.0.0.0/0",
  "out all 0.0.0.0/0",
  "out tcp 443 0.0.0.0/0",
  "out udp 10.0.0.0/8",
];

function someModel(random: FuzzRandom): NetworkModel {
  const rules = () => RULES.filter(() => random.chance(0.4));
  const groups = { "sg-a": rules(), "sg-b": rules() };
  const acl = random.chance(0.5) ? ["100 allow in all 10.0.0.0/8", "90 deny in tcp 22 0.0.0.0/0"] : undefined;
  const interfaces: Record<string, [string, ...string[]]> = { "eni-a": [OWN["eni-a"], "sg-a"] };
  if (random.chance(0.9)) interfaces["eni-b"] = [OWN["eni-b"], "sg-b", "sg-a"];
  return modelOf({ groups, interfaces, ...(acl && { acl }) });
}

/** Mostly what is nearly right, so that it comes far: right ones, ones with a byte changed, ones that end early, noise. */
function somePacket(random: FuzzRandom): ParsedPacket | undefined {
  const port = () => random.pick([22, 53, 80, 443, 1500, random.int(65536)]);
  const ends = [`${random.pick(ADDRESSES)}:${port()}`, `${random.pick(ADDRESSES)}:${port()}`] as const;
  const [source, destination] = [random.pick(ADDRESSES), random.pick(ADDRESSES)];
  const right = random.pick([
    () => tcp(...ends, random.pick(["S", "SA", "A", "PA", "FA", "R", "RA", "SF", ""])),
    () => udp(...ends),
    () => icmp(source, destination, random.pick([0, 3, 8, 11, 13, 14, 255]), random.int(256), random.int(3)),
    () => unreachable(source, udp(...ends), random.int(16)),
  ])();
  const bytes = right.bytes.slice(0, random.chance(0.1) ? random.int(right.bytes.length) : undefined);
  const changes = random.pick([0, 0, 1, 3, 40]);
  for (let i = 0; i < changes && bytes.length > 14; i++) bytes[14 + random.int(bytes.length - 14)] = random.int(256);
  const packet = parsePacket({ bytes });
  return packet.malformed === undefined ? packet : undefined;
}

/** Whether one of an interface's rules allows it, by looking at each. */
function isAllowed(model: NetworkModel, interfaceId: string, packet: ParsedPacket, direction: Direction): boolean {
  const { groupIds = [] } = model.interfaces.find(({ id }) => id === interfaceId) ?? {};
  const peer = direction === "ingress" ? packet.source : packet.destination;
  const peerGroups = model.interfaces.flatMap((one) =>
    one.addresses.some(({ privateIp }) => addressOf(privateIp) === peer) ? one.groupIds : [],
  );
  const rules = model.securityGroups.flatMap((group) => (groupIds.includes(group.id) ? group.rules : []));
  return rules.some((rule) => {
    if (rule.egress !== (direction === "egress")) return false;
    if (rule.protocol !== -1 && rule.protocol !== packet.protocol) return false;
    const [first, last] = rule.protocol === -1 ? [0, 65535] : portRange(rule);
    if (rulePort(packet) < first || rulePort(packet) > last) return false;
    return rule.peer.kind === "group"
      ? peerGroups.includes(rule.peer.groupId)
      : isWithin(rangeOf(rule.peer.cidrBlock), peer);
  });
}

const STILL: Clock = { now: () => 0, setTimer: () => () => undefined };

fuzz("F54: what comes to a filter, in any order and at any time", { runs: 3, steps: 4000 }, async (run) => {
  const { random, steps, log } = run;
  const filter = new Filter({ clock: STILL, random: seededRandom(run.seed) });
  let model = someModel(random);
  filter.configure(model);
  let now = Date.UTC(2026, 0, 1);
  let packets = 0;
  const totalOf = (interfaceId: string) => {
    const { ingress, egress } = filter.counters(interfaceId) ?? {};
    return [ingress, egress].reduce((sum, each) => sum + (each?.acceptedPackets ?? 0) + (each?.droppedPackets ?? 0), 0);
  };
  const check = (packet: ParsedPacket, interfaceId: string, direction: Direction, between: boolean): Verdict => {
    const before = totalOf(interfaceId);
    const verdict = filter.check(packet, interfaceId, direction, now, between);
    expect(totalOf(interfaceId) - before).toBe(verdict.by.kind === "no-interface" ? 0 : 1);
    packets++;
    return verdict;
  };

  for (let step = 0; step < steps; step++) {
    const jump = random.weighted({ none: 60, little: 30, minutes: 6, days: 2, back: 2 });
    now += {
      none: 0,
      little: random.int(2000),
      minutes: random.int(600_000),
      days: random.int(1e9),
      back: -random.int(1e9),
    }[jump];
    if (random.chance(0.01)) {
      model = someModel(random);
      filter.configure(model);
      log(`configure ${JSON.stringify(model.securityGroups.map(({ rules }) => rules.map(({ id }) => id)))}`);
    }
    const packet = somePacket(random);
    if (packet === undefined) continue;
    const interfaceId = random.pick(INTERFACES);
    const direction = random.pick(["ingress", "egress"] as const);
    const verdict = check(packet, interfaceId, direction, random.chance(0.2));
    const { source, destination, sourcePort, destinationPort, protocol } = packet;
    const [from, to] = [`${formatAddress(source)}:${sourcePort}`, `${formatAddress(destination)}:${destinationPort}`];
    log(`${interfaceId} ${direction} ${protocol} ${from} > ${to} ${packet.tcpFlags}: ${JSON.stringify(verdict)}`);
    if (verdict.tracking === "opens") {
      expect(isAllowed(model, interfaceId, packet, direction)).toBe(true);
      const answers = { 6: () => tcp(to, from, "SA"), 17: () => udp(to, from) }[protocol];
      const back = direction === "ingress" ? "egress" : "ingress";
      if (answers !== undefined) expect(check(answers(), interfaceId, back, false).accept).toBe(true);
    }
    if (verdict.by.kind === "no-rule") expect(isAllowed(model, interfaceId, packet, direction)).toBe(false);
  }

  // Nothing is remembered for longer than it may be.
  now += 1;
  for (const pass of [1, 2]) {
    now += 432_001_000 * pass;
    for (const id of ["eni-a", "eni-b"]) filter.check(udp("0.0.0.1:1", "0.0.0.2:2"), id, "ingress", now, false);
  }
  for (const id of ["eni-a", "eni-b"]) {
    const { trackedConnections = 0, untrackedFlows = 0 } = filter.counters(id) ?? {};
    expect(trackedConnections + untrackedFlows).toBeLessThanOrEqual(1);
  }
  run.report?.(`${packets} packets`);
  filter.dispose();
});

fuzz("F54: a flood to one interface", { runs: 1, steps: 100_000, fullRuns: 5 }, async ({ random, steps, seed }) => {
  const filter = new Filter({ clock: STILL, random: seededRandom(seed) });
  filter.configure(
    modelOf({
      groups: { "sg-a": ["in tcp 22 10.0.0.0/8", "in tcp 80 0.0.0.0/0", "in udp 0.0.0.0/0", "out all 0.0.0.0/0"] },
      interfaces: { "eni-a": [OWN["eni-a"], "sg-a"] },
    }),
  );
  const { bytes } = tcp("10.0.0.20:1", "10.0.0.10:22", "S");
  const view = new DataView(bytes.buffer);
  for (let step = 0; step < steps; step++) {
    view.setUint32(26, (10 << 24) | random.int(1 << 24));
    view.setUint16(34, random.int(65536));
    view.setUint16(36, random.pick([22, 22, 22, 80, 81]));
    bytes[23] = random.chance(0.9) ? 6 : 17;
    const packet = parsePacket({ bytes });
    if (packet.malformed === undefined) filter.check(packet, "eni-a", "ingress", step, false);
  }
  const { trackedConnections = 0, untrackedFlows = 0 } = filter.counters("eni-a") ?? {};
  expect(trackedConnections).toBe(MAX_TRACKED);
  expect(untrackedFlows).toBe(MAX_UNTRACKED);
  filter.dispose();
});
