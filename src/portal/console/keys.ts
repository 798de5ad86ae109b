/** What a key press in the console means to the page, before the guest sees it. */
export type KeyMeaning = "copy" | "paste" | "leave" | "browser" | "guest";

type KeyPress = Pick<KeyboardEvent, "type" | "key" | "code" | "ctrlKey" | "shiftKey" | "altKey" | "metaKey">;

/**
 * - Ctrl+Shift+C copies; Ctrl+C copies while text is selected, and else interrupts, as in other terminals.
 * - Ctrl+Shift+V and Ctrl+V are left to the browser, which then sends a `paste` event.
 * - Ctrl+Shift+X leaves the console: Tab belongs to the guest, so there must be another way out (WCAG 2.1.2).
 * - F11 and F12 stay the browser's: full screen and developer tools.
 */
export function meaningOf(press: KeyPress, hasSelection: boolean): KeyMeaning {
  if (press.type !== "keydown") return "guest";
  if (press.key === "F11" || press.key === "F12") return "browser";
  if (!press.ctrlKey || press.altKey || press.metaKey) return "guest";
  switch (press.code) {
    case "KeyC":
      return press.shiftKey || hasSelection ? "copy" : "guest";
    case "KeyV":
      return "paste";
    case "KeyX":
      return press.shiftKey ? "leave" : "guest";
    default:
      return "guest";
  }
}
