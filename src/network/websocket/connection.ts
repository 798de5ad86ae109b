import { concat } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { CloudError, toCloudError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { ByteReader } from "../http/byte-reader.ts";
import type { HttpConnection } from "../http/message.ts";
import {
  CLOSE_CODE,
  clientFrame,
  MAX_CONTROL,
  OPCODE,
  type Opcode,
  readServerFrame,
  WebSocketError,
} from "./frames.ts";

export type WebSocketMessage = string | Uint8Array<ArrayBuffer>;

/** How it has ended. `wasClean`: both sides have said so. */
export interface WebSocketClose {
  /** RFC 6455 §7.4; 1005: the other side named none; 1006: the connection was lost. */
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

export interface WebSocketOptions {
  /** Empty: none. */
  readonly protocol: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Of a message: it is held whole, twice where it is passed on. */
export const MAX_MESSAGE = 16 << 20;
/** Of a message, each some hundred bytes of memory beside what is in it. */
const MAX_PIECES = 1 << 16;
/** Until the other side has agreed that it is over. */
const CLOSE_TIMEOUT_MS = 5000;
/** What a call of `close` may name (WebSockets standard, `close()`), and what a page says that is left (1001). */
const isCloseCode = (code: number): boolean => code === 1000 || code === 1001 || (code >= 3000 && code <= 4999);
/** What may come in a frame (RFC 6455 §7.4.1 and IANA's list). */
const isSentCode = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999);

/**
 * A client's end of a WebSocket: messages each way, with backpressure. What is not read holds the other side back. Pings are
 * answered; pieces of a message are put together.
 */
export class WebSocketConnection {
  readonly protocol: string;
  /** Ends when the connection has been closed; errors when it was lost, or the server broke the rules. */
  readonly readable: ReadableStream<WebSocketMessage>;
  /** Closing it is `close()`. */
  readonly writable: WritableStream<string | Uint8Array>;
  /** Never rejects. */
  readonly closed: Promise<WebSocketClose>;
  readonly #connection: HttpConnection;
  readonly #options: WebSocketOptions;
  readonly #reader: ByteReader;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #read!: ReadableStreamDefaultController<WebSocketMessage>;
  #write!: WritableStreamDefaultController;
  #settle!: (how: WebSocketClose) => void;
  #onWanted: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #isClosing = false;
  #isOver = false;

  constructor(connection: HttpConnection, options: WebSocketOptions) {
    this.protocol = options.protocol;
    this.#connection = connection;
    this.#options = options;
    this.#reader = new ByteReader(connection.readable);
    this.#writer = connection.writable.getWriter();
    this.#writer.closed.catch(() => undefined);
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.readable = new ReadableStream<WebSocketMessage>(
      {
        start: (controller) => {
          this.#read = controller;
        },
        pull: () => this.#onWanted?.(),
        cancel: () => this.#beginClosing(),
      },
      { highWaterMark: 1 },
    );
    this.writable = new WritableStream<string | Uint8Array>({
      start: (controller) => {
        this.#write = controller;
      },
      write: async (message) => {
        if (this.#isClosing) throw closing();
        if (typeof message === "string") await this.#send(OPCODE.text, new TextEncoder().encode(message));
        else await this.#send(OPCODE.binary, message);
      },
      close: () => this.#beginClosing(),
      abort: () => this.#beginClosing(),
    });
    void this.#run();
  }

  /**
   * Ends it in order, after what was written; what still comes is passed over. A server that does not agree within 5 s is left.
   * Throws `InvalidParameterValue` for a code that is none of 1000, 1001 and 3000 to 4999, or a reason of more than 123 bytes.
   */
  close(code?: number, reason = ""): void {
    if (code !== undefined && !isCloseCode(code))
      throw invalid(`The code ${code} is none: 1000, 1001 and 3000 to 4999 are.`);
    if (new TextEncoder().encode(reason).length > MAX_CONTROL - 2)
      throw invalid("The reason is longer than 123 bytes.");
    if (code === undefined && reason !== "") throw invalid("A reason needs a code.");
    this.#beginClosing(code, reason);
  }

  /** Ends it at once. */
  abort(reason?: unknown): void {
    this.#end(toCloudError(reason ?? closing(), "Network.ConnectionAborted"));
  }

  #beginClosing(code?: number, reason = ""): void {
    if (this.#isClosing || this.#isOver) return;
    this.#isClosing = true;
    this.#cancelTimer = this.#options.clock.setTimer(CLOSE_TIMEOUT_MS, () => this.#end(closing()));
    // What fails is the connection, which is told by the reading end.
    this.#send(OPCODE.close, closePayload(code, reason)).catch(() => undefined);
    this.#onWanted?.();
  }

  async #send(opcode: Opcode, payload: Uint8Array): Promise<void> {
    await this.#writer.write(clientFrame(opcode, payload, this.#options.random.bytes(4)));
  }

  /** Reads until it is over. Never rejects. */
  async #run(): Promise<void> {
    try {
      const how = await this.#receive();
      if (!this.#isClosing) await this.#send(OPCODE.close, how.payload);
      this.#finish({ code: how.code, reason: how.reason, wasClean: true });
      await this.#writer.close();
      await this.#reader.cancel();
    } catch (thrown) {
      if (thrown instanceof WebSocketError && !this.#isClosing) {
        // That the server is told why is a courtesy.
        await this.#send(OPCODE.close, closePayload(thrown.closeCode, "")).catch(() => undefined);
      }
      this.#end(toCloudError(thrown, "Network.ConnectionReset"));
    }
  }

  /** Hands messages on until the other side says that it is over. */
  async #receive(): Promise<{ code: number; reason: string; payload: Uint8Array }> {
    let pieces: Uint8Array[] = [];
    let kind: Opcode | undefined;
    let length = 0;
    for (;;) {
      const frame = await readServerFrame(this.#reader, Math.max(MAX_CONTROL, MAX_MESSAGE - length));
      if (frame === undefined) throw new CloudError("Network.ConnectionReset", "The server has gone without a word.");
      const { opcode, payload, isFinal } = frame;
      if (opcode === OPCODE.close) return readClose(payload);
      if (opcode === OPCODE.ping && !this.#isClosing) await this.#send(OPCODE.pong, payload);
      if (opcode >= OPCODE.close) continue;
      if ((opcode === OPCODE.continuation) !== (kind !== undefined)) throw outOfPlace();
      kind ??= opcode;
      if (payload.length > 0) pieces.push(payload);
      length += payload.length;
      if (length > MAX_MESSAGE || pieces.length > MAX_PIECES) {
        throw new WebSocketError(CLOSE_CODE.tooBig, `A message is longer than ${MAX_MESSAGE} bytes, or in crumbs.`);
      }
      if (!isFinal) continue;
      const whole = pieces.length === 1 && length === payload.length ? payload : concat(pieces);
      const message = kind === OPCODE.text ? textOf(whole) : whole;
      [pieces, kind, length] = [[], undefined, 0];
      if (this.#isClosing) continue;
      this.#read.enqueue(message);
      await this.#wanted();
    }
  }

  async #wanted(): Promise<void> {
    while ((this.#read.desiredSize ?? 0) <= 0 && !this.#isClosing && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#onWanted = resolve;
      });
    }
  }

  #finish(how: WebSocketClose, error?: CloudError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#onWanted?.();
    this.#write.error(error ?? closing());
    // It may have been cancelled by who reads it.
    try {
      if (error === undefined) this.#read.close();
      else this.#read.error(error);
    } catch {
      // Then there is nobody to tell.
    }
    this.#settle(how);
  }

  #end(error: CloudError): void {
    this.#finish({ code: CLOSE_CODE.lost, reason: "", wasClean: false }, error);
    this.#connection.abort(error);
  }
}

function closePayload(code: number | undefined, reason: string): Uint8Array {
  if (code === undefined) return new Uint8Array(0);
  return concat([Uint8Array.of(code >> 8, code & 255), new TextEncoder().encode(reason)]);
}

function readClose(payload: Uint8Array): { code: number; reason: string; payload: Uint8Array } {
  if (payload.length === 0) return { code: CLOSE_CODE.noStatus, reason: "", payload };
  const code = (payload[0] as number) * 256 + (payload[1] ?? 0);
  if (payload.length === 1 || !isSentCode(code)) {
    throw new WebSocketError(CLOSE_CODE.protocol, "The server closes with a code that is none.");
  }
  const reason = textOf(payload.subarray(2));
  return { code, reason, payload: payload.slice(0, 2) };
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new WebSocketError(CLOSE_CODE.notText, "A text of the server is not UTF-8.");
  }
}

const outOfPlace = () => new WebSocketError(CLOSE_CODE.protocol, "A piece of a message is out of its place.");

const closing = () => new CloudError("Network.ConnectionClosed", "The WebSocket has been closed.");

const invalid = (text: string) => new CloudError("InvalidParameterValue", text);
