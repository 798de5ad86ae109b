import type { JitSettings } from "./jit-settings.ts";
import type { V86Cpu } from "./types.ts";

/** `set_jit_config` indexes (v86 `src/rust/jit.rs`). */
const MAX_PAGES = 1;
const MAX_EXTRA_BASIC_BLOCKS = 3;
/** The first of v86's slots in the function table (v86 `src/const.js`). */
const WASM_TABLE_OFFSET = 1024;

/**
 * What `npm run bench jit` said on a quiet 2-core machine (Chromium 156, medians of 2; ms; all programs one after the
 * other in one machine, so all but the first find the guest's kernel partly compiled). Rows differ from the first in
 * what they name:
 *
 * | setting                   | boot | loop first, warm | sha256     | gzip       | sort       | fork+exec |
 * | ------------------------- | ---- | ---------------- | ---------- | ---------- | ---------- | --------- |
 * | 500 000, 1 page, sync.    | 560  | 4510, 3210       | 1810, 1460 | 2250, 2020 | 1510, 1100 | 204, 141  |
 * | asynchronous              | 567  | 4430, 3300       | 1850, 1480 | 2540, 2230 | 1550, 1160 | 216, 178  |
 * | threshold 100 000         | 970  | 4830, 3440       | 1880, 1510 | 2320, 2160 | 1560, 1140 | 227, 236  |
 * | threshold 200 000         | 711  | 4380, 3380       | 1770, 1450 | 2250, 2080 | 1500, 1170 | 191, 260  |
 * | threshold 300 000         | 594  | 4430, 3370       | 1760, 1520 | 2360, 2110 | 1550, 1130 | 211, 261  |
 * | threshold 1 000 000       | 664  | 4910, 3400       | 1990, 1570 | 2550, 2210 | 1630, 1190 | 265, 204  |
 * | 2 pages                   | 660  | 4870, 3280       | 1980, 1510 | 2540, 2150 | 1660, 1090 | 285, 150  |
 * | 3 pages                   | 694  | 4970, 3270       | 1980, 1460 | 2520, 1840 | 1780, 1020 | 167, 154  |
 * | 50 extra basic blocks     | 550  | 4420, 3360       | 1910, 1450 | 2300, 2100 | 1430, 1170 | 187, 169  |
 * | v86: 200 000, 3, asynchr. | 832  | 5540, 3370       | 2090, 1540 | 2480, 2090 | 1920, 1070 | 133, 312  |
 *
 * Differences below 5 % are noise. A warm program spends a quarter of its time in v86's dispatch between compiled
 * pages (`main_loop`, `jit_find_cache_entry_in_page`), the rest in compiled code: no setting reaches that.
 */
export function configureJit(cpu: V86Cpu, config: JitSettings): void {
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
