import { CloudError, reportUncaught, toCloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { newId } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import type { StoreOperation } from "../../store/key-value-store.ts";
import type { Change } from "../record-table.ts";
import type { Registry } from "../registry.ts";
import { isIn, ownedIn, type Scope } from "../scope.ts";
import type { EncryptionState } from "./encryption-info.ts";
import { type DataKeyRecord, ENCRYPTION_ID, type EncryptionRecord, encryptionRecord } from "./encryption-records.ts";
import { type KeySource, keySource } from "./inheritance.ts";
import {
  type Master,
  makeBrowserKey,
  makeDataKey,
  makePassphraseKey,
  openDataKey,
  openPassphraseKey,
  rewrapDataKey,
} from "./key-wrapping.ts";

const NOTHING_YET: EncryptionRecord = { byDefault: { everywhere: false, exceptIn: [] }, master: null };

/** Where what is new is encrypted, whatever was asked for. */
export type EncryptionByDefault = EncryptionRecord["byDefault"];

export const isByDefault = ({ everywhere, exceptIn }: EncryptionByDefault, scope: Scope): boolean =>
  everywhere !== exceptIn.some((owned) => isIn(scope, owned));

/**
 * The keys of a cloud's volumes and snapshots, and the master key that wraps them (SPEC.md). To lose a key is to lose the
 * data: a key is stored before anybody is given it, and deleted after the last that named it.
 */
export class KeyRing {
  readonly #registry: Registry;
  readonly #random: Random;
  readonly #changed = new Emitter<void>();
  readonly #unlocking = new Emitter<void>();
  #record = NOTHING_YET;
  /** Undefined while locked, and before the first key. */
  #master: CryptoKey | undefined;
  /** Why the record of the master key cannot be read: then no key is, and nothing is written in its place. */
  #damage: CloudError | undefined;
  readonly #open = new Map<string, CryptoKey>();
  /** Keys are made and wrapped one after the other, or a new one would miss a new master key. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(registry: Registry, random: Random) {
    this.#registry = registry;
    this.#random = random;
  }

  /** Fires after `state` or `byDefault` has changed. */
  readonly onChange = this.#changed.event;

  /** Fires after `unlock`: what waited for a key can go on. */
  readonly onUnlock = this.#unlocking.event;

  /** Call it when all records are loaded, before anything is made. */
  async load(): Promise<void> {
    try {
      this.#record = (await this.#registry.records.get(encryptionRecord, ENCRYPTION_ID)) ?? NOTHING_YET;
    } catch (error) {
      this.#damage = toCloudError(error);
      reportUncaught(error);
      return;
    }
    const { master } = this.#record;
    if (master?.kind === "browser-key") this.#master = master.key;
    await this.#dropUnnamed();
  }

  get state(): EncryptionState {
    const kind = this.#record.master?.kind ?? "browser-key";
    return { kind, locked: kind === "passphrase" && this.#master === undefined };
  }

  get byDefault(): EncryptionByDefault {
    return this.#record.byDefault;
  }

  setByDefault(scope: Scope, encrypt: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const { everywhere, exceptIn } = this.#record.byDefault;
      const others = exceptIn.filter((owned) => !isIn(scope, owned));
      const byDefault = { everywhere, exceptIn: encrypt === everywhere ? others : [...others, ownedIn(scope)] };
      await this.#store({ ...this.#record, byDefault });
    });
  }

  /**
   * Where the key of something new in an account and region comes from, over a snapshot or not. `code`: of the refusal to
   * take encryption away.
   */
  sourceOf(scope: Scope, asked: boolean | undefined, snapshotId: string | null, code?: string): KeySource {
    const snapshot = snapshotId === null ? undefined : this.#registry.snapshots.get(snapshotId);
    const source = snapshot && { id: snapshotId ?? "", keyId: snapshot.keyId };
    return keySource(asked, source, isByDefault(this.byDefault, scope), code);
  }

  /** The keys of what is about to be made: new ones are stored when this resolves. Locked: `Volume.KeyUnavailable`. */
  async provide(sources: readonly KeySource[]): Promise<(string | null)[]> {
    const fresh = await this.#create(sources.filter(({ kind }) => kind === "new").length);
    return sources.map((source) => {
      if (source.kind === "inherited") return source.keyId;
      return source.kind === "new" ? (fresh.shift() ?? null) : null;
    });
  }

  /** Throws `Volume.KeyUnavailable` when `open` could not give the key of `owner`, a volume or snapshot. */
  check(keyId: string | null, owner: string): void {
    if (keyId === null || this.#open.has(keyId)) return;
    this.#unlocked(`'${owner}' is encrypted, and cannot be used`);
    if (this.#registry.keys.get(keyId) === undefined) {
      const text = `The key of '${owner}' is missing: it cannot be read. Restore it from a copy.`;
      throw new CloudError("Volume.KeyUnavailable", text, { id: owner });
    }
  }

  /** The key of a volume or snapshot; undefined for what is not encrypted. Fails as `check` does. */
  async open(keyId: string | null, owner: string): Promise<CryptoKey | undefined> {
    if (keyId === null) return undefined;
    this.check(keyId, owner);
    return this.#open.get(keyId) ?? (await this.#inTurn(() => this.#openNow(keyId, owner)));
  }

  /** What the block store is to encrypt something new with: what is over an encrypted snapshot is by itself. */
  async openForNew(keyId: string | null, snapshotId: string | null, owner: string): Promise<CryptoKey | undefined> {
    const inherited = snapshotId !== null && this.#registry.snapshots.get(snapshotId)?.keyId === keyId;
    return inherited ? undefined : await this.open(keyId, owner);
  }

  /** What goes with the record of a volume or snapshot that is deleted: its key, when nothing else names it. */
  releases(keyId: string | null, owner: string): Change[] {
    const { volumes, snapshots, keys } = this.#registry;
    if (keyId === null || keys.get(keyId) === undefined || this.#mayBeNamedUnseen) return [];
    const named = [...volumes.entries(), ...snapshots.entries()].some(
      ([id, record]) => id !== owner && record.keyId === keyId,
    );
    if (named) return [];
    this.#open.delete(keyId);
    return [keys.delete(keyId)];
  }

  /** Has all keys wrapped by one that the passphrase gives, in one transaction. Locked: `IncorrectState`. */
  setPassphrase(passphrase: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#expectUnlocked();
      await this.#rewrap(await makePassphraseKey(passphrase));
    });
  }

  /** The reverse. Without a passphrase nothing changes. */
  removePassphrase(): Promise<void> {
    return this.#inTurn(async () => {
      this.#expectUnlocked();
      if (this.#record.master?.kind === "passphrase") await this.#rewrap(await makeBrowserKey());
    });
  }

  /** Wrong: `InvalidKey.Passphrase`. Without one: `IncorrectState`. */
  unlock(passphrase: string): Promise<void> {
    return this.#inTurn(async () => {
      const key = await openPassphraseKey(passphrase, this.#expectPassphrase());
      if (key === undefined) {
        throw new CloudError("InvalidKey.Passphrase", "This is not the passphrase. Nothing has changed: try again.");
      }
      this.#master = key;
      this.#changed.fire();
      this.#unlocking.fire();
    });
  }

  /** Forgets all keys. Machines that run have theirs, and go on. Without a passphrase: `IncorrectState`. */
  lock(): Promise<void> {
    return this.#inTurn(async () => {
      this.#expectPassphrase();
      this.#master = undefined;
      this.#open.clear();
      this.#changed.fire();
    });
  }

  #create(count: number): Promise<string[]> {
    return this.#inTurn(async () => {
      if (count === 0) return [];
      const first = this.#record.master === null ? await makeBrowserKey() : undefined;
      const master = first?.key ?? this.#unlocked("Nothing can be encrypted");
      const made = await Promise.all(Array.from({ length: count }, () => makeDataKey(master)));
      const keys = made.map((key) => ({ ...key, id: newId("key", this.#random) }));
      const changes = keys.map(({ id, wrapped }) => this.#registry.keys.put(id, { wrapped }));
      if (first === undefined) await this.#registry.commit(changes);
      else await this.#store({ ...this.#record, master: first.record }, changes, first.key);
      for (const { id, key } of keys) this.#open.set(id, key);
      return keys.map(({ id }) => id);
    });
  }

  async #openNow(keyId: string, owner: string): Promise<CryptoKey> {
    this.check(keyId, owner);
    const known = this.#open.get(keyId);
    if (known !== undefined) return known;
    const { wrapped } = this.#registry.keys.get(keyId) as DataKeyRecord;
    const key = await openDataKey(wrapped, this.#unlocked(`'${owner}' is encrypted, and cannot be used`));
    this.#open.set(keyId, key);
    return key;
  }

  async #rewrap(next: Master): Promise<void> {
    const { keys } = this.#registry;
    // One that cannot be read now may be readable by a newer page, with the old master key only.
    if (keys.damaged.length > 0) throw keys.damaged[0];
    const before = this.#master;
    const wrapped = await Promise.all(
      keys.entries().map(async ([id, record]) => {
        // Without a master key there are no data keys.
        return [id, await rewrapDataKey(record.wrapped, before as CryptoKey, next.key)] as const;
      }),
    );
    // Some may have been deleted meanwhile.
    const changes = wrapped
      .filter(([id]) => keys.get(id) !== undefined)
      .map(([id, it]) => keys.put(id, { wrapped: it }));
    await this.#store({ ...this.#record, master: next.record }, changes, next.key);
  }

  /** Stores the record with what must not be there without it; then it holds. */
  async #store(record: EncryptionRecord, changes: readonly Change[] = [], master = this.#master): Promise<void> {
    if (this.#damage !== undefined) throw this.#damage;
    const { records } = this.#registry;
    const operation: StoreOperation = records.put(encryptionRecord, ENCRYPTION_ID, record);
    await this.#registry.commit(changes, [operation]);
    this.#record = record;
    this.#master = master;
    this.#changed.fire();
  }

  /** Keys of what was not made in the end, or is gone: a page was closed between the two steps. */
  async #dropUnnamed(): Promise<void> {
    if (this.#mayBeNamedUnseen) return;
    const { volumes, snapshots, keys } = this.#registry;
    const named = new Set([...volumes.entries(), ...snapshots.entries()].map(([, { keyId }]) => keyId));
    const changes = keys.entries().flatMap(([id]) => (named.has(id) ? [] : [keys.delete(id)]));
    if (changes.length > 0) await this.#registry.commit(changes);
  }

  /** A record that cannot be read may name any key. */
  get #mayBeNamedUnseen(): boolean {
    const { volumes, snapshots } = this.#registry;
    return volumes.damaged.length > 0 || snapshots.damaged.length > 0;
  }

  #unlocked(what: string): CryptoKey {
    if (this.#damage !== undefined) throw this.#damage;
    if (this.#master !== undefined) return this.#master;
    const text = `${what} while the cloud's encryption is locked. Unlock it with its passphrase (cloud.encryption.unlock, or the Storage page), then try again.`;
    throw new CloudError("Volume.KeyUnavailable", text, { locked: true });
  }

  #expectUnlocked(): void {
    if (this.#damage !== undefined) throw this.#damage;
    if (!this.state.locked) return;
    throw new CloudError("IncorrectState", "The cloud's encryption is locked. Unlock it with its passphrase first.");
  }

  #expectPassphrase() {
    if (this.#damage !== undefined) throw this.#damage;
    const { master } = this.#record;
    if (master?.kind === "passphrase") return master;
    throw new CloudError("IncorrectState", "The cloud's encryption has no passphrase. Set one first.");
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}
