import Button from "@cloudscape-design/components/button";

const KEYS: readonly { readonly label: string; readonly text: string }[] = [
  { label: "Esc", text: "\x1b" },
  { label: "Tab", text: "\t" },
  { label: "Ctrl+C", text: "\x03" },
  { label: "Ctrl+D", text: "\x04" },
  { label: "↑", text: "\x1b[A" },
  { label: "↓", text: "\x1b[B" },
  { label: "←", text: "\x1b[D" },
  { label: "→", text: "\x1b[C" },
  { label: "|", text: "|" },
  { label: "/", text: "/" },
  { label: "~", text: "~" },
  { label: "-", text: "-" },
];

const SPOKEN: Readonly<Record<string, string>> = { "↑": "Up", "↓": "Down", "←": "Left", "→": "Right", "|": "Pipe" };

/** Keys that a phone's keyboard does not have; shown on touch screens only. */
export function KeyRow({ onKey, disabled }: { onKey: (text: string) => void; disabled: boolean }) {
  return (
    <div className="tv-console-keys" role="toolbar" aria-label="Keys">
      {KEYS.map(({ label, text }) => (
        <Button
          key={label}
          wrapText={false}
          disabled={disabled}
          ariaLabel={SPOKEN[label] ?? label}
          onClick={() => onKey(text)}
        >
          {label}
        </Button>
      ))}
    </div>
  );
}
