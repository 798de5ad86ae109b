import { JIT } from "./jit-settings.ts";

/**
 * v86's WebAssembly with one constant changed.
 *
 * `JIT_THRESHOLD` (v86 `src/rust/jit.rs`) says how many instructions of a page are interpreted before the page is
 * compiled. v86's 200 000 compiles much that runs only once: booting Linux, and a program's first seconds, take up to
 * twice as long (figures in `jit.ts`). It cannot be set from outside, so we write it into the code. Its value occurs
 * exactly once as an operand; with another build of v86, where it does not, `patchThreshold` throws.
 */
export const V86_THRESHOLD = 200_000;

const I32_CONST = 0x41;
/** Both values take three bytes as signed LEB128, so nothing moves. */
const OPERAND_BYTES = 3;

/** Changes `code`, v86's wasm, in place. */
export function patchThreshold(code: Uint8Array, threshold: number = JIT.threshold): void {
  const wanted = operand(V86_THRESHOLD);
  const places: number[] = [];
  for (let at = code.indexOf(I32_CONST); at >= 0; at = code.indexOf(I32_CONST, at + 1)) {
    if (wanted.every((byte, index) => code[at + 1 + index] === byte)) places.push(at + 1);
  }
  const [place] = places;
  if (place === undefined || places.length > 1) {
    throw new Error(`v86's wasm has its JIT threshold ${places.length} times; exactly one was expected`);
  }
  code.set(operand(threshold), place);
}

function operand(value: number): number[] {
  const bytes = Array.from({ length: OPERAND_BYTES }, (_, index) => ((value >> (7 * index)) & 0x7f) | 0x80);
  const last = bytes.pop() as number;
  // The last byte has no continuation bit; bit 6 is the sign.
  if (value < 0 || value >= 2 ** (7 * OPERAND_BYTES - 1)) throw new RangeError(`${value} does not fit`);
  return [...bytes, last & 0x3f];
}
