import type { Clock } from "../../src/base/clock.ts";
import type { Random } from "../../src/base/random.ts";
import { metadataEndpoint } from "../../src/network/metadata/endpoint.ts";
import { IdentitySigner } from "../../src/network/metadata/identity.ts";
import { metadataLookup } from "../../src/network/metadata/lookup.ts";
import { MetadataService } from "../../src/network/metadata/service.ts";
import { EMPTY_NETWORK, type NetworkModel } from "../../src/network/model.ts";
import type { TcpService } from "../../src/network/services/service-stacks.ts";

interface MetadataParts {
  readonly clock: Clock;
  readonly random: Random;
}

/** HMAC-SHA-256 (RFC 2104 §3). */
const SECRET_BYTES = 32;

/** The metadata service of a cloud's instances (F13). Tokens end with this worker: a guest is told so, and asks for another. */
export class Metadata {
  readonly endpoint: TcpService;
  signWith!: (keys: CryptoKeyPair) => void;
  #instanceOf = metadataLookup(EMPTY_NETWORK);

  constructor({ clock, random }: MetadataParts) {
    const signer = new Promise<IdentitySigner>((resolve) => {
      this.signWith = (keys) => resolve(new IdentitySigner(keys));
    });
    const service = new MetadataService({
      clock,
      secret: random.bytes(SECRET_BYTES),
      signer: { sign: async (document) => (await signer).sign(document) },
    });
    this.endpoint = metadataEndpoint(service, (interfaceId) => this.#instanceOf(interfaceId));
  }

  configure(model: NetworkModel): void {
    this.#instanceOf = metadataLookup(model);
  }
}
