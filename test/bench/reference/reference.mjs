// Stock v86 as its own page sets it up: on the main thread, IDE disk over HTTP ranges, screen and serial console.
import { openShell } from "./shell.mjs";
import { V86 } from "./v86/libv86.mjs";
import { Terminal } from "./xterm/lib/xterm.mjs";

let emulator;
const shell = openShell();

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
      xterm?.write(Uint8Array.of(byte));
      shell.hear(String.fromCharCode(byte));
    });
    await shell.prompt();
    return performance.now() - began;
  },

  run: (command) => shell.run((text) => emulator.serial0_send(text), command),
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
