import * as v from "valibot";
import type { Clock } from "../../base/clock.ts";
import { Emitter } from "../../base/event.ts";
import type { StoreOperation } from "../../store/key-value-store.ts";
import { defineRecordKind, type RecordStore } from "../../store/records.ts";
import { reportBackground } from "../background.ts";
import { type AuditEntry, type AuditFilter, auditSegment, matchesAudit } from "./audit-entry.ts";

/** Reads come many at a time, and are stored together; a page that is closed stores what it has (`flush`). */
const READS_AFTER_MS = 500;
/** A segment is written again with each batch until it is full: with each change, where one waits for another. Some 15 KiB. */
const SEGMENT_ENTRIES = 25;
/**
 * Handed to the operating system, and not waited for until the disk has it: a page or a browser that goes away loses nothing,
 * and a call does not wait for its disk twice.
 */
const DURABILITY = { durability: "relaxed" } as const;
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

interface Batch {
  readonly operations: readonly StoreOperation[];
  /** To be called when they are stored. */
  readonly stored: () => void;
}

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

  add(entry: AuditEntry): void {
    this.#pending.push(entry);
    if (this.#pending.length > MAX_PENDING) this.#pending.shift();
  }

  /**
   * What is to be stored as it is now: the open segment, new ones, and those that go. Undefined when that is nothing. Another
   * one may begin before this is stored: it has all that this has, and comes after it.
   */
  async begin(): Promise<Batch | undefined> {
    const known = this.#span ?? (await this.#load());
    const batch = [...this.#pending];
    if (batch.length === 0) return undefined;
    const span = { ...known };
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
    const records = this.#records;
    return {
      operations: [
        ...[...segments].map(([index, entries]) => records.put(auditSegment, this.#id(index), { entries })),
        ...gone.map((index) => records.delete(auditSegment, this.#id(index))),
        records.put(auditSeries, this.#name, next),
      ],
      stored: () => {
        this.#span = next;
        this.#open = open;
        // What has come meanwhile stays; what was dropped meanwhile was the oldest, which is stored now.
        const stored = new Set(batch);
        this.#pending = this.#pending.filter((entry) => !stored.has(entry));
      },
    };
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
 * (in segments of 25, so that it may be up to 24 more). An entry is found at once. One of a change is stored at once, together
 * with what has come while the one before it was; one of a read within half a second, or when its page is left.
 */
export class AuditLog {
  readonly #records: RecordStore;
  readonly #clock: Clock;
  readonly #changes: Series;
  readonly #reads: Series;
  readonly #changed = new Emitter<void>();
  #cancel: (() => void) | undefined;
  #storing: Promise<void> | undefined;
  /** For what has come while that was under way. */
  #next: Promise<void> | undefined;
  #closed = false;

  constructor(records: RecordStore, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
    this.#changes = new Series("changes", MAX_CHANGES, records);
    this.#reads = new Series("reads", MAX_READS, records);
  }

  /** Fires when entries have been stored. */
  readonly onChange = this.#changed.event;

  /**
   * Resolves when an entry of a change is stored, so that its answer does not overtake it; at once for one that only reads.
   * Never rejects: that the log cannot be stored is reported, and keeps nobody from their work. It is tried again with the
   * next entry.
   */
  async add(entry: AuditEntry): Promise<void> {
    const isRead = entry.readOnly && entry.errorCode === "";
    (isRead ? this.#reads : this.#changes).add(entry);
    if (this.#closed) return;
    if (!entry.readOnly) return await this.#store();
    this.#cancel ??= this.#clock.setTimer(READS_AFTER_MS, () => {
      this.#cancel = undefined;
      void this.#store();
    });
  }

  /** Stores what is not stored yet. It is on its way before anything else happens in the page, which may be left. */
  async flush(): Promise<void> {
    await this.#begin();
  }

  /** Those that match, newest first; at most `limit`. */
  async list(filter: AuditFilter, limit: number): Promise<AuditEntry[]> {
    const found: AuditEntry[] = [];
    for await (const entry of this.#all()) {
      if (matchesAudit(entry, filter)) found.push(entry);
      if (found.length >= limit) break;
    }
    return found;
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
    await this.#storing;
    await this.#begin();
  }

  /**
   * Both series, by time. A call has one entry: of one that was logged before it had ended, that of its end; what is stored
   * while one looks would come twice.
   */
  async *#all(): AsyncGenerator<AuditEntry> {
    const sources = [this.#changes.entries(), this.#reads.entries()];
    const heads = await Promise.all(sources.map((source) => source.next()));
    const seen = new Set<string>();
    for (;;) {
      const times = heads.map((head) => (head.done ? Number.NEGATIVE_INFINITY : head.value.time));
      const index = (times[0] ?? 0) >= (times[1] ?? 0) ? 0 : 1;
      const [head, source] = [heads[index], sources[index]];
      if (head === undefined || source === undefined || head.done) return;
      if (!seen.has(head.value.requestId)) yield head.value;
      seen.add(head.value.requestId);
      heads[index] = await source.next();
    }
  }

  /** One after the other: whoever comes while one is under way has the next one, all of them together. */
  #store(): Promise<void> {
    if (this.#storing !== undefined) {
      this.#next ??= this.#storing.then(() => {
        this.#next = undefined;
        return this.#store();
      });
      return this.#next;
    }
    this.#storing = this.#begin()
      .catch(reportBackground)
      .finally(() => {
        this.#storing = undefined;
      });
    return this.#storing;
  }

  async #begin(): Promise<void> {
    const batches = await Promise.all([this.#changes.begin(), this.#reads.begin()]);
    const operations = batches.flatMap((batch) => batch?.operations ?? []);
    if (operations.length === 0) return;
    await this.#records.commit(operations, DURABILITY);
    for (const batch of batches) batch?.stored();
    this.#changed.fire();
  }
}
