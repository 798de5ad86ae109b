/** Unpacks gzip (RFC 1952) of exactly `bytes` bytes; `undefined` for anything else, without unpacking more than that. */
export async function gunzip(packed: ArrayBuffer, bytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const whole = new Uint8Array(bytes);
  let length = 0;
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return length === bytes ? whole : undefined;
      if (length + value.byteLength > bytes) {
        await reader.cancel();
        return undefined;
      }
      whole.set(value, length);
      length += value.byteLength;
    }
  } catch {
    return undefined;
  }
}
