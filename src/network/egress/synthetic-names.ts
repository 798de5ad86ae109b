/**
 * Addresses for names that nobody looks up: what is sent to one goes to its name, which the relay or the page's fetch looks
 * up. They are of 198.19.0.0/16, which nobody has (RFC 2544; its lower half are the cloud's public addresses), and stay the
 * name's as long as it is among the last ones.
 */
export class SyntheticNames {
  readonly #addresses = new Map<string, number>();
  readonly #names = new Map<number, string>();
  #next = 1;

  addressOf(name: string): number {
    const known = this.#addresses.get(name);
    const address = known ?? FIRST + (this.#next++ % MAX_NAMES);
    if (known === undefined) {
      this.#addresses.delete(this.#names.get(address) ?? "");
      this.#names.set(address, name);
      this.#addresses.set(name, address);
    }
    return address;
  }

  nameOf(address: number): string | undefined {
    return this.#names.get(address);
  }
}

/** 198.19.0.0, and as many as the block has. */
const FIRST = 0xc6130000;
const MAX_NAMES = 2 ** 16;
