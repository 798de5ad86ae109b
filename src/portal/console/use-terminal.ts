import { type RefObject, useEffect, useRef, useState } from "react";
import type { Instance } from "../../api/types.ts";
import { DisposableStore } from "../../base/disposable.ts";
import { ConsoleSession } from "./console-session.ts";
import { ConsoleTerminal } from "./terminal.ts";

interface TerminalOptions {
  readonly dark: boolean;
  readonly screenReader: boolean;
  readonly descriptionId: string;
  readonly onLeave: () => void;
  readonly onCopied: () => void;
  readonly onError: (header: string, thrown: unknown) => void;
}

/** A terminal in `host` for as long as the component lives, connected with the instance's console. */
export function useTerminal(host: RefObject<HTMLElement | null>, instance: Instance, options: TerminalOptions) {
  const latest = useRef(options);
  latest.current = options;
  const [terminal, setTerminal] = useState<ConsoleTerminal | null>(null);
  const [hasOutput, setHasOutput] = useState(() => instance.state !== "pending" && instance.console.history() !== "");

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const owned = new DisposableStore();
    const { dark, screenReader, descriptionId } = latest.current;
    let session: ConsoleSession | null = null;
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
    created.describe(`Console of ${instance.name || instance.id}`, descriptionId);
    created.fit();
    session = owned.add(
      new ConsoleSession(instance, created, {
        onOutput: () => setHasOutput(true),
        onError: (header, thrown) => latest.current.onError(header, thrown),
      }),
    );
    const observer = new ResizeObserver(() => session?.resized());
    observer.observe(element);
    owned.defer(() => observer.disconnect());
    setTerminal(created);
    return () => owned.dispose();
  }, [host, instance]);

  // A new boot begins with nothing to see.
  const isPending = instance.state === "pending";
  useEffect(() => {
    if (isPending) setHasOutput(false);
  }, [isPending]);

  useEffect(() => terminal?.setDark(options.dark), [terminal, options.dark]);
  useEffect(() => terminal?.setScreenReader(options.screenReader), [terminal, options.screenReader]);
  return { terminal, hasOutput };
}
