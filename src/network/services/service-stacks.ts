import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposable.ts";
import { reportUncaught } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Frame, Offload } from "../frames/frame.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import type { TcpSocket } from "../tcp/socket.ts";
import { TcpStack } from "../tcp/stack.ts";
import type { ServiceEndpoint } from "./services.ts";

/** A service that is reached by TCP. */
export interface TcpService {
  readonly port: number;
  isAt(address: number): boolean;
  /** Carries one connection of an interface until it ends. */
  serve(socket: TcpSocket, interfaceId: string): Promise<void>;
}

export interface ServiceStacksOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly services: readonly TcpService[];
  /** `Network.sendFromService`. */
  send(interfaceId: string, frame: Frame): void;
}

/** Connections of one interface: cloud-init has one, a guest that opens many harms itself alone. */
const MAX_CONNECTIONS = 128;
/** Requests and answers are short. */
const BUFFER_SIZE = 1 << 16;

/** TCP of the network's services: an end point for each interface, since two may have the same address. Other ports are refused. */
export class ServiceStacks implements ServiceEndpoint, Disposable {
  readonly #options: ServiceStacksOptions;
  readonly #stacks = new Map<string, TcpStack>();

  constructor(options: ServiceStacksOptions) {
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
    const { clock, random, services, send } = this.#options;
    const stack = new TcpStack({
      clock,
      random,
      maxConnections: MAX_CONNECTIONS,
      bufferSize: BUFFER_SIZE,
      send: (frame) => send(interfaceId, frame),
    });
    for (const { port, isAt, serve } of services) {
      const accepted = {
        onConnection: (socket: TcpSocket) => void serve(socket, interfaceId).catch(reportUncaught),
      };
      stack.listen({ port }, (_, { address }) => (isAt(address) ? accepted : "refuse"));
    }
    this.#stacks.set(interfaceId, stack);
    return stack;
  }
}
