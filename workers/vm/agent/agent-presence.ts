import { type Clock, systemClock, withDeadline } from "../../../src/base/clock.ts";
import { CloudError, hasCode, toCloudError } from "../../../src/base/errors.ts";
import { unavailable, versionError } from "./agent-errors.ts";
import type { AgentConnection } from "./agent-session.ts";
import { FrameReader } from "./frame-reader.ts";
import { ERROR_KIND, errorFrame, FRAME, helloFrame, helloVersion, PayloadReader, PROTOCOL_VERSION } from "./frames.ts";

/** What the agent says of itself when it connects. */
export interface AgentIdentity {
  readonly agentVersion: number;
  readonly bootId: string;
  readonly hostname: string;
  readonly kernel: string;
}

export interface PresenceListener {
  onReady(identity: AgentIdentity): void;
  /** The control connection ended; what runs must be given up (A3). */
  onLost(reason: CloudError): void;
}

/** From the guest's connection to its READY: a few milliseconds, unless something else than the agent connected. */
const INTRODUCTION_MS = 10_000;

interface Waiter {
  resolve(): void;
  reject(error: CloudError): void;
}

/** Whether the guest's agent is there: it connects to us (A2) and stays connected. */
export class AgentPresence {
  readonly #listener: PresenceListener;
  readonly #clock: Clock;
  #current: { connection: AgentConnection; identity: AgentIdentity } | undefined;
  /** Why waiting makes no sense: the machine is off, or its agent speaks another version. */
  #hopeless: CloudError | undefined;
  #waiters = new Set<Waiter>();

  constructor(listener: PresenceListener, clock: Clock = systemClock) {
    this.#listener = listener;
    this.#clock = clock;
  }

  get identity(): AgentIdentity | undefined {
    return this.#current?.identity;
  }

  /** A connection of the guest to the control port. Never rejects: what comes of it is told to the listener. */
  async accept(connection: AgentConnection): Promise<void> {
    const frames = new FrameReader(() => connection.read());
    let lastWords: CloudError | undefined;
    try {
      const introduction = this.#introduce(connection, frames);
      const identity = await withDeadline(this.#clock, INTRODUCTION_MS, introduction, "The agent's introduction");
      this.#arrived(connection, identity);
      // It says nothing more; this ends when the connection does.
      while ((await frames.next()) !== undefined);
    } catch (thrown) {
      lastWords = toCloudError(thrown);
    }
    connection.reset();
    if (this.#current?.connection === connection) {
      this.#leave(
        unavailable("The guest's agent has gone: it was ended, or the guest goes down or restarts.", lastWords),
      );
    } else if (hasCode(lastWords, "Agent.ProtocolVersion")) {
      this.#giveUp(lastWords);
    }
  }

  /** Resolves when the agent is there. Rejects with `Agent.Unavailable` after `limitMs`, or at once when hopeless. */
  async ready(limitMs: number): Promise<void> {
    if (this.#current !== undefined) return;
    if (this.#hopeless !== undefined) throw this.#hopeless;
    await new Promise<void>((resolve, reject) => {
      const finish = (settle: () => void) => {
        cancel();
        this.#waiters.delete(waiter);
        settle();
      };
      const waiter: Waiter = { resolve: () => finish(resolve), reject: (error) => finish(() => reject(error)) };
      const cancel = this.#clock.setTimer(limitMs, () => waiter.reject(tooLong(limitMs)));
      this.#waiters.add(waiter);
    });
  }

  /** The machine is off, or about to be thrown away: everything that waits, or comes, rejects with `reason`. */
  close(reason: CloudError): void {
    this.#giveUp(reason);
    const connection = this.#current?.connection;
    this.#leave(reason);
    connection?.reset();
  }

  async #introduce(connection: AgentConnection, frames: FrameReader): Promise<AgentIdentity> {
    const hello = await frames.next();
    const version = hello?.type === FRAME.hello ? helloVersion(hello.payload) : undefined;
    if (version === undefined) throw new CloudError("Agent.Protocol", "Not the agent connected to its port.");
    await connection.write(helloFrame());
    if (version !== PROTOCOL_VERSION) {
      await connection.write(errorFrame(ERROR_KIND.version, `this host speaks version ${PROTOCOL_VERSION}`));
      throw versionError(version);
    }
    const ready = await frames.next();
    if (ready?.type !== FRAME.ready) throw new CloudError("Agent.Protocol", "The agent said HELLO, but not READY.");
    const fields = new PayloadReader(ready.payload);
    return {
      agentVersion: fields.u32(),
      bootId: fields.string(),
      hostname: fields.string(),
      kernel: fields.string(),
    };
  }

  #arrived(connection: AgentConnection, identity: AgentIdentity): void {
    // A second agent, or the first one's successor before we heard of its end: the latest counts.
    const previous = this.#current?.connection;
    if (previous !== undefined) this.#leave(unavailable("The guest's agent was started anew."));
    previous?.reset();
    this.#current = { connection, identity };
    this.#hopeless = undefined;
    for (const waiter of [...this.#waiters]) waiter.resolve();
    this.#listener.onReady(identity);
  }

  #leave(reason: CloudError): void {
    if (this.#current === undefined) return;
    this.#current = undefined;
    this.#listener.onLost(reason);
  }

  #giveUp(reason: CloudError): void {
    this.#hopeless = reason;
    for (const waiter of [...this.#waiters]) waiter.reject(reason);
  }
}

function tooLong(limitMs: number): CloudError {
  return new CloudError(
    "Agent.Unavailable",
    `The guest's agent did not report within ${limitMs / 1000} s. Look at the console: the guest may still be booting, may have failed to, or its image may have no agent.`,
    { timeoutMs: limitMs },
  );
}
