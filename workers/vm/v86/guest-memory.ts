import type { V86Cpu } from "./types.ts";

/**
 * The guest's physical memory, for devices. Every access is checked: the addresses come from the guest.
 *
 * v86's own `mem8` is a Proxy that makes a typed array per access; this keeps one, and renews it when the wasm memory
 * has grown (which detaches its buffer).
 */
export class GuestMemory {
  readonly #cpu: V86Cpu;
  readonly #offset: number;
  readonly #length: number;
  #bytes: Uint8Array;
  #view: DataView;

  constructor(cpu: V86Cpu) {
    this.#cpu = cpu;
    this.#offset = cpu.mem8.byteOffset;
    this.#length = cpu.mem8.length;
    this.#bytes = new Uint8Array(cpu.wasm_memory.buffer, this.#offset, this.#length);
    this.#view = new DataView(cpu.wasm_memory.buffer, this.#offset, this.#length);
  }

  get byteLength(): number {
    return this.#length;
  }

  /** Says whether the range lies in the guest's memory. */
  contains(address: number, length: number): boolean {
    return address >= 0 && length >= 0 && address + length <= this.#length;
  }

  /** A view, valid until the guest runs again. The caller has checked the range with `contains`. */
  view(address: number, length: number): Uint8Array {
    this.#renew();
    return this.#bytes.subarray(address, address + length);
  }

  /** Copies into the guest's memory and drops code compiled from there. The caller has checked the range. */
  write(address: number, from: Uint8Array): void {
    if (from.byteLength === 0) return;
    this.#cpu.jit_dirty_cache(address, address + from.byteLength);
    this.#renew();
    this.#bytes.set(from, address);
  }

  read16(address: number): number {
    this.#renew();
    return this.#view.getUint16(address, true);
  }

  read32(address: number): number {
    this.#renew();
    return this.#view.getUint32(address, true);
  }

  /** For rings only: memory that holds code must be written with `write`. */
  write16(address: number, value: number): void {
    this.#renew();
    this.#view.setUint16(address, value, true);
  }

  /** For rings only, as `write16`. */
  write32(address: number, value: number): void {
    this.#renew();
    this.#view.setUint32(address, value, true);
  }

  #renew(): void {
    if (this.#bytes.byteLength !== 0) return;
    this.#bytes = new Uint8Array(this.#cpu.wasm_memory.buffer, this.#offset, this.#length);
    this.#view = new DataView(this.#cpu.wasm_memory.buffer, this.#offset, this.#length);
  }
}
