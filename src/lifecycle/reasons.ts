import type { CloudError } from "../base/errors.ts";

/** EC2's StateReason: a code and a text. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

const reason = (code: string, message: string): Reason => ({ code, message: `${code}: ${message}` });

const textOf = ({ code, message }: Reason): string => message.slice(`${code}: `.length);

/** EC2's codes where it has one (EC2 API `StateReason`). */
export const reasons = {
  userShutdown: reason("Client.UserInitiatedShutdown", "User initiated shutdown"),
  guestShutdown: reason("Client.InstanceInitiatedShutdown", "Instance initiated shutdown"),
  pageClosed: reason(
    "Server.PageClosed",
    "The page that ran the instance was closed or reloaded. Its disk is kept; start it to go on.",
  ),
  /** Of an instance that starts again by itself. */
  pageGone: reason("Server.PageClosed", "The page that ran the instance was closed or reloaded."),
  /** Of an instance whose root is on an instance store. */
  pageClosedForGood: reason(
    "Server.PageClosed",
    "The page that ran the instance was closed or reloaded, and its root volume, which is an instance store, went with it.",
  ),
  halted: reason("Client.GuestHalted", "The guest has halted without powering off. Reboot it, or stop and start it."),
  agentSilent: reason(
    "Client.AgentSilent",
    "The guest's agent does not answer. Look at the console; reboot the instance, or stop and start it.",
  ),
  workerSilent: reason(
    "Server.WorkerSilent",
    "The instance's worker does not answer. Stop the instance by force and start it again.",
  ),
  notBootable: reason(
    "Client.NoBootableDevice",
    "The BIOS found no boot loader on the root volume, nor a CD to boot from. Stop the instance and attach one, or reboot it.",
  ),
  panicked: (message: string, diskError: Reason | null): Reason =>
    reason(
      "Client.GuestPanicked",
      `${message}${diskError === null ? "" : ` (after a disk error: ${diskError.message})`}`,
    ),
  recovered: (failure: Reason): Reason =>
    reason("Server.AutomaticRecovery", `${textOf(failure)} It was started again by itself.`),
  recoveredTooOften: (failure: Reason, times: number, minutes: number): Reason =>
    reason(
      "Server.AutomaticRecoveryGivenUp",
      `The instance had been started again by itself ${times} times in ${minutes} minutes. Start it to go on. ${textOf(failure)}`,
    ),
  notRecovered: (failure: Reason, error: CloudError): Reason =>
    reason(error.code, `${error.message} The instance could not be started again by itself. ${textOf(failure)}`),
  failed: (error: CloudError): Reason => reason(error.code, error.message),
  diskError: (volumeId: string, error: { code: string; message: string }): Reason =>
    reason(error.code, `${error.message} (volume ${volumeId}; the guest got an I/O error)`),
};

/** EC2's StateTransitionReason, e.g. "User initiated (2026-01-31 09:05:00 GMT)". */
export function transitionReason(
  who: "User initiated" | "Instance initiated" | "Server failure",
  epochMs: number,
): string {
  const text = new Date(epochMs).toISOString();
  return `${who} (${text.slice(0, 10)} ${text.slice(11, 19)} GMT)`;
}
