import * as v from "valibot";
import type { Clock } from "../../base/clock.ts";
import { Emitter } from "../../base/event.ts";
import { defineRecordKind, type RecordStore } from "../../store/records.ts";
import { reportBackground } from "../background.ts";
import { type AuditEntry, type AuditFilter, auditSegment, matchesAudit } from "./audit-entry.ts";

/** So long at most until an entry is stored: what is in the log is durable within a second. */
const STORE_AFTER_MS = 500;
/** A segment is written again with each batch until it is full: some 60 KiB. */
const SEGMENT_ENTRIES = 100;
/** Reads are many and say little: they must not push the changes out. */
export const MAX_CHANGES = 10_000;
export const MAX_READS = 2_000;
/** While nothing can be stored (a full disk); then the oldest are lost. */
const MAX_PENDING = 1_000;

/** Which segments there are of a series: `first` … `next` − 1. */
const auditSeries = defineRecordKind({
  kind: "audit-series",
  version: 1,
  schema: v.object({ first: v.number(), next: v.number() }),
});

type SeriesName = "changes" | "reads";

/** Entries of one kind, in segments of which the oldest go. */
class Series {
  readonly #name: SeriesName;
  readonly #most: number;
  readonly #records: RecordStore;
  #span: { first: number; next: number } | undefined;
  #open: AuditEntry[] = [];
  #pending: AuditEntry[] = [];

  constructor(name: SeriesName, most: number, records: RecordStore) {
    this.#name = name;
    this.#most = most;
    this.#records = records;
  }

  get isPending(): boolean {
    return this.#pending.length > 0;
  }

  add(entry: AuditEntry): void {
    this.#pending.push(entry);
    if (this.#pending.length > MAX_PENDING) this.#pending.shift();
  }

  /** One transaction: the open segment as it is then, new ones, and those that go. */
  async store(): Promise<void> {
    const batch = this.#pending;
    if (batch.length === 0) return;
    const records = this.#records;
    const span = { ...(await this.#load()) };
    let open = this.#open;
    const segments = new Map<number, AuditEntry[]>();
    for (const entry of batch) {
      if (open.length >= SEGMENT_ENTRIES || span.next === span.first) {
        open = [];
        span.next++;
      }
      open = [...open, entry];
      segments.set(span.next - 1, open);
    }
    const first = Math.max(span.first, span.next - Math.ceil(this.#most / SEGMENT_ENTRIES));
    const gone = Array.from({ length: first - span.first }, (_, index) => span.first + index);
    const next = { first, next: span.next };
    await records.commit([
      ...[...segments].map(([index, entries]) => records.put(auditSegment, this.#id(index), { entries })),
      ...gone.map((index) => records.delete(auditSegment, this.#id(index))),
      records.put(auditSeries, this.#name, next),
    ]);
    this.#span = next;
    this.#open = open;
    // What has come meanwhile stays; what was dropped meanwhile was the oldest, which is stored now.
    const stored = new Set(batch);
    this.#pending = this.#pending.filter((entry) => !stored.has(entry));
  }

  /** Newest first. */
  async *entries(): AsyncGenerator<AuditEntry> {
    yield* [...this.#pending].reverse();
    const { first, next } = await this.#load();
    for (let index = next - 1; index >= first; index--) {
      const segment = await this.#records.get(auditSegment, this.#id(index));
      if (segment !== undefined) yield* segment.entries.reverse();
    }
  }

  async #load(): Promise<{ first: number; next: number }> {
    if (this.#span !== undefined) return this.#span;
    const span = (await this.#records.get(auditSeries, this.#name)) ?? { first: 0, next: 0 };
    const last = span.next > span.first ? await this.#records.get(auditSegment, this.#id(span.next - 1)) : undefined;
    this.#open = last?.entries ?? [];
    this.#span = span;
    return span;
  }

  #id(index: number): string {
    return `${this.#name} ${index}`;
  }
}

/**
 * Who has called what, and what came of it: the last 10 000 calls that change something, and the last 2 000 that only read
 * (in segments of 100, so that it may be up to 99 more). An entry is durable half a second after it has come, and is found
 * at once; when the browser is killed within that time it is lost.
 */
export class AuditLog {
  readonly #clock: Clock;
  readonly #changes: Series;
  readonly #reads: Series;
  readonly #changed = new Emitter<void>();
  #cancel: (() => void) | undefined;
  #storing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(records: RecordStore, clock: Clock) {
    this.#clock = clock;
    this.#changes = new Series("changes", MAX_CHANGES, records);
    this.#reads = new Series("reads", MAX_READS, records);
  }

  /** Fires when entries have been stored. */
  readonly onChange = this.#changed.event;

  /** Takes no time: it is stored with others in the background. */
  add(entry: AuditEntry): void {
    (entry.readOnly && entry.errorCode === "" ? this.#reads : this.#changes).add(entry);
    if (this.#cancel !== undefined || this.#closed) return;
    this.#cancel = this.#clock.setTimer(STORE_AFTER_MS, () => {
      this.#cancel = undefined;
      // The calls go on; it is tried again with the next entry.
      this.#store().catch(reportBackground);
    });
  }

  /** Those that match, newest first; at most `limit`. */
  async list(filter: AuditFilter, limit: number): Promise<AuditEntry[]> {
    const found = new Map<string, AuditEntry>();
    for await (const entry of this.#all()) {
      // One that was stored while we looked comes twice.
      if (matchesAudit(entry, filter)) found.set(entry.requestId, entry);
      if (found.size >= limit) break;
    }
    return [...found.values()];
  }

  /** All that match, as JSON lines. */
  lines(filter: AuditFilter): ReadableStream<Uint8Array<ArrayBuffer>> {
    const entries = this.#all();
    const encoder = new TextEncoder();
    return new ReadableStream({
      async pull(controller) {
        let next = await entries.next();
        while (!next.done && !matchesAudit(next.value, filter)) next = await entries.next();
        if (next.done) return controller.close();
        const { time, parameters, ...rest } = next.value;
        const line = { time: new Date(time).toISOString(), ...rest, parameters: JSON.parse(parameters) as unknown };
        controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
      },
    });
  }

  /** Stores what is not stored yet, and takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#store();
  }

  /** Both series, by time. */
  async *#all(): AsyncGenerator<AuditEntry> {
    const sources = [this.#changes.entries(), this.#reads.entries()];
    const heads = await Promise.all(sources.map((source) => source.next()));
    for (;;) {
      const times = heads.map((head) => (head.done ? Number.NEGATIVE_INFINITY : head.value.time));
      const index = (times[0] ?? 0) >= (times[1] ?? 0) ? 0 : 1;
      const [head, source] = [heads[index], sources[index]];
      if (head === undefined || source === undefined || head.done) return;
      yield head.value;
      heads[index] = await source.next();
    }
  }

  #store(): Promise<void> {
    const store = async () => {
      await this.#changes.store();
      await this.#reads.store();
      this.#changed.fire();
    };
    const done = this.#storing.then(store, store);
    this.#storing = done;
    done.catch(() => {});
    return done;
  }
}
