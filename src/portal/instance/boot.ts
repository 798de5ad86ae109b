import type { BootPhase, BootProgress, Instance } from "../../api/types.ts";
import { formatProgress } from "../format/bytes.ts";

/** What a boot goes through, in the order in which it usually does, in words for the user. */
const PHASES: readonly { readonly phase: BootPhase; readonly title: string }[] = [
  { phase: "worker", title: "Start the machine" },
  { phase: "wasm", title: "Load the processor" },
  { phase: "download", title: "Download the image" },
  { phase: "bios", title: "Start the firmware" },
  { phase: "kernel", title: "Start Linux" },
  { phase: "init", title: "Start the services" },
  { phase: "login", title: "Log in" },
];

export interface BootStep {
  readonly title: string;
  readonly status: "done" | "active" | "waiting";
  /** How long it took, in ms, once it is done. */
  readonly durationMs: number | null;
}

/** A guest that nobody hears of counts as booted when its status says so. */
export function isBooting({ state, boot, status }: Pick<Instance, "state" | "boot" | "status">): boolean {
  if (state !== "running" || boot === null) return state === "pending";
  return !boot.ready && status.state === "initializing";
}

/**
 * The steps of a boot. A phase lasts until the next one to begin; what has not begun although a later one has
 * (the download of a cached image) was not needed and is left out.
 */
export function bootSteps(boot: BootProgress | null): BootStep[] {
  const begun = boot?.phases ?? [];
  const lastIndex = Math.max(-1, ...begun.map(({ phase }) => PHASES.findIndex((known) => known.phase === phase)));
  return PHASES.flatMap(({ phase, title }, index): BootStep[] => {
    const position = begun.findIndex((entry) => entry.phase === phase);
    const start = begun[position]?.startedAt;
    if (start === undefined) return index < lastIndex ? [] : [{ title, status: "waiting", durationMs: null }];
    const end = begun[position + 1]?.startedAt;
    if (end !== undefined) return [{ title, status: "done", durationMs: end.getTime() - start.getTime() }];
    return [{ title, status: boot?.ready ? "done" : "active", durationMs: null }];
  });
}

/** One line about a boot that goes on, for a table: "Download the image: 2.1 of 5.8 MiB". Null when none does. */
export function describeBoot(instance: Pick<Instance, "state" | "boot" | "status">): string | null {
  if (!isBooting(instance)) return null;
  const { boot } = instance;
  const title = bootSteps(boot).find(({ status }) => status === "active")?.title ?? "Starting";
  const isDownloading = boot !== null && boot.downloadedBytes < boot.downloadTotalBytes;
  return isDownloading ? `${title}: ${formatProgress(boot.downloadedBytes, boot.downloadTotalBytes)}` : title;
}
