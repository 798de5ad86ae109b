import { concat } from "../../../src/base/bytes.ts";
import { type CloudError, hasCode, toCloudError } from "../../../src/base/errors.ts";
import { errorFromAgent, unavailable, versionError } from "./agent-errors.ts";
import { type Frame, FrameReader } from "./frame-reader.ts";
import { FRAME, helloFrame, helloVersion, PROTOCOL_VERSION } from "./frames.ts";

/** What the protocol needs of a byte stream; a `VsockConnection` is one, and in tests a Unix socket. */
export interface AgentConnection {
  /** `undefined` at the end. Rejects when the connection breaks off. */
  read(): Promise<Uint8Array | undefined>;
  /** Keeps the order of the calls; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  reset(): void;
}

/** Opens a stream to the agent's port. */
export type OpenConnection = (signal: AbortSignal) => Promise<AgentConnection>;

/**
 * One session (A1): a connection on which a request was sent and whose HELLO has come. `end` must be called.
 * Every error of the connection comes out as `Agent.Unavailable`, or as the reason given to `end`.
 */
export class AgentSession {
  readonly #connection: AgentConnection;
  readonly #frames: FrameReader;
  #endedBy: CloudError | undefined;

  private constructor(connection: AgentConnection) {
    this.#connection = connection;
    this.#frames = new FrameReader(() => connection.read());
  }

  /** `signal` gives up, also while the agent has not said HELLO. */
  static async open(open: OpenConnection, request: Uint8Array, signal: AbortSignal): Promise<AgentSession> {
    let connection: AgentConnection;
    try {
      connection = await open(signal);
    } catch (thrown) {
      throw signal.aborted ? toCloudError(signal.reason) : lost(thrown);
    }
    const session = new AgentSession(connection);
    const onAbort = () => session.end(toCloudError(signal.reason));
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      if (signal.aborted) onAbort();
      // Without waiting in between (A4). When the agent takes no more, what it says tells why.
      session.send(concat([helloFrame(), request])).catch(() => {});
      await session.#receiveHello();
    } catch (thrown) {
      session.end();
      throw thrown;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    return session;
  }

  async send(frames: Uint8Array): Promise<void> {
    try {
      await this.#connection.write(frames);
    } catch (thrown) {
      throw this.#endedBy ?? lost(thrown);
    }
  }

  /** The next frame. An ERROR is thrown as what it says; so is the end of the stream, which never comes in order. */
  async receive(): Promise<Frame> {
    let frame: Frame | undefined;
    try {
      frame = await this.#frames.next();
    } catch (thrown) {
      throw this.#endedBy ?? (hasCode(thrown, "Agent.Protocol") ? thrown : lost(thrown));
    }
    if (frame === undefined) throw this.#endedBy ?? lost(undefined);
    if (frame.type === FRAME.error) throw errorFromAgent(frame.payload);
    return frame;
  }

  /** Drops the connection (A5, A6). What still waits rejects with `reason`. */
  end(reason?: CloudError): void {
    this.#endedBy ??= reason;
    this.#connection.reset();
  }

  async #receiveHello(): Promise<void> {
    const frame = await this.receive();
    const version = frame.type === FRAME.hello ? helloVersion(frame.payload) : undefined;
    if (version !== PROTOCOL_VERSION) throw versionError(version);
  }
}

function lost(cause: unknown): CloudError {
  return unavailable("The connection to the guest's agent broke off. Try again when the guest is ready.", cause);
}
