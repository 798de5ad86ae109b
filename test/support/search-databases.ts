/**
 * Looks through everything that this origin has in IndexedDB, behind the store's back: every database, object store, key
 * and value. Gives, for each needle, the keys at which it stands in clear. Stands alone, so that a test can send it into a page.
 */
export async function searchDatabases(needles: readonly string[]): Promise<Record<string, string[]>> {
  const promised = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const decoder = new TextDecoder("latin1");
  /** All that a value holds, as text of one character a byte. */
  const textOf = (value: unknown): string => {
    if (value instanceof ArrayBuffer) return decoder.decode(value);
    if (ArrayBuffer.isView(value)) return decoder.decode(value);
    if (value instanceof CryptoKey) return JSON.stringify([value.type, value.extractable, value.algorithm]);
    if (value instanceof Object) return Object.entries(value).flat().map(textOf).join("\n");
    return String(value);
  };
  const found: Record<string, string[]> = Object.fromEntries(needles.map((needle) => [needle, []]));
  for (const { name = "" } of await indexedDB.databases()) {
    const database = await promised(indexedDB.open(name));
    for (const storeName of database.objectStoreNames) {
      const keys = await promised(database.transaction(storeName).objectStore(storeName).getAllKeys());
      for (const key of keys) {
        const value: unknown = await promised(database.transaction(storeName).objectStore(storeName).get(key));
        const text = `${textOf(key)}\n${textOf(value)}`;
        for (const needle of needles) if (text.includes(needle)) found[needle]?.push(`${name}: ${String(key)}`);
      }
    }
    database.close();
  }
  return found;
}
