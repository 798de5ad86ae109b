import { CloudError } from "../../base/errors.ts";
import { formatAddress, parseAddress } from "../addresses.ts";
import { ICMP, icmpFrame } from "../frames/icmp.ts";
import { IP_PROTOCOL } from "../frames/ipv4.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import { TCP_FLAG, tcpFrame } from "../frames/tcp.ts";
import { udpFrame } from "../frames/udp.ts";
import { type NetworkModel, PAGE_ADDRESS } from "../model.ts";
import type { Interface } from "../switch/topology.ts";
import { type Passage, Probe } from "./probe.ts";
import type {
  Reachability,
  ReachabilityFailure,
  ReachabilityOutcome,
  ReachabilityPath,
  ReachabilityQuestion,
} from "./reachability-types.ts";

/** The first of the ports that clients take (IANA: "dynamic ports"). */
const CLIENT_PORT = 49_152;
const IDENTIFIER = 1;

/**
 * Whether the destination can be reached, and what lets or stops the packets, by sending some: that which begins the
 * conversation, and its answer. Connections that exist already are not looked at.
 *
 * Errors: `InvalidNetworkInterfaceID.NotFound`, `InvalidParameterValue` (an address or port that is none, a source outside
 * with an address from inside), `InvalidParameterCombination` (source and destination are the same).
 */
export async function explainReachability(model: NetworkModel, question: ReachabilityQuestion): Promise<Reachability> {
  const probe = new Probe(model);
  try {
    return await new Inquiry(probe, question).answer();
  } finally {
    probe.dispose();
  }
}

interface Ends {
  readonly from: number;
  readonly to: number;
}

class Inquiry {
  readonly #probe: Probe;
  readonly #question: ReachabilityQuestion;
  /** Undefined: outside. */
  readonly #source: Interface | undefined;
  readonly #destination: Interface | undefined;

  constructor(probe: Probe, question: ReachabilityQuestion) {
    this.#probe = probe;
    this.#question = question;
    const { source, destination, protocol, port } = question;
    if (protocol !== "icmp" && !(port !== undefined && Number.isInteger(port) && port > 0 && port < 65_536)) {
      throw new CloudError("InvalidParameterValue", `Port ${port} is none: 1 to 65535 are.`, { port });
    }
    this.#source = source.kind === "interface" ? this.#interface(source.interfaceId) : undefined;
    this.#destination = destination.kind === "interface" ? this.#interface(destination.interfaceId) : undefined;
    if (this.#source !== undefined && this.#source === this.#destination) {
      const message = "Source and destination are the same interface: what a guest sends itself never leaves it.";
      throw new CloudError("InvalidParameterCombination", message);
    }
  }

  async answer(): Promise<Reachability> {
    const from = this.#source?.primaryAddress ?? this.#outsideAddress();
    const to = this.#destinationAddress();
    if (typeof to !== "number") {
      const outcome = { arrived: false, reason: to.reason } as const;
      return { reachable: false, forward: { from: formatAddress(from), to: to.address, steps: [], outcome } };
    }
    const asked = this.#ask({ from, to });
    const passage = await this.#send(this.#source, asked);
    const forward = pathOf({ from, to }, passage, this.#outcome(passage));
    const { arrival } = passage;
    if (!forward.outcome.arrived || arrival === undefined) return { reachable: false, forward };
    if (arrival.at === "service") return { reachable: true, forward };
    const answerer = arrival.at === "interface" ? this.#interface(arrival.interfaceId) : undefined;
    const back = await this.#back(answerer, arrival.packet);
    return { reachable: back.outcome.arrived, forward, back };
  }

  async #back(
    answerer: Interface | undefined,
    { source, destination, ...asked }: ParsedPacket,
  ): Promise<ReachabilityPath> {
    const ends = { from: destination, to: source };
    const passage = await this.#send(answerer, answerTo({ source, destination, ...asked }));
    const outcome = this.#outcome(passage);
    const isBack = outcome.arrived && (this.#source ? outcome.at === "interface" : outcome.at === "outside");
    return pathOf(ends, passage, isBack || !outcome.arrived ? outcome : { arrived: false, reason: "no-host" });
  }

  async #send(sender: Interface | undefined, bytes: Uint8Array): Promise<Passage> {
    return sender === undefined ? await this.#probe.sendFromOutside(bytes) : await this.#probe.sendFrom(sender, bytes);
  }

  #outcome({ arrival, dropped }: Passage): ReachabilityOutcome {
    if (arrival === undefined) return { arrived: false, reason: "no-host", ...dropped };
    if (arrival.at !== "interface") return { arrived: true, at: arrival.at };
    const { interfaceId, packet } = arrival;
    const isFor = this.#interface(interfaceId).addresses.has(packet.destination);
    return isFor
      ? { arrived: true, at: "interface", interfaceId }
      : { arrived: false, reason: "forwarded-by-instance", interfaceId };
  }

  /** What begins a conversation. */
  #ask({ from: source, to: destination }: Ends): Uint8Array {
    const { protocol, port: destinationPort = 0 } = this.#question;
    const ends = { source, destination, sourcePort: CLIENT_PORT, destinationPort };
    if (protocol === "tcp") return tcpFrame({ ...ends, sequence: 0, flags: TCP_FLAG.syn });
    if (protocol === "udp") return udpFrame(ends, new Uint8Array(0));
    return icmpFrame(
      { source, destination, type: ICMP.echoRequest, code: 0, rest: [IDENTIFIER, 0] },
      new Uint8Array(0),
    );
  }

  #outsideAddress(): number {
    const { source } = this.#question;
    return addressOf(source.kind === "address" ? source.address : PAGE_ADDRESS);
  }

  #destinationAddress(): number | { readonly reason: ReachabilityFailure; readonly address: string } {
    const { destination } = this.#question;
    if (destination.kind === "address") return addressOf(destination.address);
    const to = this.#interface(destination.interfaceId);
    if (to.vpc === this.#source?.vpc) return to.primaryAddress;
    const [publicAddress] = to.publicAddresses.values();
    if (publicAddress !== undefined) return publicAddress;
    const reason = this.#source === undefined ? "no-public-address" : "other-vpc";
    return { reason, address: formatAddress(to.primaryAddress) };
  }

  #interface(id: string): Interface {
    const found = this.#probe.topology.interfaces.get(id);
    if (found !== undefined) return found;
    const message = `The networkInterface ID '${id}' does not exist`;
    throw new CloudError("InvalidNetworkInterfaceID.NotFound", message, { networkInterfaceId: id });
  }
}

function answerTo({
  source,
  destination,
  sourcePort,
  destinationPort,
  protocol,
  icmpIdentifier,
}: ParsedPacket): Uint8Array {
  const addresses = { source: destination, destination: source };
  const ends = { ...addresses, sourcePort: destinationPort, destinationPort: sourcePort };
  if (protocol === IP_PROTOCOL.tcp) {
    return tcpFrame({ ...ends, sequence: 0, acknowledgment: 1, flags: TCP_FLAG.syn | TCP_FLAG.ack });
  }
  if (protocol === IP_PROTOCOL.udp) return udpFrame(ends, new Uint8Array(0));
  return icmpFrame({ ...addresses, type: ICMP.echoReply, code: 0, rest: [icmpIdentifier, 0] }, new Uint8Array(0));
}

const pathOf = ({ from, to }: Ends, { steps }: Passage, outcome: ReachabilityOutcome): ReachabilityPath => ({
  from: formatAddress(from),
  to: formatAddress(to),
  steps,
  outcome,
});

function addressOf(text: string): number {
  const address = parseAddress(text);
  if (address !== undefined) return address;
  throw new CloudError("InvalidParameterValue", `"${text}" is no IPv4 address.`, { address: text });
}
