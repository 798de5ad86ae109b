import { describe, expect, it } from "vitest";
import { FilterLab, icmp, type LabModel, tcp } from "../../../test/support/filter-lab.ts";
import { LIVE_MS, MAX_LIVE_RECORDS } from "./flow-log.ts";
import { type FlowLogRecord, type FlowRecord, formatFlowLogRecord } from "./flow-record.ts";
import { MAX_FLOWS, MAX_RECORDS, WINDOW_MS } from "./interface-flow-log.ts";

const A = "10.0.0.10";
const B = "10.0.0.20";
const model: LabModel = {
  groups: { "sg-a": ["in tcp 22 10.0.0.0/8", "in icmp 8 10.0.0.0/8"] },
  interfaces: { "eni-a": [A, "sg-a"] },
};
const records = (lab: FilterLab) => lab.filter.flowLog.records("eni-a");
const flows = (list: readonly FlowLogRecord[]) =>
  list.filter((record): record is FlowRecord => record.logStatus === "OK");
const lines = (lab: FilterLab) => records(lab).map((record) => formatFlowLogRecord(record, "123456789012"));
const START = Date.UTC(2026, 0, 1) / 1000;

describe("flow log of an interface", () => {
  it("F54: a line for each direction of what was accepted, one for what was rejected, in EC2's format", () => {
    const lab = new FilterLab(model);
    lab.openTcp("eni-a", `${B}:40000`, `${A}:22`, "ingress");
    lab.seconds(5);
    lab.out("eni-a", tcp(`${A}:22`, `${B}:40000`, "PA", new Uint8Array(100)));
    lab.in("eni-a", tcp(`${B}:40001`, `${A}:23`, "S"));
    expect(lines(lab)).toEqual([
      `2 123456789012 eni-a ${B} ${A} 40000 22 6 2 80 ${START} ${START} ACCEPT OK`,
      `2 123456789012 eni-a ${A} ${B} 22 40000 6 2 180 ${START} ${START + 5} ACCEPT OK`,
      `2 123456789012 eni-a ${B} ${A} 40001 23 6 1 40 ${START + 5} ${START + 5} REJECT OK`,
    ]);
  });

  it("F54: tells which rule has decided", () => {
    const lab = new FilterLab(model);
    lab.in("eni-a", icmp(B, A, 8));
    lab.in("eni-a", tcp(`${B}:40001`, `${A}:23`, "S"));
    expect(flows(records(lab)).map(({ action, decision, sourcePort }) => ({ action, decision, sourcePort }))).toEqual([
      {
        action: "ACCEPT",
        decision: { kind: "rule", groupId: "sg-a", ruleId: "sgr(in icmp 8 10.0.0.0/8)" },
        sourcePort: 0,
      },
      { action: "REJECT", decision: { kind: "no-rule", groupIds: ["sg-a"] }, sourcePort: 40001 },
    ]);
  });

  it("F54: a connection of which the network ACL refuses the answers has a line of each kind, as EC2 shows a ping", () => {
    const lab = new FilterLab({ ...model, acl: ["100 allow in all 0.0.0.0/0"] });
    lab.check(icmp(B, A, 8), "eni-a", "ingress", true);
    lab.check(icmp(A, B, 0), "eni-a", "egress", true);
    lab.check(icmp(B, A, 8), "eni-a", "ingress", true);
    expect(flows(records(lab)).map(({ direction, action, packets }) => [direction, action, packets])).toEqual([
      ["ingress", "ACCEPT", 2],
      ["egress", "REJECT", 1],
    ]);
  });

  it("F54: shows the interface's primary address, and tells the packet's own", () => {
    const lab = new FilterLab(model);
    lab.in("eni-a", tcp(`${B}:40000`, "10.0.0.11:22", "S"));
    expect(flows(records(lab))[0]).toMatchObject({
      destinationAddress: A,
      packetDestination: "10.0.0.11",
      sourceAddress: B,
    });
  });

  it("F54: the same flow, accepted and then not, is two records", () => {
    const lab = new FilterLab(model);
    const ask = tcp(`${B}:40000`, `${A}:22`, "S");
    lab.in("eni-a", ask);
    lab.configure({ ...model, groups: { "sg-a": [] } });
    lab.in("eni-a", ask);
    expect(flows(records(lab)).map(({ action, packets }) => [action, packets])).toEqual([
      ["ACCEPT", 1],
      ["REJECT", 1],
    ]);
  });

  it("F54: a minute's flows are one record each; what goes on is a new one", () => {
    const lab = new FilterLab(model);
    lab.openTcp("eni-a", `${B}:40000`, `${A}:22`, "ingress");
    lab.clock.advanceAtOnce(WINDOW_MS);
    lab.in("eni-a", tcp(`${B}:40000`, `${A}:22`, "A"));
    expect(flows(records(lab)).map(({ packets, open }) => [packets, open])).toEqual([
      [2, false],
      [1, false],
      [1, true],
    ]);
  });

  it("F54: a time without packets is one record NODATA, and needs no timer", () => {
    const lab = new FilterLab(model);
    lab.in("eni-a", icmp(B, A, 8));
    lab.clock.advanceAtOnce(WINDOW_MS);
    expect(lab.clock.pendingTimers).toBe(0);
    lab.seconds(300);
    lab.in("eni-a", icmp(B, A, 8));
    expect(lines(lab)[1]).toBe(`2 123456789012 eni-a - - - - - - - ${START + 60} ${START + 360} - NODATA`);
  });

  it("F54: of too many flows those beyond are one record SKIPDATA", () => {
    const lab = new FilterLab(model);
    for (let port = 0; port < MAX_FLOWS + 5; port++) lab.in("eni-a", tcp(`${B}:40000`, `${A}:${1000 + port}`, "S"));
    lab.clock.advanceAtOnce(WINDOW_MS);
    expect(records(lab)).toHaveLength(MAX_FLOWS + 1);
    expect(lines(lab).at(-1)).toBe(`2 123456789012 eni-a - - - - - - - ${START} ${START + 60} - SKIPDATA`);
    expect(lab.filter.counters("eni-a")?.ingress.droppedPackets).toBe(MAX_FLOWS + 5);
  });

  it("F54: keeps the last records only", () => {
    const lab = new FilterLab(model);
    for (let minute = 0; minute < 6; minute++) {
      for (let port = 0; port < 900; port++) lab.in("eni-a", tcp(`${B}:${minute}`, `${A}:${1000 + port}`, "S"));
      lab.clock.advanceAtOnce(WINDOW_MS);
    }
    const kept = flows(records(lab));
    expect(kept).toHaveLength(MAX_RECORDS);
    expect(kept.at(-1)).toMatchObject({ sourcePort: 5, destinationPort: 1899 });
  });

  it("F-N8: an interface that goes takes its log and its timer with it", () => {
    const lab = new FilterLab(model);
    lab.in("eni-a", icmp(B, A, 8));
    lab.configure({ ...model, interfaces: {} });
    expect([records(lab).length, lab.clock.pendingTimers]).toEqual([0, 0]);
  });
});

describe("flow log, live", () => {
  const watched = () => {
    const lab = new FilterLab(model);
    const batches: (readonly FlowRecord[])[] = [];
    const subscription = lab.filter.flowLog.live((batch) => batches.push(batch));
    return { lab, batches, subscription };
  };

  it("F54: who watches sees a flow begin, grow and end, as one record", () => {
    const { lab, batches } = watched();
    for (let i = 0; i < 3; i++) lab.in("eni-a", icmp(B, A, 8));
    lab.clock.advanceAtOnce(LIVE_MS);
    lab.in("eni-a", icmp(B, A, 8));
    lab.clock.advanceAtOnce(LIVE_MS);
    lab.clock.advanceAtOnce(WINDOW_MS);
    const seen = batches.flat();
    expect(seen.map(({ packets, open }) => [packets, open])).toEqual([
      [3, true],
      [4, true],
      [4, false],
    ]);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(1);
  });

  it("F54: a port that is closed shows with the next packet", () => {
    const { lab, batches } = watched();
    lab.in("eni-a", tcp(`${B}:40000`, `${A}:22`, "S"));
    lab.configure({ ...model, groups: { "sg-a": [] } });
    lab.in("eni-a", tcp(`${B}:40001`, `${A}:22`, "S"));
    lab.clock.advanceAtOnce(LIVE_MS);
    expect(batches.flat().map(({ sourcePort, action }) => [sourcePort, action])).toEqual([
      [40000, "ACCEPT"],
      [40001, "REJECT"],
    ]);
  });

  it("F-N8: a flood comes in batches, and after it there is no timer", () => {
    const { lab, batches } = watched();
    for (let port = 0; port < MAX_FLOWS; port++) lab.in("eni-a", tcp(`${B}:40000`, `${A}:${1000 + port}`, "S"));
    lab.clock.advanceAtOnce(LIVE_MS * 10);
    expect(batches.map(({ length }) => length)).toEqual([MAX_LIVE_RECORDS, MAX_FLOWS - MAX_LIVE_RECORDS]);
    lab.clock.advanceAtOnce(WINDOW_MS * 2);
    expect(lab.clock.pendingTimers).toBe(0);
  });

  it("F-N8: nobody watches: nothing is told and no timer runs but the window's", () => {
    const { lab, batches, subscription } = watched();
    lab.in("eni-a", icmp(B, A, 8));
    subscription.dispose();
    expect(lab.clock.pendingTimers).toBe(1);
    lab.in("eni-a", icmp(B, A, 8));
    lab.clock.advanceAtOnce(LIVE_MS);
    expect(batches).toEqual([]);
    const again: FlowRecord[] = [];
    lab.filter.flowLog.live((batch) => again.push(...batch));
    lab.in("eni-a", icmp(B, A, 8));
    lab.clock.advanceAtOnce(LIVE_MS);
    expect(again.map(({ packets }) => packets)).toEqual([3]);
  });
});
