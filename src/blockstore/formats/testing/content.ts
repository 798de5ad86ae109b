/** What tests need of randomness: a seeded generator. */
export interface TestRandom {
  int(below: number): number;
  bytes(count: number): Uint8Array;
}

/** Bytes such as disks have: stretches of noise, of text that repeats, of one byte, and of zeros. */
export function someContent(random: TestRandom, length: number): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const bytes = Math.min(length - at, 1 + random.int(1 << random.int(17)));
    fillSome(random, content.subarray(at, at + bytes), at);
    at += bytes;
  }
  return content;
}

function fillSome(random: TestRandom, part: Uint8Array, at: number): void {
  const kind = random.int(4);
  if (kind === 0) return;
  if (kind === 1) {
    part.fill(1 + random.int(255));
    return;
  }
  // Noise is dear: some of it, repeated with changes, does as well.
  const seed = random.bytes(Math.min(part.byteLength, kind === 2 ? 40 : 4_000));
  for (let i = 0; i < part.byteLength; i++)
    part[i] = (seed[i % seed.byteLength] as number) ^ (kind === 2 ? 0 : ((at + i) * i) >> 9);
}
