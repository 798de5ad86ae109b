import { CloudError } from "../../../src/base/errors.ts";
import { ERROR_KIND, PayloadReader, PROTOCOL_VERSION } from "./frames.ts";
import { errnoName } from "./linux-numbers.ts";

/** Codes of file errors that callers tell apart; the others are `Agent.FileError`. */
const FILE_CODES: Readonly<Record<string, string>> = {
  ENOENT: "Agent.NoSuchFile",
  ENOTDIR: "Agent.NoSuchFile",
  EISDIR: "Agent.IsDirectory",
  EACCES: "Agent.AccessDenied",
  EPERM: "Agent.AccessDenied",
  EROFS: "Agent.AccessDenied",
  ENOSPC: "Agent.NoSpace",
  EDQUOT: "Agent.NoSpace",
};

const KIND_CODES: Readonly<Record<number, string>> = {
  [ERROR_KIND.version]: "Agent.ProtocolVersion",
  [ERROR_KIND.protocol]: "Agent.Protocol",
  [ERROR_KIND.busy]: "Agent.Busy",
  [ERROR_KIND.user]: "Agent.NoSuchUser",
  [ERROR_KIND.directory]: "Agent.NoSuchDirectory",
  [ERROR_KIND.power]: "Agent.CannotShutDown",
  [ERROR_KIND.clock]: "Agent.ClockNotSet",
  [ERROR_KIND.internal]: "Agent.GuestFailure",
};

/** The agent's ERROR as ours: `details.errno` is "ENOENT" and the like where the guest's kernel said one. */
export function errorFromAgent(payload: Uint8Array): CloudError {
  const fields = new PayloadReader(payload);
  const kind = fields.u16();
  const errno = fields.u16();
  const message = fields.string();
  const name = errno === 0 ? undefined : errnoName(errno);
  const details = name === undefined ? {} : { errno: name };
  return new CloudError(codeOf(kind, name), `In the guest: ${message}.`, details);
}

function codeOf(kind: number, errno: string | undefined): string {
  if (kind === ERROR_KIND.file) return FILE_CODES[errno ?? ""] ?? "Agent.FileError";
  if (kind === ERROR_KIND.start) return errno === "ENOENT" ? "Agent.NoSuchProgram" : "Agent.CannotStart";
  return KIND_CODES[kind] ?? "Agent.GuestFailure";
}

export function versionError(got: number | undefined): CloudError {
  return new CloudError(
    "Agent.ProtocolVersion",
    "The guest's agent speaks another version of the protocol. Launch a new instance from a current image, or update the agent in the guest.",
    { expected: PROTOCOL_VERSION, got },
  );
}

/** Nobody in the guest answers. `why` ends in a full stop. */
export function unavailable(why: string, cause?: unknown): CloudError {
  return new CloudError("Agent.Unavailable", why, {}, cause);
}
