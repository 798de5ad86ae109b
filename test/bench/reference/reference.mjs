// Stock v86 as its own page sets it up: on the main thread, IDE disk over HTTP ranges, screen and serial console.
import { V86 } from "./v86/libv86.mjs";
import { Terminal } from "./xterm/lib/xterm.mjs";

const PROMPT = /[$#] $/;

let emulator;
let tail = "";
let waiting;

globalThis.reference = {
  /** Starts the machine; resolves with the milliseconds until the shell's prompt. */
  async boot({ memoryMiB, commandLine, diskBytes, terminal }) {
    const began = performance.now();
    emulator = new V86({
      wasm_path: "v86/v86.wasm",
      memory_size: memoryMiB << 20,
      vga_memory_size: 8 << 20,
      screen_container: document.getElementById("screen"),
      bios: { url: "image/bios.bin" },
      vga_bios: { url: "image/vgabios.bin" },
      bzimage: { url: "image/bzImage" },
      cmdline: commandLine,
      hda: { url: "disk/disk.img", async: true, size: diskBytes },
      autostart: true,
    });
    const xterm = terminal ? new Terminal({ cols: 80, rows: 24 }) : undefined;
    xterm?.open(document.getElementById("terminal"));
    emulator.add_listener("serial0-output-byte", (byte) => {
      const character = String.fromCharCode(byte);
      xterm?.write(Uint8Array.of(byte));
      tail = (tail + character).slice(-200);
      waiting?.(character);
    });
    await until(() => PROMPT.test(tail));
    return performance.now() - began;
  },

  /** Types a command; resolves with the milliseconds until its end and with what it printed (its last 200 characters). */
  async run(command) {
    tail = "";
    const began = performance.now();
    emulator.serial0_send(`${command}; echo E''ND$((40+2))\n`);
    await until(() => /END42\r\n/.test(tail));
    const ms = performance.now() - began;
    await until(() => PROMPT.test(tail));
    return { ms, tail };
  },
};

/** Machines in workers, by number: they are on one network. */
const machines = [];

globalThis.referenceNetwork = {
  boot: (index, spec) => {
    machines[index] = new Worker("machine-worker.mjs", { type: "module" });
    return call(index, "boot", spec);
  },
  run: (index, command) => call(index, "run", command),
};

let calls = 0;

function call(index, name, argument) {
  const machine = machines[index];
  const id = ++calls;
  return new Promise((resolve, reject) => {
    const hear = ({ data }) => {
      if (data.id !== id) return;
      machine.removeEventListener("message", hear);
      if (data.error === undefined) resolve(data.result);
      else reject(new Error(data.error));
    };
    machine.addEventListener("message", hear);
    machine.postMessage({ id, call: name, argument });
  });
}

function until(condition) {
  return new Promise((resolve) => {
    const check = () => {
      if (!condition()) return;
      waiting = undefined;
      resolve(undefined);
    };
    waiting = check;
    check();
  });
}
