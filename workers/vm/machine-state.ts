import { CloudError } from "../../src/base/errors.ts";
import type { MachineSpec, MachineState } from "../../src/protocol/vm-contract.ts";
import { V86_VERSION, VGA_MEMORY_BYTES } from "./v86/emulator.ts";

type Header = MachineState["header"];

/** Describes the machine that `spec` makes: v86's own state records none of this, and a mismatch breaks in odd ways. */
export function stateHeader(spec: MachineSpec, devices: readonly string[], savedAt: Date): Header {
  return {
    formatVersion: 1,
    v86Version: V86_VERSION,
    memoryMiB: spec.memoryMiB,
    vgaMemoryBytes: VGA_MEMORY_BYTES,
    devices: [...devices].sort(),
    instanceId: spec.instanceId,
    bootMode: spec.image.bootMode ?? "kernel",
    kernelSha256: spec.image.manifest.kernel.sha256,
    savedAt: savedAt.toISOString(),
  };
}

/**
 * Throws `MachineState.Mismatch`, with the field's name, when a saved machine does not fit one with these devices.
 * The instance may be another one: a warm launch restores a machine that was saved for many.
 */
export function checkHeader(saved: Header, spec: MachineSpec, devices: readonly string[]): void {
  const expected = stateHeader(spec, devices, new Date(0));
  const fields = [
    "formatVersion",
    "v86Version",
    "memoryMiB",
    "vgaMemoryBytes",
    "bootMode",
    "kernelSha256",
    "devices",
  ] as const;
  for (const field of fields) {
    if (String(saved[field]) === String(expected[field])) continue;
    throw new CloudError(
      "MachineState.Mismatch",
      `The saved machine does not fit: its ${field} is ${String(saved[field])}, this machine's is ${String(expected[field])}.`,
      { field, saved: saved[field], expected: expected[field] },
    );
  }
}
