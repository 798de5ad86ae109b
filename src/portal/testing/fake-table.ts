import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";

/** Resources by id that tell when they change. */
export class FakeTable<T extends { readonly id: string }> {
  readonly #items = new Map<string, T>();
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  readonly #unknown: string;

  constructor(unknown: string) {
    this.#unknown = unknown;
  }

  list = (): T[] => [...this.#items.values()];

  get = (id: string): T => {
    const found = this.#items.get(id);
    if (found !== undefined) return found;
    throw new CloudError(this.#unknown, `'${id}' does not exist.`, { id });
  };

  set(item: T): T {
    this.#items.set(item.id, item);
    this.#changed.fire();
    return item;
  }

  delete(id: string): void {
    this.get(id);
    this.#items.delete(id);
    this.#changed.fire();
  }
}
