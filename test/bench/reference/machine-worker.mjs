// Stock v86 in a worker, without a screen: one of two machines on v86's own network between tabs and workers.
import { V86 } from "./v86/libv86.mjs";

let emulator;
let tail = "";
let check = () => {};

const until = (condition) =>
  new Promise((resolve) => {
    check = () => {
      if (!condition()) return;
      check = () => {};
      resolve(undefined);
    };
    check();
  });

const PROMPT = /[$#] $/;

const calls = {
  async boot({ memoryMiB, commandLine, diskBytes }) {
    emulator = new V86({
      wasm_path: "v86/v86.wasm",
      memory_size: memoryMiB << 20,
      vga_memory_size: 8 << 20,
      bios: { url: "image/bios.bin" },
      vga_bios: { url: "image/vgabios.bin" },
      bzimage: { url: "image/bzImage" },
      cmdline: commandLine,
      hda: { url: "disk/disk.img", async: true, size: diskBytes },
      net_device: { type: "virtio", relay_url: "inbrowser" },
      autostart: true,
    });
    emulator.add_listener("serial0-output-byte", (byte) => {
      tail = (tail + String.fromCharCode(byte)).slice(-4000);
      check();
    });
    await until(() => PROMPT.test(tail));
  },

  /** Types a command; gives the milliseconds until its end, and what it printed. */
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

addEventListener("message", async ({ data: { id, call, argument } }) => {
  try {
    postMessage({ id, result: await calls[call](argument) });
  } catch (error) {
    postMessage({ id, error: String(error) });
  }
});
