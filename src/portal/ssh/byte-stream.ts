import { BaseStream } from "@microsoft/dev-tunnels-ssh";
import { Buffer } from "buffer";
import { type CloudError, toCloudError } from "../../base/errors.ts";

/** A TCP connection, as `instance.connect(port)` gives it. */
export interface ByteStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  close(): Promise<void>;
}

/** A connection in the form that the library reads from and writes to. */
export class LibraryStream extends BaseStream {
  readonly #stream: ByteStream;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #failure: CloudError | null = null;
  #rest: Uint8Array = new Uint8Array();

  constructor(stream: ByteStream) {
    super();
    this.#stream = stream;
    this.#reader = stream.readable.getReader();
    this.#writer = stream.writable.getWriter();
    // What the connection ends with is told by the read that meets it.
    this.#reader.closed.catch(() => {});
    this.#writer.closed.catch(() => {});
  }

  /** What the connection failed with; null while it has not. */
  get failure(): CloudError | null {
    return this.#failure;
  }

  /** Asked for one piece after the other: what is not asked for stays in the connection, which holds the sender back. */
  override async read(count: number): Promise<Buffer | null> {
    try {
      while (this.#rest.length === 0) {
        const { done, value } = await this.#reader.read();
        if (done) return null;
        this.#rest = value;
      }
    } catch (thrown) {
      throw this.#failed(thrown);
    }
    const { buffer, byteOffset } = this.#rest;
    const piece = Buffer.from(buffer, byteOffset, Math.min(count, this.#rest.length));
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** The library uses its buffer again: what the connection gets is a copy. */
  override async write(data: Buffer): Promise<void> {
    try {
      await this.#writer.write(new Uint8Array(data));
    } catch (thrown) {
      throw this.#failed(thrown);
    }
  }

  override async close(): Promise<void> {
    this.dispose();
  }

  override dispose(): void {
    if (this.disposed) return;
    super.dispose();
    // Whoever has lost interest in a connection does not wait for its end, nor for what that fails with.
    this.#stream.close().catch(() => {});
  }

  #failed(thrown: unknown): CloudError {
    const failure = toCloudError(thrown, "Ssh.Disconnected");
    // What a connection fails with once it was closed is nobody's failure.
    if (!this.disposed) this.#failure ??= failure;
    return failure;
  }
}
