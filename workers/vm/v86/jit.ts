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
 * Measured with the image `tiny` on a shared 2-core machine under load: processor ms of all threads, so read ratios.
 * "Threshold" is that of `wasm.ts`.
 *
 * Boot, Node 20, one process a run (v86's own code cold), pages 1, synchronous; range of the runs:
 *
 * | threshold | rehearsed | boot      | runs |
 * | --------- | --------- | --------- | ---- |
 * | 200 000   | no        | 978–1124  | 4    |
 * | 500 000   | no        | 745–859   | 7    |
 * | 500 000   | yes       | 351–371   | 3    |
 *
 * First runs, Chromium, threshold 200 000, module shared by all machines, least of 4:
 *
 * | pages | synchronous | boot | shell loop | sha256 | gzip | sort | fork+exec |
 * | ----- | ----------- | ---- | ---------- | ------ | ---- | ---- | --------- |
 * | 3     | no          | 1179 | 5819       | 2380   | 1066 | 2036 | 432       |
 * | 3     | yes         | 1001 | 5911       | 2197   | 950  | 1983 | 576       |
 * | 1     | no          | 793  | 3939       | 1822   | 738  | 1515 | 255       |
 * | 1     | yes         | 692  | 3974       | 1852   | 870  | 1394 | 380       |
 *
 * Not settled, for want of a quiet machine: synchronous or not (each wins some), 500 000 or 1 000 000 (the latter
 * seemed better for fork+exec and gzip, worse for the shell loop), `maxExtraBasicBlocks` (50: nothing to be seen).
 * Thresholds of 50 000 and less made boots several times slower.
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
