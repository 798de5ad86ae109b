import { Emitter } from "../../base/event.ts";
import { ConsoleBuffer } from "../../lifecycle/console-buffer.ts";
import type { InstanceSource } from "./backend.ts";
import { INSTANCE_PLAN, type InstanceFacts, membersOf } from "./plan.ts";

const FACTS = membersOf(INSTANCE_PLAN, "value") as (keyof InstanceFacts)[];

/** What is to be read of an instance, as plain data that can be sent. */
export function copyFacts(instance: InstanceFacts): InstanceFacts {
  const facts = Object.fromEntries(FACTS.map((name) => [name, instance[name]])) as unknown as InstanceFacts;
  const { boot } = instance;
  if (boot === null) return facts;
  const { phases, downloadedBytes, downloadTotalBytes, ready } = boot;
  return { ...facts, boot: { phases, downloadedBytes, downloadTotalBytes, ready } as InstanceFacts["boot"] };
}

/** An instance of the owner, as a follower last heard of it. */
export class InstanceCopy implements InstanceSource {
  readonly id: string;
  facts: InstanceFacts;
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  readonly #buffer = new ConsoleBuffer();
  #output = new AbortController();

  constructor(facts: InstanceFacts) {
    this.id = facts.id;
    this.facts = facts;
  }

  readonly console = {
    onData: (listener: (text: string) => void | Promise<void>) => this.#buffer.onData(listener),
    history: () => this.#buffer.history(),
  };

  changed(): void {
    this.#changed.fire();
  }

  /** Takes the console from an owner; what an earlier one had sent is no more. */
  follow(history: Uint8Array, output: ReadableStream<Uint8Array<ArrayBuffer>>): void {
    this.#output.abort();
    this.#output = new AbortController();
    this.#buffer.restore(history);
    // It ends with the owner, or with the instance: whoever waits for either hears of it elsewhere.
    this.#buffer.follow(output, this.#output.signal).catch(() => {});
  }

  gone(): void {
    this.#output.abort();
  }
}
