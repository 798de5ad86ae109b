import { DisposableStore } from "../../base/disposable.ts";
import { type CloudError, toCloudError } from "../../base/errors.ts";
import { RESIZE_SETTLE_MS, type SessionTerminal } from "../console/console-session.ts";
import { InputQueue } from "../console/input-queue.ts";
import type { TerminalSession } from "../console/use-terminal.ts";
import type { Shell, ShellRequest } from "./shell.ts";

export type ShellState =
  | { readonly kind: "opening" }
  | { readonly kind: "open" }
  /** It was open; what it says stays to be read. */
  | { readonly kind: "ended"; readonly why: string }
  | { readonly kind: "failed"; readonly error: CloudError };

/** Opens a shell; the signal says that nobody wants it any more. */
export type OpenShell = (request: ShellRequest, signal: AbortSignal) => Promise<Shell>;

interface ShellHandlers {
  readonly onState: (state: ShellState) => void;
  readonly onError: (header: string, thrown: unknown) => void;
}

/** Connects a terminal with a shell that is opened for it, and ended with it. */
export class ShellSession implements TerminalSession {
  readonly #terminal: SessionTerminal;
  readonly #handlers: ShellHandlers;
  readonly #owned = new DisposableStore();
  readonly #input: InputQueue;
  #shell: Shell | null = null;
  #resizeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(terminal: SessionTerminal, open: OpenShell, handlers: ShellHandlers) {
    this.#terminal = terminal;
    this.#handlers = handlers;
    this.#input = new InputQueue(
      async (bytes) => await this.#shell?.write(bytes),
      (thrown) => {
        // A shell that has ended takes along what was typed into it: that needs no message.
        if (this.#shell !== null) handlers.onError("Could not type into the shell", thrown);
      },
    );
    this.#owned.defer(() => clearTimeout(this.#resizeTimer));
    terminal.setReadOnly(true);
    // It tells of every end by itself.
    void this.#run(open);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  send(bytes: Uint8Array): void {
    if (this.#shell !== null) this.#input.push(bytes);
  }

  resized(): void {
    clearTimeout(this.#resizeTimer);
    this.#resizeTimer = setTimeout(() => {
      if (this.#terminal.fit()) this.#tellSize();
    }, RESIZE_SETTLE_MS);
  }

  async #run(open: OpenShell): Promise<void> {
    const abort = new AbortController();
    this.#owned.defer(() => abort.abort());
    this.#tell({ kind: "opening" });
    const decoder = new TextDecoder();
    const { columns, rows } = this.#terminal.size;
    const onOutput = (bytes: Uint8Array) => this.#terminal.write(decoder.decode(bytes, { stream: true }));
    try {
      const shell = await open({ columns, rows, onOutput }, abort.signal);
      this.#owned.defer(() => shell.close());
      this.#shell = shell;
      this.#terminal.setReadOnly(this.#owned.isDisposed);
      this.#tell({ kind: "open" });
      const now = this.#terminal.size;
      if (now.columns !== columns || now.rows !== rows) this.#tellSize();
      const why = await shell.ended;
      this.#end({ kind: "ended", why });
    } catch (thrown) {
      this.#end({ kind: "failed", error: toCloudError(thrown) });
    }
  }

  #end(state: ShellState): void {
    this.#shell = null;
    this.#input.clear();
    if (!this.#owned.isDisposed) {
      this.#terminal.setReadOnly(true);
      void this.#terminal.softReset();
    }
    this.#tell(state);
  }

  /** Who has left hears no more of it. */
  #tell(state: ShellState): void {
    if (!this.#owned.isDisposed) this.#handlers.onState(state);
  }

  #tellSize(): void {
    const { columns, rows } = this.#terminal.size;
    this.#shell?.resize(columns, rows).catch((thrown: unknown) => {
      if (this.#shell !== null) this.#handlers.onError("Could not tell the shell the terminal's size", thrown);
    });
  }
}
