/** How a cloud's data keys are kept. */
export interface EncryptionState {
  /** "browser-key": by a key that the browser keeps. "passphrase": by one that only the passphrase gives. */
  readonly kind: "browser-key" | "passphrase";
  /** The passphrase has not been given: what needs a key fails with `Volume.KeyUnavailable`. */
  readonly locked: boolean;
}
