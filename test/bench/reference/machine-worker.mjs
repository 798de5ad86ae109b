// Stock v86 in a worker, without a screen: one of two machines on v86's own network between tabs and workers.
import { openShell } from "./shell.mjs";
import { V86 } from "./v86/libv86.mjs";

let emulator;
const shell = openShell();

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
    emulator.add_listener("serial0-output-byte", (byte) => shell.hear(String.fromCharCode(byte)));
    await shell.prompt();
  },

  run: (command) => shell.run((text) => emulator.serial0_send(text), command),
};

addEventListener("message", async ({ data: { id, call, argument } }) => {
  try {
    postMessage({ id, result: await calls[call](argument) });
  } catch (error) {
    postMessage({ id, error: String(error) });
  }
});
