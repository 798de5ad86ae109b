import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import { type Disposable, DisposableStore, toDisposable } from "../../base/disposable.ts";
import { meaningOf } from "./keys.ts";
import { writeInSlices } from "./output.ts";
import { DARK_THEME, LIGHT_THEME } from "./theme.ts";

/** Lines that can be scrolled back to: some 10 MB of memory at 100 columns. */
const SCROLLBACK_LINES = 10_000;

/** WCAG 1.4.3 (AA), whatever colours the guest asks for. */
const CONTRAST = 4.5;

/**
 * Ends what a program that did not live to clean up may have left: alternate screen, mouse, paste mode, colours.
 * Not by ?1049l, which would also take the cursor to wherever it was last saved.
 */
const SOFT_RESET = "\x1b[?47l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?2004l\x1b[!p\x1b[0m\x1b[?25h";

export interface TerminalHandlers {
  /** Keys typed, text pasted, and the terminal's answers to the guest's questions. */
  onInput(bytes: Uint8Array): void;
  onCopied(): void;
  onCopyFailed(thrown: unknown): void;
  /** The key that leaves the console was pressed. */
  onLeave(): void;
}

/** xterm in an element of the page, set up for a guest's console. */
export class ConsoleTerminal implements Disposable {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #handlers: TerminalHandlers;
  readonly #owned = new DisposableStore();
  readonly #pendingWrites = new Set<() => void>();
  #isReplaying = false;

  constructor(host: HTMLElement, handlers: TerminalHandlers, options: { dark: boolean; screenReader: boolean }) {
    this.#handlers = handlers;
    this.#terminal = new Terminal({
      scrollback: SCROLLBACK_LINES,
      minimumContrastRatio: CONTRAST,
      cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      fontFamily: 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, "DejaVu Sans Mono", Consolas, monospace',
      fontSize: 14,
      // At 1 the underscore of some fonts lies below the row and is cut off.
      lineHeight: 1.2,
      theme: options.dark ? DARK_THEME : LIGHT_THEME,
      screenReaderMode: options.screenReader,
      linkHandler: { activate: (_event, uri) => openLink(uri) },
    });
    this.#owned.add(this.#terminal);
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.loadAddon(new WebLinksAddon((_event, uri) => openLink(uri)));
    this.#terminal.attachCustomKeyEventHandler((event) => this.#handleKey(event));
    this.#owned.add(this.#terminal.onData((text) => this.#input(new TextEncoder().encode(text))));
    this.#owned.add(this.#terminal.onBinary((text) => this.#input(Uint8Array.from(text, (c) => c.charCodeAt(0)))));
    this.#terminal.open(host);
  }

  get size(): { columns: number; rows: number } {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  /** Takes in output; resolves when it has, or when there is no terminal any more: the guest must not wait for it. */
  async write(text: string): Promise<void> {
    if (this.#owned.isDisposed) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#pendingWrites.delete(done);
        resolve();
      };
      this.#pendingWrites.add(done);
      void writeInSlices(this.#terminal, text).then(done);
    });
  }

  /** Shows output of earlier. The guest no longer waits for answers to the questions in it, so none are sent. */
  async replay(text: string): Promise<void> {
    this.#isReplaying = true;
    await this.write(text);
    this.#isReplaying = false;
  }

  /** Leaves the modes of a program that has ended with its machine; the text stays. */
  async softReset(): Promise<void> {
    await this.write(SOFT_RESET);
  }

  /** Fits the size in characters to the element; true when it has changed. Does nothing while that is not shown. */
  fit(): boolean {
    const before = this.size;
    const proposed = this.#fit.proposeDimensions();
    if (!proposed || Number.isNaN(proposed.cols) || !this.#terminal.element?.offsetParent) return false;
    this.#fit.fit();
    return before.columns !== this.size.columns || before.rows !== this.size.rows;
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** Whether what is typed goes anywhere. */
  setReadOnly(readOnly: boolean): void {
    this.#terminal.options.disableStdin = readOnly;
    this.#terminal.options.cursorInactiveStyle = readOnly ? "none" : "outline";
  }

  setDark(dark: boolean): void {
    this.#terminal.options.theme = dark ? DARK_THEME : LIGHT_THEME;
  }

  setScreenReader(on: boolean): void {
    this.#terminal.options.screenReaderMode = on;
  }

  /** Names the element that takes the keys, for screen readers. */
  describe(label: string, descriptionId: string): void {
    this.#terminal.textarea?.setAttribute("aria-label", label);
    this.#terminal.textarea?.setAttribute("aria-describedby", descriptionId);
  }

  /** Pastes text as the guest's program wants it: bracketed if it has asked for that. */
  paste(text: string): void {
    this.#terminal.paste(text);
  }

  /** Types text, as a key row does. */
  type(text: string): void {
    this.#terminal.input(text);
  }

  /** Copies the selection, or everything when nothing is selected. */
  copy(): void {
    const hasSelection = this.#terminal.hasSelection();
    if (!hasSelection) this.#terminal.selectAll();
    const text = this.#terminal.getSelection().replace(/\s+$/, "");
    this.#terminal.clearSelection();
    navigator.clipboard.writeText(text).then(
      () => this.#handlers.onCopied(),
      (thrown) => this.#handlers.onCopyFailed(thrown),
    );
  }

  onResize(listener: () => void): Disposable {
    return toDisposable(this.#terminal.onResize(listener).dispose);
  }

  dispose(): void {
    this.#owned.dispose();
    for (const done of [...this.#pendingWrites]) done();
  }

  #input(bytes: Uint8Array): void {
    if (!this.#isReplaying) this.#handlers.onInput(bytes);
  }

  /** xterm's contract: false keeps the key from the guest. */
  #handleKey(event: KeyboardEvent): boolean {
    const meaning = meaningOf(event, this.#terminal.hasSelection());
    if (meaning === "guest") return true;
    if (meaning === "copy" || meaning === "leave") event.preventDefault();
    if (meaning === "copy" && this.#terminal.hasSelection()) this.copy();
    if (meaning === "leave") this.#handlers.onLeave();
    return false;
  }
}

/** A link in the guest's output is the guest's word: it opens apart from this page, and only if it is a web page. */
function openLink(uri: string): void {
  if (/^https?:\/\//i.test(uri)) window.open(uri, "_blank", "noopener,noreferrer");
}
