import type { Flow } from "../flow-log/flow.ts";
import type { FlowKey } from "./flow-key.ts";
import type { ConnectionState } from "./timeouts.ts";
import type { Direction, Verdict } from "./verdict.ts";

/** Where a connection is in the list of those in its state; lists are rings that begin and end in a link of their own. */
export interface Link {
  newer: Link;
  older: Link;
  connection: Connection | undefined;
}

/** One entry of an interface's table of connections. */
export class Connection implements Link {
  readonly protocol: number;
  readonly local: number;
  readonly localPort: number;
  readonly remote: number;
  readonly remotePort: number;
  /** The direction of the first packet: the rules of that direction have allowed it. */
  readonly opener: Direction;
  /** What all its packets get, so that none needs a new object. */
  readonly accepted: Verdict;
  readonly tracked: boolean;
  /** The state of the rules when they were last asked about it. */
  generation: number;
  state: ConnectionState;
  /** On the table's clock, in milliseconds. */
  lastSeen = 0;
  /** TCP: who has finished. UDP: `ingress` and `egress` are not used. */
  finished: Direction | undefined;
  /** The flow log's lines for both directions, as long as they are written to. */
  readonly flows: Record<Direction, Flow | undefined> = { ingress: undefined, egress: undefined };

  // The table's own.
  readonly hash: number;
  next: Connection | undefined;
  newer: Link = this;
  older: Link = this;
  readonly connection: Connection = this;

  constructor(key: FlowKey, hash: number, opening: Opening) {
    this.protocol = key.protocol;
    this.local = key.local;
    this.localPort = key.localPort;
    this.remote = key.remote;
    this.remotePort = key.remotePort;
    this.hash = hash;
    this.opener = opening.opener;
    this.accepted = opening.accepted;
    this.tracked = opening.accepted.tracking !== "untracked";
    this.generation = opening.generation;
    this.state = opening.state;
  }
}

export interface Opening {
  readonly opener: Direction;
  /** What the packets after the first get. */
  readonly accepted: Verdict;
  readonly state: ConnectionState;
  readonly generation: number;
}
