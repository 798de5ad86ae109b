import { type RefObject, useEffect, useRef, useState } from "react";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { ConsoleTerminal } from "./terminal.ts";

/** What a terminal is connected with. */
export interface TerminalSession extends Disposable {
  /** Takes what the terminal gives. */
  send(bytes: Uint8Array): void;
  /** The element's size has changed. */
  resized(): void;
}

type OnError = (header: string, thrown: unknown) => void;

/** Connects a new terminal, which has its first size. */
export type OpenSession = (terminal: ConsoleTerminal, onError: OnError) => TerminalSession;

interface TerminalOptions {
  /** Of the element that takes the keys, for screen readers. */
  readonly label: string;
  readonly dark: boolean;
  readonly screenReader: boolean;
  readonly descriptionId: string;
  readonly onLeave: () => void;
  readonly onCopied: () => void;
  readonly onError: OnError;
}

/** A terminal in `host` for as long as the component lives, connected by `open`; another `open` is another terminal. */
export function useTerminal(host: RefObject<HTMLElement | null>, open: OpenSession, options: TerminalOptions) {
  const latest = useRef(options);
  latest.current = options;
  const [terminal, setTerminal] = useState<ConsoleTerminal | null>(null);

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const owned = new DisposableStore();
    const { dark, screenReader, descriptionId, label } = latest.current;
    let session: TerminalSession | null = null;
    const created = owned.add(
      new ConsoleTerminal(
        element,
        {
          onInput: (bytes) => session?.send(bytes),
          onCopied: () => latest.current.onCopied(),
          onCopyFailed: (thrown) => latest.current.onError("Could not copy", thrown),
          onLeave: () => latest.current.onLeave(),
        },
        { dark, screenReader },
      ),
    );
    created.describe(label, descriptionId);
    created.fit();
    session = owned.add(open(created, (header, thrown) => latest.current.onError(header, thrown)));
    const observer = new ResizeObserver(() => session?.resized());
    observer.observe(element);
    owned.defer(() => observer.disconnect());
    setTerminal(created);
    return () => owned.dispose();
  }, [host, open]);

  useEffect(() => terminal?.setDark(options.dark), [terminal, options.dark]);
  useEffect(() => terminal?.setScreenReader(options.screenReader), [terminal, options.screenReader]);
  return terminal;
}
