import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/disposable.ts";
import { Emitter, type Event } from "../../base/event.ts";
import type { Flow } from "./flow.ts";
import type { FlowLogRecord, FlowRecord } from "./flow-record.ts";
import { type FlowLogHost, InterfaceFlowLog } from "./interface-flow-log.ts";

/** How often those who watch are told: soon enough to see a packet come, rarely enough for a page to draw. */
export const LIVE_MS = 250;

/** Records told of at a time; the others come with the next. */
export const MAX_LIVE_RECORDS = 500;

/**
 * Flow logs of all interfaces of a network: what was accepted and what rejected, in windows of a minute, and live. They are
 * always kept; an idle interface has no timer.
 */
export class FlowLog implements Disposable {
  readonly #clock: Clock;
  readonly #logs = new Map<string, InterfaceFlowLog>();
  readonly #live = new Emitter<readonly FlowRecord[]>();
  readonly #changed = new Map<Flow, InterfaceFlowLog>();
  #timer: Disposable | undefined;
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Flows that have begun, grown or ended, a few times a second at most. Only what passes while somebody listens. */
  readonly live: Event<readonly FlowRecord[]> = (listener) => {
    const subscription = this.#live.event(listener);
    return toDisposable(() => {
      subscription.dispose();
      if (!this.#live.hasListeners) this.#forgetChanges();
    });
  };

  /** Of one interface, oldest first: finished ones, and those of the window that is open. Empty for one that is not there. */
  records(interfaceId: string): FlowLogRecord[] {
    return this.#logs.get(interfaceId)?.records() ?? [];
  }

  /** The log of an interface that is there from now on. */
  add(interfaceId: string, primaryAddress: number): InterfaceFlowLog {
    const host: FlowLogHost = {
      clock: this.#clock,
      newId: () => ++this.#lastId,
      changed: (flow, of) => this.#noteChange(flow, of),
    };
    const log = new InterfaceFlowLog(interfaceId, primaryAddress, host);
    this.#logs.set(interfaceId, log);
    return log;
  }

  remove(interfaceId: string): void {
    this.#logs.get(interfaceId)?.dispose();
    this.#logs.delete(interfaceId);
  }

  dispose(): void {
    for (const log of this.#logs.values()) log.dispose();
    this.#logs.clear();
    this.#live.dispose();
    this.#forgetChanges();
  }

  #noteChange(flow: Flow, log: InterfaceFlowLog): void {
    if (!this.#live.hasListeners) return;
    flow.changed = true;
    this.#changed.set(flow, log);
    this.#timer ??= toDisposable(this.#clock.setTimer(LIVE_MS, () => this.#tell()));
  }

  #tell(): void {
    this.#timer = undefined;
    const records: FlowRecord[] = [];
    for (const [flow, log] of this.#changed) {
      if (records.length === MAX_LIVE_RECORDS) break;
      flow.changed = false;
      this.#changed.delete(flow);
      records.push(log.recordOf(flow));
    }
    if (this.#changed.size > 0) this.#timer = toDisposable(this.#clock.setTimer(LIVE_MS, () => this.#tell()));
    this.#live.fire(records);
  }

  #forgetChanges(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    for (const flow of this.#changed.keys()) flow.changed = false;
    this.#changed.clear();
  }
}
