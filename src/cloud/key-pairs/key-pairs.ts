import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import { newId } from "../../base/ids.ts";
import { byAge } from "../by-age.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { ownedIn } from "../scope.ts";
import { checkTags, type Tags } from "../tags.ts";
import type { DiskContext } from "../volumes/disk-context.ts";
import type { CreatedKeyPair, CreateKeyPairRequest, ImportKeyPairRequest, KeyPairInfo } from "./key-pair-info.ts";
import type { KeyPairRecord } from "./key-pair-record.ts";
import { KEY_FORMATS, makeKey } from "./private-key.ts";
import { KEY_TYPES, openSshLine, publicFingerprint, readPublicKey } from "./public-key.ts";

const CREATE: Parameters<CreateKeyPairRequest> = { name: true, type: true, format: true, tags: true };
const IMPORT: Parameters<ImportKeyPairRequest> = { name: true, publicKey: true, tags: true };

type Context = Pick<DiskContext, "registry" | "view" | "quotas" | "clock" | "random">;

/** The key pairs, as the public API shows them: `api/key-pair-types.ts`. */
export class CloudKeyPairs implements Disposable {
  readonly #context: Context;
  readonly #changed = new Emitter<void>();
  readonly #owned = new DisposableStore();

  constructor(context: Context) {
    this.#context = context;
    this.#owned.add(context.registry.keyPairs.onChange(() => this.#changed.fire()));
  }

  readonly onChange = this.#changed.event;

  dispose(): void {
    this.#owned.dispose();
  }

  list(): KeyPairInfo[] {
    return this.#seen()
      .sort(byAge(({ createdAt }) => createdAt))
      .map(([id, record]) => describe(id, record));
  }

  /** By id; `InvalidKeyPair.NotFound`. */
  get(id: string): KeyPairInfo {
    return describe(id, keyPairOf(this.#context, id));
  }

  /** By name; `InvalidKeyPair.NotFound`. */
  named(name: string): KeyPairInfo {
    return describe(...keyPairNamed(this.#context, name));
  }

  async create(request: CreateKeyPairRequest): Promise<CreatedKeyPair> {
    checkParameters(request, CREATE);
    const { name, type = "rsa", format = "pem" } = request;
    const tags = checkTags(request.tags);
    checkChoice("type", type, KEY_TYPES);
    checkChoice("format", format, KEY_FORMATS);
    this.#checkNew(name);
    const { publicKey, fingerprint, file } = await makeKey(type, format, name);
    return {
      ...(await this.#add({ name, type, publicKey: openSshLine(publicKey), fingerprint, tags })),
      privateKey: file,
    };
  }

  async import(request: ImportKeyPairRequest): Promise<KeyPairInfo> {
    checkParameters(request, IMPORT);
    const tags = checkTags(request.tags);
    const { name } = request;
    this.#checkNew(name);
    const key = await readPublicKey(request.publicKey);
    const fingerprint = await publicFingerprint(key);
    return await this.#add({ name, type: key.type, publicKey: openSshLine(key), fingerprint, tags });
  }

  /** Instances that were launched with it keep it. An unknown id is a success, as in EC2. */
  async delete(id: string): Promise<void> {
    const { registry, view } = this.#context;
    const record = registry.keyPairs.get(id);
    if (record !== undefined && view.sees(record)) await registry.commit([registry.keyPairs.delete(id)]);
  }

  /** Replaces all tags. */
  async setTags(id: string, tags: Tags): Promise<KeyPairInfo> {
    const { registry } = this.#context;
    const record = keyPairOf(this.#context, id);
    await registry.commit([registry.keyPairs.put(id, { ...record, tags: checkTags(tags) })]);
    return this.get(id);
  }

  async #add(made: Pick<KeyPairRecord, "name" | "type" | "publicKey" | "fingerprint" | "tags">): Promise<KeyPairInfo> {
    const { registry, view, clock, random } = this.#context;
    // Making a key takes time, in which another one of the name may have come.
    this.#checkNew(made.name);
    const id = newId("key", random);
    const record = { ...ownedIn(view.makesIn), ...made, createdAt: clock.now() };
    await registry.commit([registry.keyPairs.put(id, record)]);
    return describe(id, record);
  }

  #checkNew(name: string): void {
    if (typeof name !== "string" || !/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(name)) {
      const text = "Invalid value for keyName: it has 1 to 255 ASCII characters, with no spaces at its ends.";
      throw new CloudError("InvalidParameterValue", text, { parameter: "name" });
    }
    const { quotas, view } = this.#context;
    const { region } = view.makesIn;
    const there = this.#seen().filter(([, record]) => record.region === region);
    if (there.some(([, record]) => record.name === name)) {
      throw new CloudError("InvalidKeyPair.Duplicate", `The keypair '${name}' already exists.`, { keyName: name });
    }
    quotas.check("key-pairs", view.makesIn, 1);
  }

  #seen(): [id: string, record: KeyPairRecord][] {
    const { registry, view } = this.#context;
    return registry.keyPairs.entries().filter(([, record]) => view.sees(record));
  }
}

type Sight = Pick<Context, "registry" | "view">;

/** `InvalidKeyPair.NotFound`. */
export function keyPairOf({ registry, view }: Sight, id: string): KeyPairRecord {
  const record = registry.keyPairs.get(id);
  if (record !== undefined && view.sees(record)) return record;
  throw notFound(`The key pair ID '${id}' does not exist`, { keyPairId: id });
}

/** `InvalidKeyPair.NotFound`. */
export function keyPairNamed({ registry, view }: Sight, name: string): [id: string, record: KeyPairRecord] {
  const found = registry.keyPairs.entries().find(([, record]) => record.name === name && view.sees(record));
  if (found !== undefined) return found;
  throw notFound(`The key pair '${name}' does not exist`, { keyName: name });
}

function describe(id: string, { name, type, fingerprint, publicKey, createdAt, tags }: KeyPairRecord): KeyPairInfo {
  const line = `${publicKey} ${name}`;
  return { id, name, type, fingerprint, publicKey: line, createTime: new Date(createdAt), tags };
}

function checkChoice<T extends string>(parameter: string, value: T, choices: readonly T[]): void {
  if (choices.includes(value)) return;
  const text = `Invalid value '${value}' for ${parameter}. Expecting one of: ${choices.join(", ")}.`;
  throw new CloudError("InvalidParameterValue", text, { parameter, choices });
}

const notFound = (text: string, details: Record<string, unknown>) =>
  new CloudError("InvalidKeyPair.NotFound", text, details);
