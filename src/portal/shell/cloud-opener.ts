import type { Cloud } from "../../api/types.ts";
import { type CloudError, toCloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";

export type Opening =
  | { readonly status: "opening" }
  | { readonly status: "open"; readonly cloud: Cloud }
  | { readonly status: "failed"; readonly error: CloudError };

/** Opens the cloud, once at a time, and says how that went. */
export class CloudOpener {
  #opening: Opening = { status: "opening" };
  #busy = false;
  readonly #open: () => Promise<Cloud>;
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;

  constructor(open: () => Promise<Cloud>) {
    this.#open = open;
  }

  get opening(): Opening {
    return this.#opening;
  }

  /** Tries (again); never rejects. */
  async open(): Promise<void> {
    if (this.#busy || this.#opening.status === "open") return;
    this.#busy = true;
    this.#set({ status: "opening" });
    try {
      this.#set({ status: "open", cloud: await this.#open() });
    } catch (thrown) {
      this.#set({ status: "failed", error: toCloudError(thrown) });
    } finally {
      this.#busy = false;
    }
  }

  #set(opening: Opening): void {
    this.#opening = opening;
    this.#changed.fire();
  }
}
