import * as v from "valibot";
import type { Contract } from "./contract.ts";

/**
 * What two tabs of one cloud say to each other: the owner, which runs it, and a follower, which shows it and works it
 * through the owner. Both are of one build (`tabVersion` in `cloud/ownership.ts`): what the API's own types say of
 * arguments, results and state is not said here again; the owner's API checks arguments as anybody's.
 */

const nothing = v.void();
const port = v.instance(MessagePort);

/** A method of the API. */
export const callTargetSchema = v.object({
  /** E.g. "volumes"; "instance" and "console" are those of the instance `id`. */
  resource: v.string(),
  id: v.nullable(v.string()),
  method: v.string(),
  /** Who calls: by the access key that their tab has signed in with (null: as the root user), from a script or the portal. */
  caller: v.optional(v.object({ accessKeyId: v.nullable(v.string()), origin: v.picklist(["api", "portal"]) })),
});
export type CallTarget = v.InferOutput<typeof callTargetSchema>;

/** What the owner does for a follower. */
export const ownerContract = {
  /** Arguments and result as a `Carriage` packs them. The follower has seen the state that the call has led to before it resolves. */
  call: { args: v.tuple([callTargetSchema, v.array(v.unknown())]), result: v.unknown(), deadlineMs: undefined },
  /** The follower has room for another update that it has not called for. */
  more: { args: v.tuple([]), result: nothing, deadlineMs: undefined },
} satisfies Contract;
export type OwnerContract = typeof ownerContract;

export const listUpdateSchema = v.object({
  /** Which there are, in their order; null when that has not changed. */
  ids: v.nullable(v.array(v.string())),
  /** Those that are new or have changed. */
  items: v.array(v.looseObject({ id: v.string() })),
});

/** What has changed since the last update; in the first one, everything. */
export const tabUpdateSchema = v.object({
  /** By resource. */
  lists: v.record(v.string(), listUpdateSchema),
  /** By resource, then by member. */
  values: v.record(v.string(), v.record(v.string(), v.unknown())),
  /** Resources whose `onChange` has fired. */
  fired: v.array(v.string()),
  /** Consoles that are new: what they have shown, and a port stream of what they show from now on. */
  consoles: v.array(v.object({ instanceId: v.string(), history: v.instance(Uint8Array), output: port })),
});
export type TabUpdate = v.InferOutput<typeof tabUpdateSchema>;

/** What a follower does for the owner. */
export const followerContract = {
  update: { args: v.tuple([tabUpdateSchema]), result: nothing, deadlineMs: undefined },
  /** The owner has let this follower go, because it took nothing for too long: it may connect again. */
  dropped: { args: v.tuple([]), result: nothing, deadlineMs: undefined },
} satisfies Contract;
export type FollowerContract = typeof followerContract;

/** A follower's call on the broadcast channel of a cloud: the owner comes to the meeting place. */
export const invitationSchema = v.object({ tabvisor: v.literal("meet"), place: v.string() });

/** What the follower gives the owner there. */
export const helloSchema = v.object({
  /** A Web Lock that the follower holds as long as it lives, and wants this connection. */
  lifeLock: v.string(),
  /** Where the owner serves `ownerContract`. */
  calls: port,
  /** Where the follower serves `followerContract`. */
  updates: port,
});
export type Hello = v.InferOutput<typeof helloSchema>;
