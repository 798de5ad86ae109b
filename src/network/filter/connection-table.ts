import { Connection, type Link, type Opening } from "./connection.ts";
import type { FlowKey } from "./flow-key.ts";
import { CONNECTION_STATES, type ConnectionState } from "./timeouts.ts";

const FIRST_BUCKETS = 64;

/**
 * The connections of an interface: found by who talks with whom, and in the order of their last packets, a list for each
 * state. All of it takes the same time however many there are. It does not bound itself: its owner asks for `size`.
 */
export class ConnectionTable {
  readonly #seed: number;
  #timeouts: Readonly<Record<ConnectionState, number>>;
  #buckets: (Connection | undefined)[] = new Array(FIRST_BUCKETS);
  #size = 0;
  #untracked = 0;
  readonly #lists = Object.fromEntries(CONNECTION_STATES.map((state) => [state, newList()])) as Record<
    ConnectionState,
    Link
  >;

  /** `seed`: so that nobody can choose ports that all come into one bucket. */
  constructor(seed: number, timeouts: Readonly<Record<ConnectionState, number>>) {
    this.#seed = seed;
    this.#timeouts = timeouts;
  }

  set timeouts(timeouts: Readonly<Record<ConnectionState, number>>) {
    this.#timeouts = timeouts;
  }

  get tracked(): number {
    return this.#size - this.#untracked;
  }

  get untracked(): number {
    return this.#untracked;
  }

  /** The connection with this key, unless its time is over at `time`. */
  find(key: FlowKey, time: number): Connection | undefined {
    const hash = this.#hashOf(key);
    let connection = this.#buckets[hash & (this.#buckets.length - 1)];
    while (connection !== undefined && !(connection.hash === hash && hasKey(connection, key)))
      connection = connection.next;
    if (connection === undefined || !this.#isOver(connection, time)) return connection;
    this.remove(connection);
    return undefined;
  }

  /** There must be none with this key. */
  add(key: FlowKey, opening: Opening, time: number): Connection {
    if (this.#size >= this.#buckets.length) this.#grow();
    const connection = new Connection(key, this.#hashOf(key), opening);
    this.#insert(connection);
    this.#size++;
    if (!connection.tracked) this.#untracked++;
    connection.lastSeen = time;
    append(this.#lists[connection.state], connection);
    return connection;
  }

  /** A packet of it has passed at `time`, after which it is in `state`. */
  touch(connection: Connection, state: ConnectionState, time: number): void {
    connection.lastSeen = time;
    connection.state = state;
    unlink(connection);
    append(this.#lists[state], connection);
  }

  remove(connection: Connection): void {
    unlink(connection);
    const bucket = connection.hash & (this.#buckets.length - 1);
    let before = this.#buckets[bucket];
    if (before === connection) this.#buckets[bucket] = connection.next;
    else {
      while (before?.next !== connection) before = before?.next;
      before.next = connection.next;
    }
    this.#size--;
    if (!connection.tracked) this.#untracked--;
  }

  /** The one in `state` whose last packet is longest ago. */
  oldest(state: ConnectionState): Connection | undefined {
    return this.#lists[state].newer.connection;
  }

  /** Forgets all whose time is over. */
  expire(time: number): void {
    for (const state of CONNECTION_STATES) {
      let oldest = this.oldest(state);
      while (oldest !== undefined && this.#isOver(oldest, time)) {
        this.remove(oldest);
        oldest = this.oldest(state);
      }
    }
  }

  /** All that are in `state`, oldest first. The one that is given may be removed. */
  *in(state: ConnectionState): Generator<Connection> {
    const list = this.#lists[state];
    for (let link = list.newer; link.connection !== undefined; ) {
      const { newer } = link;
      yield link.connection;
      link = newer;
    }
  }

  #isOver({ state, lastSeen }: Connection, time: number): boolean {
    return time - lastSeen > this.#timeouts[state];
  }

  #insert(connection: Connection): void {
    const bucket = connection.hash & (this.#buckets.length - 1);
    connection.next = this.#buckets[bucket];
    this.#buckets[bucket] = connection;
  }

  #grow(): void {
    const before = this.#buckets;
    this.#buckets = new Array(before.length * 2);
    for (let connection of before) {
      while (connection !== undefined) {
        const { next }: Connection = connection;
        this.#insert(connection);
        connection = next;
      }
    }
  }

  /** MurmurHash3's steps over the key's words. */
  #hashOf(key: FlowKey): number {
    let hash = mix(this.#seed, key.local);
    hash = mix(hash, key.remote);
    hash = mix(hash, (key.localPort << 16) | key.remotePort);
    hash ^= key.protocol;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}

function mix(hash: number, word: number): number {
  let scrambled = Math.imul(word, 0xcc9e2d51);
  scrambled = Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  const mixed = hash ^ scrambled;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

const hasKey = (connection: Connection, key: FlowKey): boolean =>
  connection.remotePort === key.remotePort &&
  connection.localPort === key.localPort &&
  connection.remote === key.remote &&
  connection.local === key.local &&
  connection.protocol === key.protocol;

function newList(): Link {
  const list: { newer?: Link; older?: Link; connection: undefined } = { connection: undefined };
  list.newer = list.older = list as Link;
  return list as Link;
}

function append(list: Link, link: Link): void {
  link.older = list.older;
  link.newer = list;
  list.older.newer = link;
  list.older = link;
}

function unlink(link: Link): void {
  link.older.newer = link.newer;
  link.newer.older = link.older;
}
