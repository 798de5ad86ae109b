import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposable.ts";
import { CloudError } from "../../base/errors.ts";
import type { HttpConnection } from "../http/message.ts";
import {
  CLOSE,
  connectPayload,
  INFO_PAYLOAD,
  numberIn,
  parseWisp,
  WISP,
  type WispPacket,
  wispPacket,
} from "./wisp-packet.ts";
import { WispStream } from "./wisp-stream.ts";

/** What is used of a WebSocket. */
export type WispSocket = Pick<
  WebSocket,
  "binaryType" | "readyState" | "send" | "close" | "onmessage" | "onclose" | "onerror"
>;

export interface WispRelayOptions {
  /** "wss://…/", with a slash at its end. */
  readonly url: string;
  readonly clock: Clock;
  /** `new WebSocket(url)`. */
  openSocket(url: string): WispSocket;
}

/** Milliseconds until the relay has said how much it takes. */
const OPEN_TIMEOUT_MS = 15_000;

interface Session {
  readonly socket: WispSocket;
  readonly streams: Map<number, WispStream>;
  /** Packets that the relay takes of a stream before it says more. */
  readonly credit: number;
}

/** TCP to anywhere, by a Wisp relay (version 1, which those of version 2 speak too): many streams over one WebSocket. */
export class WispRelay implements Disposable {
  readonly #options: WispRelayOptions;
  #session: Promise<Session> | undefined;
  #open: Session | undefined;
  #nextStream = 1;
  #isDisposed = false;

  constructor(options: WispRelayOptions) {
    this.#options = options;
  }

  /**
   * A connection to a host, by name or address. Wisp says nothing when it is open: what is written waits at the relay, and a
   * host that refuses or does not answer ends the stream (`Network.ConnectionReset`). Rejects with
   * `Network.RelayUnavailable` when the relay cannot be reached.
   */
  async connect(host: string, port: number): Promise<HttpConnection> {
    if (this.#isDisposed) throw unavailable(this.#options.url, "it is closed");
    this.#session ??= this.#openSession();
    const { socket, streams, credit } = await this.#session;
    const id = this.#nextStream++;
    const stream = new WispStream(credit, {
      clock: this.#options.clock,
      data: (bytes) => socket.send(wispPacket(WISP.data, id, bytes)),
      close: (reason) => {
        if (streams.delete(id)) socket.send(wispPacket(WISP.close, id, Uint8Array.of(reason)));
      },
    });
    streams.set(id, stream);
    socket.send(wispPacket(WISP.connect, id, connectPayload(host, port)));
    return stream;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#open?.socket.close();
  }

  async #openSession(): Promise<Session> {
    const { url, clock, openSocket } = this.#options;
    return await new Promise<Session>((resolve, reject) => {
      const socket = openSocket(url);
      socket.binaryType = "arraybuffer";
      let session: Session | undefined;
      const end = (why: string) => {
        cancel();
        // The next connection asks anew.
        this.#session = undefined;
        this.#open = undefined;
        // What it still says is about nothing: another one may be open by then.
        socket.onclose = socket.onerror = socket.onmessage = null;
        socket.close();
        reject(unavailable(url, why));
        for (const stream of session?.streams.values() ?? []) stream.fail(unavailable(url, why));
        session?.streams.clear();
      };
      const cancel = clock.setTimer(OPEN_TIMEOUT_MS, () => end("it does not answer"));
      socket.onerror = () => end("it cannot be reached");
      socket.onclose = () => end("it has closed the connection");
      socket.onmessage = ({ data }) => {
        const packet = data instanceof ArrayBuffer ? parseWisp(new Uint8Array(data)) : undefined;
        if (packet === undefined) return end("it does not speak Wisp");
        if (session !== undefined) return receive(session, packet);
        if (packet.type === WISP.info) socket.send(wispPacket(WISP.info, 0, INFO_PAYLOAD));
        if (packet.type !== WISP.continue || packet.stream !== 0) return;
        cancel();
        session = { socket, streams: new Map(), credit: numberIn(packet.payload) };
        this.#open = session;
        resolve(session);
      };
    });
  }
}

function receive({ streams }: Session, { type, stream, payload }: WispPacket): void {
  const one = streams.get(stream);
  if (type === WISP.data) one?.receive(payload);
  else if (type === WISP.continue) one?.grant(numberIn(payload));
  else if (type === WISP.close) {
    streams.delete(stream);
    one?.end(payload[0] ?? CLOSE.voluntary);
  }
}

const unavailable = (url: string, why: string) =>
  new CloudError("Network.RelayUnavailable", `The Wisp relay ${url} cannot be used: ${why}.`, { url });
