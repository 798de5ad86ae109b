/**
 * `ArrayBuffer.prototype.transfer` (ECMA-262 §25.1.6.7) where Node has none, so that bytes that were given back are gone in
 * tests, too.
 */
export function provideBufferTransfer(): void {
  if ("transfer" in ArrayBuffer.prototype) return;
  Object.defineProperty(ArrayBuffer.prototype, "transfer", {
    configurable: true,
    writable: true,
    value(this: ArrayBuffer, length = this.byteLength): ArrayBuffer {
      const taken = structuredClone(this, { transfer: [this] });
      const given = new ArrayBuffer(length);
      new Uint8Array(given).set(new Uint8Array(taken).subarray(0, length));
      return given;
    },
  });
}
