import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/disposable.ts";
import { formatAddress } from "../addresses.ts";
import { EndpointMap } from "../endpoint-map.ts";
import type { Connection } from "../filter/connection.ts";
import type { Decision, Direction, Verdict } from "../filter/verdict.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import type { Flow } from "./flow.ts";
import type { FlowGap, FlowLogRecord, FlowRecord } from "./flow-record.ts";

/** EC2's for Nitro instances: "always 1 minute or less". */
export const WINDOW_MS = 60_000;

/** Flows in one window of an interface; what is beyond is one SKIPDATA record. A scan of all ports is told of, not kept. */
export const MAX_FLOWS = 1000;

/** Finished records kept of an interface: some 300 bytes each. */
export const MAX_RECORDS = 2000;

export interface FlowLogHost {
  readonly clock: Clock;
  newId(): number;
  /** A flow has changed since it was last looked at, or ended. */
  changed(flow: Flow, log: InterfaceFlowLog): void;
}

/** The flow log of one interface: flows of the window that is open, and finished records. */
export class InterfaceFlowLog implements Disposable {
  readonly #interfaceId: string;
  readonly #host: FlowLogHost;
  /** What EC2 shows for the interface's side of each flow. */
  primaryAddress: number;
  /** Of the window that is open: in their order, and by their ends. */
  #flows: Flow[] = [];
  readonly #flowsBetween = new EndpointMap<Flow[]>();
  readonly #finished: FlowLogRecord[] = [];
  #window: { readonly start: number; readonly timer: Disposable } | undefined;
  #lastEnd: number | undefined;
  #skipped = false;

  constructor(interfaceId: string, primaryAddress: number, host: FlowLogHost) {
    this.#interfaceId = interfaceId;
    this.primaryAddress = primaryAddress;
    this.#host = host;
  }

  /** Adds a packet on which `verdict` was given. `connection` is what it belongs to, where there is one. */
  count(packet: ParsedPacket, direction: Direction, verdict: Verdict, now: number, connection: Connection | undefined) {
    let flow = verdict.accept ? connection?.flows[direction] : undefined;
    if (flow?.open !== true) {
      flow = this.#flowOf(packet, direction, verdict, now);
      if (connection !== undefined && verdict.accept) connection.flows[direction] = flow;
      if (flow === undefined) return;
    }
    flow.packets++;
    flow.bytes += packet.end - packet.start;
    flow.end = now;
    if (!flow.changed) this.#host.changed(flow, this);
  }

  /** Oldest first; those of the window that is open are last. */
  records(): FlowLogRecord[] {
    return [...this.#finished.slice(-MAX_RECORDS), ...this.#flows.map((flow) => this.recordOf(flow))];
  }

  recordOf(flow: Flow): FlowRecord {
    const [source, destination] = [flow.source, flow.destination].map(formatAddress) as [string, string];
    const own = formatAddress(this.primaryAddress);
    return {
      id: flow.id,
      interfaceId: flow.interfaceId,
      logStatus: "OK",
      direction: flow.direction,
      sourceAddress: flow.direction === "egress" ? own : source,
      destinationAddress: flow.direction === "ingress" ? own : destination,
      packetSource: source,
      packetDestination: destination,
      sourcePort: flow.sourcePort,
      destinationPort: flow.destinationPort,
      protocol: flow.protocol,
      packets: flow.packets,
      bytes: flow.bytes,
      start: flow.start,
      end: flow.end,
      action: flow.accept ? "ACCEPT" : "REJECT",
      decision: flow.decision,
      open: flow.open,
    };
  }

  dispose(): void {
    this.#window?.timer.dispose();
    this.#window = undefined;
    for (const flow of this.#flows) flow.open = false;
    this.#forgetFlows();
  }

  #forgetFlows(): void {
    this.#flows = [];
    this.#flowsBetween.clear();
  }

  #flowOf(packet: ParsedPacket, direction: Direction, verdict: Verdict, now: number): Flow | undefined {
    if (this.#window === undefined) this.#openWindow(now);
    const { source, destination, sourcePort, destinationPort, protocol } = packet;
    const between = this.#flowsBetween.get(source, sourcePort, destination, destinationPort);
    for (const known of between ?? []) {
      if (known.protocol === protocol && known.direction === direction && isSame(known.decision, verdict.by))
        return known;
    }
    if (this.#flows.length >= MAX_FLOWS) {
      this.#skipped = true;
      return undefined;
    }
    const flow: Flow = {
      id: this.#host.newId(),
      interfaceId: this.#interfaceId,
      direction,
      source,
      destination,
      sourcePort,
      destinationPort,
      protocol,
      accept: verdict.accept,
      decision: verdict.by,
      packets: 0,
      bytes: 0,
      start: now,
      end: now,
      open: true,
      changed: false,
    };
    this.#flows.push(flow);
    if (between !== undefined) between.push(flow);
    else this.#flowsBetween.set(source, sourcePort, destination, destinationPort, [flow]);
    return flow;
  }

  #openWindow(now: number): void {
    // EC2 tells of each window in which nothing passed. One record for all of them tells the same, and needs no timer.
    if (this.#lastEnd !== undefined && now - this.#lastEnd >= WINDOW_MS)
      this.#finish(this.#gap("NODATA", this.#lastEnd, now));
    const timer = toDisposable(this.#host.clock.setTimer(WINDOW_MS, () => this.#closeWindow()));
    this.#window = { start: now, timer };
  }

  #closeWindow(): void {
    const start = this.#window?.start ?? 0;
    this.#window = undefined;
    this.#lastEnd = start + WINDOW_MS;
    for (const flow of this.#flows) {
      flow.open = false;
      this.#finish(this.recordOf(flow));
      if (!flow.changed) this.#host.changed(flow, this);
    }
    this.#forgetFlows();
    if (this.#skipped) this.#finish(this.#gap("SKIPDATA", start, this.#lastEnd));
    this.#skipped = false;
  }

  #gap(logStatus: FlowGap["logStatus"], start: number, end: number): FlowGap {
    return { id: this.#host.newId(), interfaceId: this.#interfaceId, logStatus, start, end };
  }

  #finish(record: FlowLogRecord): void {
    this.#finished.push(record);
    // Twice as many before the older half goes, so that an array is not moved for each record.
    if (this.#finished.length >= MAX_RECORDS * 2) this.#finished.splice(0, MAX_RECORDS);
  }
}

/** Flows that were decided differently are lines of their own. */
function isSame(one: Decision, other: Decision): boolean {
  if (one === other) return true;
  if (one.kind === "rule") return other.kind === "rule" && one.ruleId === other.ruleId;
  if (one.kind !== "acl-entry") return one.kind === other.kind;
  return other.kind === "acl-entry" && one.ruleNumber === other.ruleNumber && one.networkAclId === other.networkAclId;
}
