import type { Instance, StateReason } from "../../api/types.ts";
import { sentence } from "../format/text.ts";
import { adviceFor } from "../notifications/advice.ts";

export interface Explanation {
  readonly kind: "error" | "warning" | "info";
  readonly header: string;
  readonly text: string;
  readonly offer: "start" | "launch" | "none";
}

/** The user asked for it, in the portal or in the guest: nothing is wrong. */
const WANTED: readonly string[] = ["Client.UserInitiatedShutdown", "Client.InstanceInitiatedShutdown"];
/** Something that the user should know, but nobody's fault. */
const PAGE_CLOSED = "Server.PageClosed";
/** It goes on with this reason, until it is stopped. */
const RECOVERED = "Server.AutomaticRecovery";

/** What a user should be told about an instance's state before anything else; null when all is as it should be. */
export function explainState(instance: Pick<Instance, "state" | "stateReason" | "status">): Explanation | null {
  const { state, stateReason, status } = instance;
  if (state === "running" && status.state === "impaired") {
    return {
      kind: "error",
      header: "The instance is impaired",
      text: `${textOf(status.reason) ?? "It does not answer."} Reboot it; if that does not help, stop and start it.`,
      offer: "none",
    };
  }
  if (state === "running" && stateReason?.code === RECOVERED) {
    return {
      kind: "info",
      header: "The instance was started again by itself",
      text: textOf(stateReason) ?? "",
      offer: "none",
    };
  }
  if (state === "stopped") return explainStopped(stateReason);
  if (state === "terminated") {
    const wanted = stateReason === null || WANTED.includes(stateReason.code);
    return {
      kind: wanted ? "info" : "error",
      header: wanted ? "The instance is terminated" : "The instance could not be launched",
      text: wanted
        ? "Its disk is deleted. It stays in the list for an hour."
        : (textOf(stateReason) ?? "The reason is not known."),
      offer: "launch",
    };
  }
  return null;
}

function explainStopped(reason: StateReason | null): Explanation {
  const kept = "What the console showed last stands below.";
  if (reason === null || WANTED.includes(reason.code)) {
    const who = reason?.code === "Client.InstanceInitiatedShutdown" ? "It was shut down from inside. " : "";
    return {
      kind: "info",
      header: "The instance is stopped",
      text: `${who}Its disk is kept. ${kept}`,
      offer: "start",
    };
  }
  return {
    kind: reason.code === PAGE_CLOSED ? "warning" : "error",
    header:
      reason.code === PAGE_CLOSED ? "The instance stopped when its page was closed" : "The instance stopped by itself",
    text: `${textOf(reason)} ${kept}`,
    offer: "start",
  };
}

/** EC2's reasons say "Code: text"; the code is of no use in a sentence. */
function textOf(reason: StateReason | null): string | null {
  if (reason === null) return null;
  const text = reason.message.startsWith(`${reason.code}: `)
    ? reason.message.slice(reason.code.length + 2)
    : reason.message;
  const advice = adviceFor(reason.code);
  return advice === null ? sentence(text) : `${sentence(text)} ${advice}`;
}
