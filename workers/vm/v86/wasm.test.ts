import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { JIT } from "./jit-settings.ts";
import { patchThreshold } from "./wasm.ts";

const wasmFile = createRequire(import.meta.url).resolve("v86/build/v86.wasm");

describe("v86's JIT threshold", () => {
  it("stands once in the installed wasm, which stays valid with ours", async () => {
    const original = new Uint8Array(await readFile(wasmFile));
    const patched = original.slice();
    patchThreshold(patched);
    const changed = [...patched.keys()].filter((index) => patched[index] !== original[index]);
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.length).toBeLessThanOrEqual(3);
    expect(WebAssembly.validate(patched)).toBe(true);
    // No longer v86's: a second patch finds nothing.
    expect(() => patchThreshold(patched)).toThrow("0 times");
    expect(JIT.threshold).toBeGreaterThan(200_000);
  });

  it("refuses values that would need more room", async () => {
    const code = new Uint8Array(await readFile(wasmFile));
    expect(() => patchThreshold(code, 2 ** 20)).toThrow(RangeError);
  });
});
