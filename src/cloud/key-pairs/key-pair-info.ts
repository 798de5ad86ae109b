import type { Tags } from "../tags.ts";
import type { KeyFormat } from "./private-key.ts";
import type { KeyType } from "./public-key.ts";

export interface KeyPairInfo {
  readonly id: string;
  readonly name: string;
  readonly type: KeyType;
  /**
   * As EC2 has it (F62), and `openssl` and `ssh-keygen` say it. RSA: SHA-1 of the private key's PKCS#8 DER where the pair was
   * made here, MD5 of the public key's DER where it was imported. ED25519: SHA-256 of the public key in base64.
   */
  readonly fingerprint: string;
  /** A line for authorized_keys, e.g. "ssh-ed25519 AAAA… NAME". */
  readonly publicKey: string;
  readonly createTime: Date;
  readonly tags: Tags;
}

/** A pair as it is made: the only time that its private key can be had. */
export interface CreatedKeyPair extends KeyPairInfo {
  /** The file for `ssh -i` ("pem": PKCS#1 of RSA, OpenSSH's own format of ED25519) or for PuTTY ("ppk"). */
  readonly privateKey: string;
}

export interface CreateKeyPairRequest {
  /** 1–255 ASCII characters. There is one of that name: `InvalidKeyPair.Duplicate`. */
  readonly name: string;
  /** "rsa" (2048 bits) by default. */
  readonly type?: KeyType;
  /** Of the private key's file; "pem" by default. */
  readonly format?: KeyFormat;
  readonly tags?: Tags;
}

export interface ImportKeyPairRequest {
  /** 1–255 ASCII characters. There is one of that name: `InvalidKeyPair.Duplicate`. */
  readonly name: string;
  /**
   * RSA of 1024–4096 bits or ED25519: a line of OpenSSH's, a file as RFC 4716 has it, or the DER of a SubjectPublicKeyInfo in
   * base64. Anything else: `InvalidKeyPair.Format`.
   */
  readonly publicKey: string;
  readonly tags?: Tags;
}
