const SECTOR = 512;

/** Which write a sector's content is from; 0 is zeros. */
export type Stamp = number;

/** A sector full of its stamp and its own number: one that is torn, or in another's place, has no stamp. */
export function stamped(stamps: readonly Stamp[], firstSector: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(stamps.length * SECTOR);
  const words = new Uint32Array(bytes.buffer);
  stamps.forEach((stamp, i) => {
    if (stamp === 0) return;
    words.fill(stamp, (i * SECTOR) / 4, ((i + 1) * SECTOR) / 4);
    words[(i * SECTOR) / 4] = firstSector + i;
  });
  return bytes;
}

/** The stamps of sectors; throws for a sector that no write made. */
export function stampsOf(bytes: Uint8Array, firstSector: number): Stamp[] {
  const words = new Uint32Array(bytes.slice().buffer);
  return Array.from({ length: bytes.byteLength / SECTOR }, (_, i) => {
    const sector = words.subarray((i * SECTOR) / 4, ((i + 1) * SECTOR) / 4);
    const stamp = sector[1] as number;
    const whole = sector.subarray(1).every((word) => word === stamp);
    if (whole && sector[0] === (stamp === 0 ? 0 : firstSector + i)) return stamp;
    throw new Error(`sector ${firstSector + i} is torn or misplaced: ${[...sector.subarray(0, 4)]} … ${sector.at(-1)}`);
  });
}

interface Write {
  readonly stamp: Stamp;
  /** When it was acknowledged, on the model's own clock. */
  readonly at: number;
}

/**
 * A drive with a volatile cache, sector by sector: what reads may give, and what may be there after the power was cut.
 * Writes under way at the same time must not overlap, as a guest's do not.
 */
export class DriveModel {
  /** Acknowledged writes since the one that is certainly durable, which comes first. */
  readonly #history: Write[][];
  readonly #underWay = new Map<number, Stamp>();
  #time = 0;

  constructor(initial: readonly Stamp[]) {
    this.#history = initial.map((stamp) => [{ stamp, at: 0 }]);
  }

  get sectors(): number {
    return this.#history.length;
  }

  /** The drive is larger from now on. */
  grow(sectors: number): void {
    while (this.#history.length < sectors) this.#history.push([{ stamp: 0, at: this.#time }]);
  }

  get stamps(): Stamp[] {
    return this.#history.map((writes) => writes.at(-1)?.stamp as Stamp);
  }

  /** Says whether no write is under way in the range. */
  isFree(first: number, count: number): boolean {
    for (let sector = first; sector < first + count; sector++) if (this.#underWay.has(sector)) return false;
    return true;
  }

  /** A write begins. Call the result when it has ended: acknowledged, or rejected, which changes nothing. */
  begin(first: number, stamps: readonly Stamp[]): (acknowledged: boolean) => void {
    for (const [i, stamp] of stamps.entries()) this.#underWay.set(first + i, stamp);
    return (acknowledged) => {
      this.#time++;
      stamps.forEach((stamp, i) => {
        this.#underWay.delete(first + i);
        if (acknowledged) this.#history[first + i]?.push({ stamp, at: this.#time });
      });
    };
  }

  /** A flush begins. Call the result when it is acknowledged: what was so before the flush began is durable. */
  beginFlush(): () => void {
    const began = this.#time;
    return () => {
      for (const writes of this.#history) {
        const durable = writes.findLastIndex(({ at }) => at <= began);
        if (durable > 0) writes.splice(0, durable);
      }
    };
  }

  /** What a read begun now may give, if it ends before the next write is acknowledged. */
  readable(sector: number): Stamp[] {
    const latest = this.#history[sector]?.at(-1)?.stamp as Stamp;
    const coming = this.#underWay.get(sector);
    return coming === undefined ? [latest] : [latest, coming];
  }

  /** What a sector holds, with nothing under way. */
  stamp(sector: number): Stamp {
    return this.#history[sector]?.at(-1)?.stamp as Stamp;
  }

  /** The power was cut and is back: throws for a sector that holds what it may not, then goes on from `found`. */
  recover(found: readonly Stamp[]): void {
    found.forEach((stamp, sector) => {
      const writes = this.#history[sector] as Write[];
      const possible = [...writes.map((write) => write.stamp), ...this.readable(sector)];
      if (!possible.includes(stamp)) {
        throw new Error(`after the crash sector ${sector} holds ${stamp}, not one of ${[...new Set(possible)]}`);
      }
      this.#history[sector] = [{ stamp, at: this.#time }];
    });
    this.#underWay.clear();
  }
}
