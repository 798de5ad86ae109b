import { describe, expect, it } from "vitest";
import {
  addressOf,
  FilterLab,
  icmp,
  type LabModel,
  modelOf,
  networkInterface,
  parsed,
  tcp,
  udp,
} from "../../../test/support/filter-lab.ts";
import { newIpv4Frame } from "../frames/ipv4.ts";
import { MAX_TRACKED, MAX_UNTRACKED } from "./connection-tracker.ts";

const A = "10.0.0.10";
const B = "10.0.0.20";
const CLIENT = `${B}:40000`;
const SERVER = `${A}:80`;

const model: LabModel = {
  groups: { "sg-a": ["in tcp 80 10.0.0.0/8", "in udp 53 10.0.0.0/8", "in icmp 8 10.0.0.0/8", "in 47 10.0.0.0/8"] },
  interfaces: { "eni-a": [A, "sg-a"] },
};
/** What the server still may send shows whether the connection is known. */
const isKnown = (lab: FilterLab) => lab.out("eni-a", tcp(SERVER, CLIENT, "A")).accept;
const open = () => {
  const lab = new FilterLab(model);
  lab.openTcp("eni-a", CLIENT, SERVER, "ingress");
  return lab;
};

/** A client's segment begins with ">", the server's with "<"; numbers are seconds that pass. */
function play(lab: FilterLab, script: string): void {
  for (const step of script.split(" ").filter((word) => word !== "")) {
    if (step.startsWith(">")) lab.in("eni-a", tcp(CLIENT, SERVER, step.slice(1)));
    else if (step.startsWith("<")) lab.out("eni-a", tcp(SERVER, CLIENT, step.slice(1)));
    else lab.seconds(Number(step));
  }
}

describe("TCP", () => {
  it.each([
    ["asked for, 120 s", ">S", 120],
    ["asked for again counts anew", ">S 100 >S", 120],
    ["answered, 60 s", ">S <SA", 60],
    ["both have asked at once", ">S <S", 60],
    ["established, 5 days", ">S <SA >A", 432_000],
    ["a segment counts anew", ">S <SA >A 400000 <A", 432_000],
    ["one has finished, 120 s", ">S <SA >A >FA", 120],
    ["the other goes on", ">S <SA >A >FA 100 <A", 120],
    ["finishing twice is finishing once", ">S <SA >A >FA >FA", 120],
    ["both have finished, 120 s", ">S <SA >A >FA <FA", 120],
    ["finished before it was established", ">S <SA >FA", 120],
    ["reset, 10 s", ">S <SA >A <R", 10],
    ["refused, 10 s", ">S <RA", 10],
  ])("F54: %s", (_, script, seconds) => {
    const within = new FilterLab(model);
    play(within, script);
    within.seconds(seconds);
    expect(isKnown(within)).toBe(true);
    const after = new FilterLab(model);
    play(after, script);
    after.clock.advanceAtOnce(seconds * 1000 + 1);
    expect(isKnown(after)).toBe(false);
  });

  it("F54: an idle time of the interface's own", () => {
    const lab = new FilterLab(model);
    const { securityGroups } = modelOf(model);
    const short = networkInterface("eni-a", A, ["sg-a"], { connectionTracking: { tcpEstablishedTimeout: 60 } });
    lab.filter.configure({ ...modelOf(model), securityGroups, interfaces: [short] });
    lab.openTcp("eni-a", CLIENT, SERVER, "ingress");
    lab.seconds(60);
    expect(isKnown(lab)).toBe(true);
    lab.seconds(61);
    expect(isKnown(lab)).toBe(false);
  });

  it.each(["A", "SA", "FA", "R", "PA", "SF", "SR", ""])("F54: a segment [%s] opens no connection", (flags) => {
    const lab = new FilterLab(model);
    expect(lab.in("eni-a", tcp(CLIENT, SERVER, flags))).toEqual({ accept: false, by: { kind: "no-connection" } });
    expect(isKnown(lab)).toBe(false);
    expect(lab.filter.counters("eni-a")?.trackedConnections).toBe(0);
  });

  it("F54: a known connection is not disturbed by being asked for again", () => {
    const lab = open();
    lab.in("eni-a", tcp(CLIENT, SERVER, "S"));
    lab.seconds(1000);
    expect(isKnown(lab)).toBe(true);
  });

  it("F54: ports of one that is over may be used again, from either side that a rule allows", () => {
    const lab = open();
    play(lab, ">FA <FA");
    expect(lab.in("eni-a", tcp(CLIENT, SERVER, "S")).tracking).toBe("opens");
    play(lab, "<SA >A 1000");
    expect(isKnown(lab)).toBe(true);
    play(lab, "<R");
    expect(lab.out("eni-a", tcp(SERVER, CLIENT, "S")).accept).toBe(false);
  });

  it("F54: where nothing is tracked, the other side's asking is judged by the rules of its own direction", () => {
    const lab = new FilterLab({ ...model, groups: { "sg-a": ["in tcp 80 0.0.0.0/0", "out all 0.0.0.0/0"] } });
    expect(lab.openTcp("eni-a", CLIENT, SERVER, "ingress").tracking).toBe("untracked");
    expect(lab.out("eni-a", tcp(SERVER, CLIENT, "S"))).toMatchObject({
      tracking: "opens",
      by: { ruleId: "sgr(out all 0.0.0.0/0)" },
    });
  });

  it("F54: of a flow that either side may have begun, the lower port is taken for the server's", () => {
    const groups = { "sg-a": ["in all 0.0.0.0/0", "out all 0.0.0.0/0"] };
    const lab = new FilterLab({ ...model, groups });
    expect(lab.out("eni-a", tcp(SERVER, CLIENT, "A")).by).toMatchObject({ ruleId: "sgr(in all 0.0.0.0/0)" });
    expect(lab.out("eni-a", tcp(`${A}:50000`, `${B}:443`, "A")).by).toMatchObject({ ruleId: "sgr(out all 0.0.0.0/0)" });
    lab.configure({ ...model, groups: { "sg-a": ["out all 0.0.0.0/0"] } });
    expect(lab.out("eni-a", tcp(SERVER, CLIENT, "A")).accept).toBe(false);
    expect(lab.out("eni-a", tcp(`${A}:50000`, `${B}:443`, "A")).accept).toBe(true);
  });

  it("F54: segments of a connection that is not tracked pass when it is not remembered", () => {
    const lab = new FilterLab({ ...model, groups: { "sg-a": ["in tcp 80 0.0.0.0/0", "out all 0.0.0.0/0"] } });
    for (const packet of [tcp(CLIENT, SERVER, "A"), tcp(`${B}:40001`, SERVER, "A")]) {
      expect(lab.in("eni-a", packet)).toMatchObject({ accept: true, by: { ruleId: "sgr(in tcp 80 0.0.0.0/0)" } });
    }
    // Who has begun is told by which of the ports is open, so that the rule of port 80 decides about both directions.
    expect(lab.out("eni-a", tcp(SERVER, `${B}:40002`, "A")).by).toMatchObject({ ruleId: "sgr(in tcp 80 0.0.0.0/0)" });
    expect(lab.out("eni-a", tcp(`${A}:50000`, `${B}:81`, "A")).accept).toBe(false);
  });
});

describe("UDP, ICMP and others", () => {
  const ask = udp(`${B}:40000`, `${A}:53`);
  const answer = udp(`${A}:53`, `${B}:40000`);
  const answered = (script: string) => {
    const lab = new FilterLab(model);
    for (const step of script.split(" ")) {
      if (step === ">") lab.in("eni-a", ask);
      else if (step === "<") lab.out("eni-a", answer);
      else lab.seconds(Number(step));
    }
    return lab.out("eni-a", answer).accept;
  };

  it.each([
    ["nothing has come back, 30 s", "> 30", true],
    ["nothing has come back, longer", "> 30 1", false],
    ["answered once, 30 s", "> < 30", true],
    ["answered once, longer", "> < 31", false],
    ["a stream, 180 s", "> < > < 180", true],
    ["a stream, longer", "> < > < 181", false],
    ["many questions and no answer are no stream", "> > > > 31", false],
  ])("F54: UDP: %s", (_, script, accepted) => {
    expect(answered(script)).toBe(accepted);
  });

  it("F-N6: what is over is over, also between two looks for what is over", () => {
    const lab = new FilterLab(model);
    lab.in("eni-a", ask);
    lab.clock.advanceAtOnce(29_900);
    lab.in("eni-a", icmp(B, A, 8));
    lab.clock.advanceAtOnce(200);
    expect(lab.out("eni-a", answer).accept).toBe(false);
  });

  it("F54: an ICMP echo is remembered for 30 s, by its identifier", () => {
    const lab = new FilterLab(model);
    lab.in("eni-a", icmp(B, A, 8));
    lab.seconds(30);
    expect(lab.out("eni-a", icmp(A, B, 0, 0, 9)).accept).toBe(false);
    expect(lab.out("eni-a", icmp(A, B, 0)).accept).toBe(true);
    lab.seconds(31);
    expect(lab.out("eni-a", icmp(A, B, 0)).accept).toBe(false);
  });

  it("F54: of another protocol addresses are remembered, for 600 s", () => {
    const packet = (source: string, destination: string) =>
      parsed(newIpv4Frame({ source: addressOf(source), destination: addressOf(destination) }, 47, 8));
    const lab = new FilterLab(model);
    expect(lab.out("eni-a", packet(A, B)).accept).toBe(false);
    expect(lab.in("eni-a", packet(B, A)).tracking).toBe("opens");
    lab.seconds(600);
    expect(lab.out("eni-a", packet(A, B)).tracking).toBe("tracked");
    lab.seconds(601);
    expect(lab.out("eni-a", packet(A, B)).accept).toBe(false);
  });

  it("F-N6: a clock that is set back or forth neither keeps nor loses what it should not", () => {
    const lab = new FilterLab(model);
    const at = (now: number) => lab.filter.check(ask, "eni-a", "ingress", now, false).accept;
    const answeredAt = (now: number) => lab.filter.check(answer, "eni-a", "egress", now, false).accept;
    expect(at(1_000_000)).toBe(true);
    expect(answeredAt(0)).toBe(true);
    expect(answeredAt(30_000)).toBe(true);
    expect(answeredAt(60_001)).toBe(false);
  });
});

describe("as many as there may be", () => {
  const client = (i: number) => `10.${1 + (i >>> 14)}.0.1:${1024 + (i & 0x3fff)}`;

  it("F54: the oldest that nobody has answered gives way, and none that is established", () => {
    const lab = open();
    for (let i = 0; i < MAX_TRACKED + 10; i++) {
      expect(lab.in("eni-a", tcp(client(i), SERVER, "S")).accept).toBe(true);
    }
    expect(lab.filter.counters("eni-a")?.trackedConnections).toBe(MAX_TRACKED);
    expect(isKnown(lab)).toBe(true);
    expect(lab.out("eni-a", tcp(SERVER, client(0), "SA")).accept).toBe(false);
    expect(lab.out("eni-a", tcp(SERVER, client(MAX_TRACKED), "SA")).accept).toBe(true);
  });

  it("F54: when all are established, new ones are dropped and counted; the others keep theirs", () => {
    const lab = new FilterLab(model);
    for (let i = 0; i < MAX_TRACKED; i++) lab.openTcp("eni-a", client(i), SERVER, "ingress");
    expect(lab.in("eni-a", tcp(CLIENT, SERVER, "S"))).toEqual({ accept: false, by: { kind: "connection-limit" } });
    expect(lab.in("eni-a", icmp(B, A, 8)).by.kind).toBe("connection-limit");
    expect(lab.filter.counters("eni-a")?.ingress.droppedBy).toEqual({ "connection-limit": 2 });
    for (const i of [0, 1, MAX_TRACKED - 1]) expect(lab.in("eni-a", tcp(client(i), SERVER, "A")).accept).toBe(true);
    lab.in("eni-a", tcp(client(7), SERVER, "R"));
    expect(lab.in("eni-a", tcp(CLIENT, SERVER, "S")).accept).toBe(true);
  });

  it("F54: flows that are not tracked take no place of others, and pass when they are forgotten", () => {
    const lab = new FilterLab({ ...model, groups: { "sg-a": ["in tcp 80 0.0.0.0/0", "out all 0.0.0.0/0"] } });
    for (let i = 0; i < MAX_UNTRACKED + 10; i++) lab.openTcp("eni-a", client(i), SERVER, "ingress");
    expect(lab.filter.counters("eni-a")).toMatchObject({ trackedConnections: 0, untrackedFlows: MAX_UNTRACKED });
    expect(lab.out("eni-a", tcp(SERVER, client(0), "A")).accept).toBe(true);
  });
});
