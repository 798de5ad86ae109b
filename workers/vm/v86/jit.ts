import type { V86Cpu } from "./types.ts";

/** `set_jit_config` indexes (v86 `src/rust/jit.rs`). */
const MAX_PAGES = 1;
const MAX_EXTRA_BASIC_BLOCKS = 3;
/** The first of v86's slots in the function table (v86 `src/const.js`). */
const WASM_TABLE_OFFSET = 1024;

export interface JitConfig {
  /** Pages of guest code per compiled module: fewer compile sooner. v86's default is 3. */
  readonly maxPages: number;
  /** v86's default is 250. */
  readonly maxExtraBasicBlocks: number;
  /** Compile on this thread, at once, instead of waiting for the event loop to bring the result. */
  readonly synchronous: boolean;
}

/**
 * Measured with the image `tiny` in Node 20 on a shared, noisy 2-core machine: processor ms of all threads, least of
 * three to six runs. "Threshold" is that of `wasm.ts`. First runs of a shell loop (20 000 rounds), 20 × fork+exec,
 * gzip of 2 MiB; in all of them the module is cold.
 *
 * | threshold | pages | compiled    | boot | shell loop | fork+exec | gzip |
 * | --------- | ----- | ----------- | ---- | ---------- | --------- | ---- |
 * | 200 000   | 3     | synchronous | 1231 | 2512       | 761       | 905  |
 * | 200 000   | 1     | later       |  890 | 2048       | 413       | 572  |
 * | 200 000   | 1     | synchronous |  950 | 2133       | 621       | 452  |
 * | 500 000   | 1     | synchronous |  741 | 2044       | 229       | 346  |
 * | 1 000 000 | 1     | synchronous |  698 | 2534       | 181       | 270  |
 * | 1 000 000 | 3     | synchronous |  680 | 2518       | 162       | 432  |
 *
 * Below 200 000 everything gets slower (50 000: boot × 3). `maxExtraBasicBlocks` 50 instead of 250: no difference
 * beyond the noise. After a rehearsal (`rehearsal.ts`), 500 000, 1 page: boot 350–370.
 * Once warm, all are alike.
 */
export const DEFAULT_JIT: JitConfig = { maxPages: 1, maxExtraBasicBlocks: 250, synchronous: true };

export function configureJit(cpu: V86Cpu, config: JitConfig): void {
  cpu.wm.exports.set_jit_config(MAX_PAGES, config.maxPages);
  cpu.wm.exports.set_jit_config(MAX_EXTRA_BASIC_BLOCKS, config.maxExtraBasicBlocks);
  if (config.synchronous) compileSynchronously(cpu);
}

/**
 * v86 hands each piece of generated code over and goes on interpreting until told that it is compiled. It must not be
 * told from within that call (its compiler's state is locked), so we tell it when it next asks for the timers: between
 * two bursts of instructions, at most a millisecond later.
 */
function compileSynchronously(cpu: V86Cpu): void {
  let finish: (() => void) | undefined;
  cpu.codegen_finalize = (tableIndex, start, stateFlags, pointer, length) => {
    const code = new Uint8Array(cpu.wasm_memory.buffer, pointer >>> 0, length >>> 0);
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(code), { e: cpu.jit_imports }).exports;
    finish = () => {
      cpu.wm.wasm_table.set(tableIndex + WASM_TABLE_OFFSET, f);
      cpu.codegen_finalize_finished(tableIndex, start, stateFlags);
    };
  };
  const runTimers = cpu.run_hardware_timers;
  cpu.run_hardware_timers = (acpiEnabled, nowMs) => {
    const done = finish;
    finish = undefined;
    done?.();
    return runTimers.call(cpu, acpiEnabled, nowMs);
  };
}
