import "./console.css";
import Button from "@cloudscape-design/components/button";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { useDarkMode } from "../shell/dark-mode.ts";
import { ConsoleBar, type ConsoleCommand } from "./console-bar.tsx";
import { KeyRow } from "./key-row.tsx";
import { loadScreenReaderPreference, saveScreenReaderPreference } from "./preferences.ts";
import { useFillHeight } from "./use-fill-height.ts";
import { type OpenSession, useTerminal } from "./use-terminal.ts";

const COPIED_SHOWN_MS = 2_000;

interface TerminalViewProps {
  /** What it is called: "Console". */
  readonly title: string;
  /** What screen readers call the element that takes the keys: "Console of web". */
  readonly label: string;
  readonly open: OpenSession;
  /** Whether what is typed goes anywhere. */
  readonly canType: boolean;
  /** Laid over the terminal; null shows it. */
  readonly overlay: ReactNode;
}

/** A terminal with its commands: as large as the window allows, ready to type into. */
export function TerminalView({ title, label, open, canType, overlay }: TerminalViewProps) {
  const { notifications } = usePortal();
  const frame = useRef<HTMLElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const skip = useRef<HTMLDivElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  const descriptionId = useId();
  const dark = useDarkMode();
  const [screenReader, setScreenReader] = useState(loadScreenReaderPreference);
  const [copied, showCopied] = useBriefly(COPIED_SHOWN_MS);
  const onError = (header: string, thrown: unknown) => notifications.showError(header, thrown);
  const terminal = useTerminal(host, open, {
    label,
    dark,
    screenReader,
    descriptionId,
    onLeave: () => skip.current?.querySelector("button")?.focus(),
    onCopied: showCopied,
    onError,
  });
  useFillHeight(frame);

  useEffect(() => {
    if (terminal && canType && mayTakeFocus(frame.current)) terminal.focus();
  }, [terminal, canType]);

  const paste = async () => {
    try {
      terminal?.paste(await navigator.clipboard.readText());
    } catch (thrown) {
      onError("Could not paste: the browser did not give the clipboard's text", thrown);
    }
    terminal?.focus();
  };
  const toggleFullScreen = () => {
    const done = document.fullscreenElement ? document.exitFullscreen() : frame.current?.requestFullscreen();
    done?.then(
      () => terminal?.focus(),
      (thrown) => onError("Could not change to full screen", thrown),
    );
  };
  const run = (command: ConsoleCommand) => {
    if (command === "copy") terminal?.copy();
    else if (command === "paste") void paste();
    else if (command === "full-screen") toggleFullScreen();
    else {
      saveScreenReaderPreference(!screenReader);
      setScreenReader(!screenReader);
    }
  };

  return (
    <section ref={frame} className="tv-console" aria-label={title}>
      <div ref={skip} className="tv-console-skip">
        <Button
          onClick={() => bar.current?.querySelector("button")?.focus()}
        >{`Skip past the ${title.toLowerCase()}`}</Button>
      </div>
      <div className="tv-console-surface">
        <div ref={host} className="tv-console-host" />
        {overlay !== null && <div className="tv-console-overlay">{overlay}</div>}
      </div>
      <KeyRow
        disabled={!canType}
        onKey={(text) => {
          terminal?.type(text);
          terminal?.focus();
        }}
      />
      <div ref={bar}>
        <ConsoleBar
          canPaste={canType}
          copied={copied}
          screenReader={screenReader}
          descriptionId={descriptionId}
          onCommand={run}
        />
      </div>
    </section>
  );
}

/** The keyboard is taken only from where nobody works: the page as a whole, its heading, or the console itself. */
function mayTakeFocus(frame: HTMLElement | null): boolean {
  const active = document.activeElement;
  if (active === null || active === document.body || active.tagName === "H1") return true;
  return frame?.contains(active) ?? false;
}

/** True for `ms` after each call. */
function useBriefly(ms: number): [boolean, () => void] {
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (count === 0) return;
    const timer = setTimeout(() => setCount(0), ms);
    return () => clearTimeout(timer);
  }, [count, ms]);
  return [count > 0, () => setCount((before) => before + 1)];
}
