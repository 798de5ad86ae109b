const SCREEN_READER = "tabvisor.console.screen-reader";

/** Whether the console speaks its output; kept in this browser. Without storage it is off at every visit. */
export function loadScreenReaderPreference(): boolean {
  try {
    return localStorage.getItem(SCREEN_READER) === "on";
  } catch {
    return false;
  }
}

export function saveScreenReaderPreference(on: boolean): void {
  try {
    localStorage.setItem(SCREEN_READER, on ? "on" : "off");
  } catch {
    // A preference that cannot be kept holds for this visit.
  }
}
