import { ChannelRequestMessage, type SshDataWriter } from "@microsoft/dev-tunnels-ssh";
import { Buffer } from "buffer";

/** In characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** RFC 4254 §8: no modes are told, so the server's own apply. */
const NO_MODES = Buffer.from([0]);

function writeSize(writer: SshDataWriter, { columns, rows }: TerminalSize): void {
  writer.writeUInt32(columns);
  writer.writeUInt32(rows);
  // Width and height in pixels: not known, and zero is passed over.
  writer.writeUInt32(0);
  writer.writeUInt32(0);
}

/** "pty-req" (RFC 4254 §6.2). */
export class TerminalRequest extends ChannelRequestMessage {
  readonly #terminal: string;
  readonly #size: TerminalSize;

  constructor(terminal: string, size: TerminalSize) {
    super("pty-req", true);
    this.#terminal = terminal;
    this.#size = size;
  }

  protected override onWrite(writer: SshDataWriter): void {
    super.onWrite(writer);
    writer.writeString(this.#terminal, "ascii");
    writeSize(writer, this.#size);
    writer.writeBinary(NO_MODES);
  }
}

/** "window-change" (RFC 4254 §6.7). */
export class SizeRequest extends ChannelRequestMessage {
  readonly #size: TerminalSize;

  constructor(size: TerminalSize) {
    super("window-change", false);
    this.#size = size;
  }

  protected override onWrite(writer: SshDataWriter): void {
    super.onWrite(writer);
    writeSize(writer, this.#size);
  }
}
