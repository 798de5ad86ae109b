import { CloudError } from "../../src/base/errors.ts";
import type { MachineInterface } from "../../src/protocol/vm-contract.ts";
import type { RunInGuest } from "./guest-disks.ts";
import { pciAddressOf } from "./machine-interfaces.ts";

/** As of a disk: milliseconds, and the rest for a busy guest. */
const SCRIPT_MS = 10_000;

/** Looks for new cards; prints the interface's name, or fails when there is none. */
const RESCAN = `
echo 1 > /sys/bus/pci/rescan || exit 2
for try in 1 2 3 4 5 6 7 8 9 10; do
  for interface in /sys/bus/pci/devices/"$1"/virtio*/net/*; do
    [ -e "$interface" ] && echo "\${interface##*/}" && exit 0
  done
  sleep 0.1
done
exit 1`;

/** Lets go of the card: its interface, with its addresses and routes, is gone from the guest. */
const RELEASE = `
pci=/sys/bus/pci/devices/$1
[ -e "$pci" ] || exit 0
echo 1 > "$pci/remove"`;

/** The guest's side of the machine's network cards: POSIX sh, run as root by its agent. */
export class GuestInterfaces {
  readonly #run: RunInGuest;

  constructor(run: RunInGuest) {
    this.#run = run;
  }

  /** Has the guest look for new cards; gives its name for this one, `undefined` when it does not see it. */
  async rescan(spec: MachineInterface): Promise<string | undefined> {
    const { exitCode, stdout } = await this.#script(RESCAN, spec);
    return exitCode === 0 ? stdout.trim() : undefined;
  }

  /** `NetworkInterface.ReleaseFailed` when it cannot. */
  async release(spec: MachineInterface): Promise<void> {
    const { exitCode, stderr, timedOut } = await this.#script(RELEASE, spec);
    if (exitCode === 0) return;
    const why = timedOut ? "it took too long" : stderr.trim() || `exit status ${exitCode}`;
    const text = `The guest could not let go of the network interface: ${why}.`;
    throw new CloudError("NetworkInterface.ReleaseFailed", text, { exitCode, stderr, timedOut });
  }

  #script(script: string, spec: MachineInterface) {
    const command = ["/bin/sh", "-c", script, "sh", pciAddressOf(spec)];
    return this.#run({ command, timeoutMs: SCRIPT_MS });
  }
}
