import type { Event } from "../base/event.ts";
import type { StateEvent } from "../cloud/events/cloud-events.ts";

export type { StateEvent } from "../cloud/events/cloud-events.ts";

/**
 * Every change of the state of every resource: instances, volumes and their attachments, snapshots, images, key pairs, launch
 * templates. In order, in all tabs, as whoever works in the tab may see them: `UnauthorizedOperation` where they may not.
 */
export interface Events {
  /** The latest 500, oldest first. They begin when a tab begins to run the cloud. */
  list(): StateEvent[];
  /** A tab that is behind by more than 500 misses the oldest. */
  readonly onEvent: Event<StateEvent>;
}
