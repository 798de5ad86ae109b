import type { FlowLogRecord } from "../../api/network-types.ts";

/** By id. */
export type Records = ReadonlyMap<number, FlowLogRecord>;

export const EMPTY: Records = new Map();

/** As many as the cloud keeps of an interface. */
const MOST_KEPT = 2000;

/** With more of them: a record that is known is taken where it has grown, or has ended. The oldest go first. */
export function merged(before: Records, more: readonly FlowLogRecord[]): Records {
  const all = new Map(before);
  for (const record of more) {
    const known = all.get(record.id);
    if (known === undefined || record.end > known.end || isFurther(record, known)) all.set(record.id, record);
  }
  if (all.size <= MOST_KEPT) return all;
  return new Map([...all].sort(([, a], [, b]) => a.end - b.end).slice(-MOST_KEPT));
}

function isFurther(record: FlowLogRecord, known: FlowLogRecord): boolean {
  if (record.logStatus !== "OK" || known.logStatus !== "OK") return false;
  return record.packets > known.packets || (known.open && !record.open);
}

/** Newest first. */
export const latest = (records: Records, most: number): FlowLogRecord[] =>
  [...records.values()].sort((a, b) => b.end - a.end || b.id - a.id).slice(0, most);
