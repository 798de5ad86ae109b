import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposable.ts";
import { reportUncaught } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Frame, Offload } from "../frames/frame.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import { METADATA_ADDRESS } from "../services/service-addresses.ts";
import { TcpStack } from "../tcp/stack.ts";
import type { MetadataModel } from "./model.ts";
import type { MetadataService } from "./service.ts";

export interface MetadataEndpointOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly service: MetadataService;
  /** What is known of the instance that an interface belongs to, at each request. */
  instanceOf(interfaceId: string): MetadataModel | undefined;
  /** `Network.sendFromService`. */
  send(interfaceId: string, frame: Frame): void;
}

/** HTTP (RFC 9110 §4.2.1). */
const PORT = 80;
/** Connections of one interface: cloud-init has one, a guest that opens many harms itself alone. */
const MAX_CONNECTIONS = 128;
/** Requests and answers are short. */
const BUFFER_SIZE = 1 << 16;

/**
 * TCP of the metadata service: an end point for each interface, since two may have the same address (the network's
 * `ServiceEndpoint`). Other addresses and ports are refused.
 */
export class MetadataEndpoint implements Disposable {
  readonly #options: MetadataEndpointOptions;
  readonly #stacks = new Map<string, TcpStack>();

  constructor(options: MetadataEndpointOptions) {
    this.#options = options;
  }

  receive(interfaceId: string, packet: ParsedPacket, offload: Offload | undefined): void {
    this.#stackOf(interfaceId).receive(packet, offload);
  }

  /** The interface is gone, or its machine: so are its connections. */
  forget(interfaceId: string): void {
    this.#stacks.get(interfaceId)?.dispose();
    this.#stacks.delete(interfaceId);
  }

  dispose(): void {
    for (const interfaceId of [...this.#stacks.keys()]) this.forget(interfaceId);
  }

  #stackOf(interfaceId: string): TcpStack {
    const known = this.#stacks.get(interfaceId);
    if (known !== undefined) return known;
    const { clock, random, service, instanceOf, send } = this.#options;
    const stack = new TcpStack({
      clock,
      random,
      maxConnections: MAX_CONNECTIONS,
      bufferSize: BUFFER_SIZE,
      send: (frame) => send(interfaceId, frame),
    });
    stack.listen({ address: METADATA_ADDRESS, port: PORT }, () => ({
      onConnection: (socket) => void service.serve(socket, () => instanceOf(interfaceId)).catch(reportUncaught),
    }));
    this.#stacks.set(interfaceId, stack);
    return stack;
  }
}
