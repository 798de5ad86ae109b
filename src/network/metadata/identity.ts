import { toBase64 } from "../../base/bytes.ts";
import { bits, integer, nothing, octets, oid, sequence, set, tagged, time, utf8 } from "./der.ts";
import type { MetadataModel } from "./model.ts";

/** The instance identity document (EC2 User Guide, "Instance identity documents"). */
export function identityDocument(instance: MetadataModel): string {
  const document = {
    accountId: instance.accountId,
    architecture: instance.architecture,
    availabilityZone: instance.availabilityZone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: instance.imageId,
    instanceId: instance.instanceId,
    instanceType: instance.instanceType,
    kernelId: null,
    pendingTime: `${new Date(instance.pendingTime).toISOString().slice(0, 19)}Z`,
    privateIp: instance.interfaces[0]?.addresses[0]?.privateIp ?? null,
    ramdiskId: null,
    region: instance.region,
    version: "2017-09-30",
  };
  return JSON.stringify(document, null, 2);
}

/** Both in base64, 64 characters a line. */
export interface IdentitySignatures {
  /** RSA PKCS #1 v1.5 with SHA-256 over the document. */
  readonly signature: string;
  /** A PKCS #7 message that has the document in it, without the lines around. */
  readonly pkcs7: string;
}

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const OID = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  rsa: "1.2.840.113549.1.1.1",
  sha256WithRsa: "1.2.840.113549.1.1.11",
  sha256: "2.16.840.1.101.3.4.2.1",
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
} as const;

/** RFC 3279 and RFC 5754: RSA and SHA-2 have NULL for parameters. */
const algorithm = (id: string) => sequence(oid(id), nothing());

const NAME = sequence(
  set(sequence(oid(OID.organization), utf8("tabvisor"))),
  set(sequence(oid(OID.commonName), utf8("Instance identity"))),
);

/** EC2's certificates are good for centuries. */
const FROM = Date.UTC(2020, 0, 1);
const UNTIL = Date.UTC(2199, 11, 31, 23, 59, 59);

/** A key of RSA 2048 to sign with; the cloud makes it once and keeps it. */
export async function newIdentityKey(): Promise<CryptoKeyPair> {
  const parameters = { ...RSA, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  return await crypto.subtle.generateKey(parameters, false, ["sign", "verify"]);
}

/** Signs identity documents with a key, and has its certificate. */
export class IdentitySigner {
  readonly #keys: CryptoKeyPair;

  constructor(keys: CryptoKeyPair) {
    this.#keys = keys;
  }

  async sign(document: string): Promise<IdentitySignatures> {
    const content = new TextEncoder().encode(document);
    const signature = await this.#sign(content);
    // PKCS #7 §9.1: without authenticated attributes the signature is over the content itself.
    const signer = sequence(
      integer(1),
      sequence(NAME, integer(await this.#serialNumber())),
      algorithm(OID.sha256),
      algorithm(OID.rsa),
      octets(signature),
    );
    const signedData = sequence(
      integer(1),
      set(algorithm(OID.sha256)),
      sequence(oid(OID.data), tagged(0, octets(content))),
      set(signer),
    );
    return { signature: base64(signature), pkcs7: base64(sequence(oid(OID.signedData), tagged(0, signedData))) };
  }

  /** X.509 (RFC 5280), signed with its own key, in PEM. The same each time. */
  async certificate(): Promise<string> {
    const publicKey = new Uint8Array(await crypto.subtle.exportKey("spki", this.#keys.publicKey));
    const body = sequence(
      integer(await this.#serialNumber()),
      algorithm(OID.sha256WithRsa),
      NAME,
      sequence(time(FROM), time(UNTIL)),
      NAME,
      publicKey,
    );
    const certificate = sequence(body, algorithm(OID.sha256WithRsa), bits(await this.#sign(body)));
    return `-----BEGIN CERTIFICATE-----\n${base64(certificate)}\n-----END CERTIFICATE-----\n`;
  }

  async #sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await crypto.subtle.sign(RSA.name, this.#keys.privateKey, bytes));
  }

  /** Of the key's fingerprint: two clouds' certificates are not taken for one. */
  async #serialNumber(): Promise<Uint8Array> {
    const publicKey = await crypto.subtle.exportKey("spki", this.#keys.publicKey);
    return new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey)).subarray(0, 16);
  }
}

const base64 = (bytes: Uint8Array): string => toBase64(bytes).replace(/.{64}(?=.)/g, "$&\n");
