/** What there is between two endpoints, each an address and a port: looked up for each packet, so keys are numbers. */
export class EndpointMap<T> {
  readonly #byRemote = new Map<number, Map<number, T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(local: number, localPort: number, remote: number, remotePort: number): T | undefined {
    return this.#byRemote.get(keyOf(remote, remotePort))?.get(keyOf(local, localPort));
  }

  set(local: number, localPort: number, remote: number, remotePort: number, value: T): void {
    const remoteKey = keyOf(remote, remotePort);
    let byLocal = this.#byRemote.get(remoteKey);
    if (byLocal === undefined) {
      byLocal = new Map();
      this.#byRemote.set(remoteKey, byLocal);
    }
    const localKey = keyOf(local, localPort);
    if (!byLocal.has(localKey)) this.#size++;
    byLocal.set(localKey, value);
  }

  delete(local: number, localPort: number, remote: number, remotePort: number): boolean {
    const remoteKey = keyOf(remote, remotePort);
    const byLocal = this.#byRemote.get(remoteKey);
    if (!byLocal?.delete(keyOf(local, localPort))) return false;
    this.#size--;
    if (byLocal.size === 0) this.#byRemote.delete(remoteKey);
    return true;
  }

  clear(): void {
    this.#byRemote.clear();
    this.#size = 0;
  }

  *values(): Generator<T> {
    for (const byLocal of this.#byRemote.values()) yield* byLocal.values();
  }
}

/** 48 bits: exact in a number. */
const keyOf = (address: number, port: number): number => address * 0x10000 + port;
