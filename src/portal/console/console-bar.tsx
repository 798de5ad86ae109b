import Box from "@cloudscape-design/components/box";
import ButtonGroup from "@cloudscape-design/components/button-group";

export type ConsoleCommand = "copy" | "paste" | "screen-reader" | "full-screen";

interface ConsoleBarProps {
  readonly canPaste: boolean;
  readonly copied: boolean;
  readonly screenReader: boolean;
  readonly descriptionId: string;
  readonly onCommand: (command: ConsoleCommand) => void;
}

const CLIPBOARD = (
  <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d="M5 3H3v11h10V3h-2" />
    <path d="M5.5 1.5h5v3h-5z" />
  </svg>
);

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Under the terminal: its shortcuts in words, its commands as buttons. */
export function ConsoleBar({ canPaste, copied, screenReader, descriptionId, onCommand }: ConsoleBarProps) {
  const copyKey = isMac ? "⌘C" : "Ctrl+Shift+C";
  const pasteKey = isMac ? "⌘V" : "Ctrl+V";
  return (
    <div className="tv-console-bar">
      <Box variant="small" color="text-body-secondary">
        <span id={descriptionId} className="tv-console-shortcuts">
          {copyKey} copies, {pasteKey} pastes, Ctrl+Shift+X leaves the console
        </span>
      </Box>
      <ButtonGroup
        ariaLabel="Console commands"
        variant="icon"
        onItemClick={({ detail }) => onCommand(detail.id as ConsoleCommand)}
        items={[
          {
            type: "icon-button",
            id: "copy",
            iconName: "copy",
            text: "Copy the selection, or everything",
            ...(copied && { popoverFeedback: "Copied" }),
          },
          { type: "icon-button", id: "paste", iconSvg: CLIPBOARD, text: "Paste", disabled: !canPaste },
          {
            type: "icon-toggle-button",
            id: "screen-reader",
            iconName: "audio-off",
            pressedIconName: "audio-full",
            text: "Screen reader: read the output aloud",
            pressed: screenReader,
          },
          { type: "icon-button", id: "full-screen", iconName: "full-screen", text: "Full screen" },
        ]}
      />
    </div>
  );
}
