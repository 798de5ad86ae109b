import { toCloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { adviceFor } from "./advice.ts";

export interface Notification {
  readonly id: string;
  readonly kind: "error" | "warning" | "success" | "info";
  readonly header: string;
  readonly message: string;
  /** An error's code, e.g. `InsufficientInstanceCapacity`. */
  readonly code: string | null;
  /** What to do about it. */
  readonly advice: string | null;
  /** How often it has been shown since it was last dismissed. */
  readonly count: number;
}

/** More flashes than these cover the page; the oldest go. */
const MAX_NOTIFICATIONS = 10;

/** The flash messages on the screen. The same message again counts up instead of filling the page. */
export class NotificationCenter {
  #items: readonly Notification[] = [];
  #nextId = 1;
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;

  get items(): readonly Notification[] {
    return this.#items;
  }

  /** Shows any thrown value: its code, its message and what to do. */
  showError(header: string, thrown: unknown): void {
    const { code, message } = toCloudError(thrown);
    this.show({ kind: "error", header, message, code, advice: adviceFor(code) });
  }

  show(notification: Omit<Notification, "id" | "count">): void {
    const { kind, header, message, code } = notification;
    const same = this.#items.find(
      (item) => item.kind === kind && item.header === header && item.message === message && item.code === code,
    );
    if (same) {
      this.#set(this.#items.map((item) => (item === same ? { ...item, count: item.count + 1 } : item)));
      return;
    }
    const added = { ...notification, id: `notification-${this.#nextId++}`, count: 1 };
    this.#set([added, ...this.#items].slice(0, MAX_NOTIFICATIONS));
  }

  dismiss(id: string): void {
    this.#set(this.#items.filter((item) => item.id !== id));
  }

  #set(items: readonly Notification[]): void {
    this.#items = items;
    this.#changed.fire();
  }
}
