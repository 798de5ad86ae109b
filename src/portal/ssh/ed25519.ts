import {
  type KeyPair,
  PublicKeyAlgorithm,
  type Signer,
  SshDataReader,
  SshDataWriter,
  type Verifier,
} from "@microsoft/dev-tunnels-ssh";
import { Buffer } from "buffer";

const NAME = "ssh-ed25519";
const ALGORITHM = { name: "Ed25519" };
/** RFC 8032 §5.1.5 and §5.1.6. */
const PUBLIC_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** A pair of ED25519 keys in SSH's form (RFC 8709 §4), held by WebCrypto. */
export class Ed25519KeyPair implements KeyPair {
  readonly keyAlgorithmName = NAME;
  comment: string | null = null;
  #publicKey: CryptoKey | null = null;
  #privateKey: CryptoKey | null = null;

  get hasPublicKey(): boolean {
    return this.#publicKey !== null;
  }
  get hasPrivateKey(): boolean {
    return this.#privateKey !== null;
  }

  /** Of a private key as RFC 8037 §2 has it. It cannot be had back from here. */
  static async ofPrivateKey({ x = "", d = "" }: JsonWebKey): Promise<Ed25519KeyPair> {
    const pair = new Ed25519KeyPair();
    const part = { kty: "OKP", crv: "Ed25519", x };
    pair.#publicKey = await crypto.subtle.importKey("jwk", part, ALGORITHM, true, ["verify"]);
    pair.#privateKey = await crypto.subtle.importKey("jwk", { ...part, d }, ALGORITHM, false, ["sign"]);
    return pair;
  }

  async setPublicKeyBytes(bytes: Buffer): Promise<void> {
    const reader = new SshDataReader(bytes);
    const name = reader.readString("ascii");
    const key = new Uint8Array(reader.readBinary());
    if (name !== NAME || key.length !== PUBLIC_BYTES) throw new Error("It is not an ED25519 key.");
    this.#publicKey = await crypto.subtle.importKey("raw", key, ALGORITHM, true, ["verify"]);
  }

  async getPublicKeyBytes(): Promise<Buffer | null> {
    if (this.#publicKey === null) return null;
    const writer = new SshDataWriter(Buffer.alloc(64));
    writer.writeString(NAME, "ascii");
    writer.writeBinary(Buffer.from(await crypto.subtle.exportKey("raw", this.#publicKey)));
    return writer.toBuffer();
  }

  async sign(data: Uint8Array<ArrayBuffer>): Promise<Buffer> {
    if (this.#privateKey === null) throw new Error("There is no private key.");
    return Buffer.from(await crypto.subtle.sign(ALGORITHM, this.#privateKey, data));
  }

  async verify(data: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>): Promise<boolean> {
    if (this.#publicKey === null) throw new Error("There is no public key.");
    return await crypto.subtle.verify(ALGORITHM, this.#publicKey, signature, data);
  }

  async generate(): Promise<void> {
    const made = (await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"])) as CryptoKeyPair;
    this.#publicKey = made.publicKey;
    this.#privateKey = made.privateKey;
  }

  /** The library asks for numbers of RSA keys alone. */
  async importParameters(): Promise<void> {
    throw new Error("An ED25519 key has no parameters.");
  }

  async exportParameters(): Promise<object> {
    throw new Error("An ED25519 key has no parameters.");
  }

  dispose(): void {}
}

/** "ssh-ed25519" (RFC 8709), which the library lacks, by WebCrypto. */
export class Ed25519 extends PublicKeyAlgorithm {
  constructor() {
    // Its hash is its own affair (RFC 8032 §5.1): nobody is to make one before.
    super(NAME, NAME, "");
  }

  override createKeyPair(): Ed25519KeyPair {
    return new Ed25519KeyPair();
  }

  override async generateKeyPair(): Promise<Ed25519KeyPair> {
    const pair = this.createKeyPair();
    await pair.generate();
    return pair;
  }

  override createSigner(pair: KeyPair): Signer {
    return { digestLength: SIGNATURE_BYTES, sign: (data) => own(pair).sign(copy(data)), dispose: () => {} };
  }

  override createVerifier(pair: KeyPair): Verifier {
    return {
      digestLength: SIGNATURE_BYTES,
      verify: (data, signature) => own(pair).verify(copy(data), copy(signature)),
      dispose: () => {},
    };
  }
}

/** Whether this browser's WebCrypto has it: Chrome from 137, Firefox from 130, Safari from 17 on. */
export async function hasEd25519(): Promise<boolean> {
  return await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]).then(
    () => true,
    () => false,
  );
}

function own(pair: KeyPair): Ed25519KeyPair {
  if (pair instanceof Ed25519KeyPair) return pair;
  throw new TypeError("It is not an ED25519 key.");
}

const copy = (data: Buffer) => new Uint8Array(data);
