import type { Clock } from "../../src/base/clock.ts";
import type { Random } from "../../src/base/random.ts";
import type { Frame } from "../../src/network/frames/frame.ts";
import { MetadataEndpoint } from "../../src/network/metadata/endpoint.ts";
import { IdentitySigner } from "../../src/network/metadata/identity.ts";
import { metadataLookup } from "../../src/network/metadata/lookup.ts";
import { MetadataService } from "../../src/network/metadata/service.ts";
import { EMPTY_NETWORK, type NetworkModel } from "../../src/network/model.ts";

interface MetadataParts {
  readonly clock: Clock;
  readonly random: Random;
  /** `Network.sendFromService`. */
  send(interfaceId: string, frame: Frame): void;
}

/** HMAC-SHA-256 (RFC 2104 §3). */
const SECRET_BYTES = 32;

/** The metadata service of a cloud's instances (F13). Tokens end with this worker: a guest is told so, and asks for another. */
export class Metadata {
  readonly endpoint: MetadataEndpoint;
  signWith!: (keys: CryptoKeyPair) => void;
  #instanceOf = metadataLookup(EMPTY_NETWORK);

  constructor({ clock, random, send }: MetadataParts) {
    const signer = new Promise<IdentitySigner>((resolve) => {
      this.signWith = (keys) => resolve(new IdentitySigner(keys));
    });
    const service = new MetadataService({
      clock,
      secret: random.bytes(SECRET_BYTES),
      signer: { sign: async (document) => (await signer).sign(document) },
    });
    const instanceOf = (interfaceId: string) => this.#instanceOf(interfaceId);
    this.endpoint = new MetadataEndpoint({ clock, random, service, instanceOf, send });
  }

  configure(model: NetworkModel): void {
    this.#instanceOf = metadataLookup(model);
  }

  forget(interfaceId: string): void {
    this.endpoint.forget(interfaceId);
  }
}
