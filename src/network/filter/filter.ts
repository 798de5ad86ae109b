import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposable.ts";
import type { Random } from "../../base/random.ts";
import { CompiledAcl } from "../acl/compiled-acl.ts";
import { parseAddress } from "../addresses.ts";
import { FlowLog } from "../flow-log/flow-log.ts";
import type { InterfaceFlowLog } from "../flow-log/interface-flow-log.ts";
import { u32 } from "../frames/bytes.ts";
import type { ParsedPacket } from "../frames/parse.ts";
import type { InterfaceModel, NetworkModel } from "../model.ts";
import type { NetworkTrace } from "../trace.ts";
import { type CompiledGroup, compileGroup } from "./compiled-group.ts";
import { ConnectionTracker, MAX_TRACKED } from "./connection-tracker.ts";
import { type FilterCounters, PacketCounter } from "./counters.ts";
import { type GroupMembers, groupMembers, NO_MEMBERS } from "./group-members.ts";
import { InterfaceRules } from "./interface-rules.ts";
import { SteadyTime } from "./steady-time.ts";
import { timeoutsOf } from "./timeouts.ts";
import type { Direction, Verdict } from "./verdict.ts";

interface FilteredInterface {
  readonly id: string;
  rules: InterfaceRules;
  readonly tracker: ConnectionTracker;
  readonly counter: PacketCounter;
  readonly log: InterfaceFlowLog;
  subnetId: string;
  /** A NAT gateway's has no groups: what it lets through its connections decide. */
  isGateway: boolean;
}

export interface FilterOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly trace?: NetworkTrace;
}

const NO_INTERFACE: Verdict = { accept: false, by: { kind: "no-interface" } };
const NO_GROUPS: Verdict = { accept: true, by: { kind: "no-groups" } };

/** What decides about the packets of a network: security groups with their connections, and network ACLs. */
export class Filter implements Disposable {
  readonly flowLog: FlowLog;
  readonly #random: Random;
  readonly #trace: NetworkTrace | undefined;
  readonly #time = new SteadyTime();
  readonly #interfaces = new Map<string, FilteredInterface>();
  #groups = new Map<string, CompiledGroup>();
  #members = new Map<string, GroupMembers>();
  #acls = new Map<string, CompiledAcl>();
  #aclOfSubnet = new Map<string, CompiledAcl>();
  #now = 0;

  constructor({ clock, random, trace }: FilterOptions) {
    this.flowLog = new FlowLog(clock);
    this.#random = random;
    this.#trace = trace;
  }

  /** Everything is as `model` says from the next packet on. Only what has changed is made anew. */
  configure(model: NetworkModel): void {
    this.#groups = new Map(
      model.securityGroups.map((group) => [group.id, compileGroup(group, this.#groups.get(group.id))]),
    );
    this.#members = groupMembers(model.interfaces, this.#members);
    this.#configureAcls(model);
    const gateways = new Set(model.natGateways.map(({ interfaceId }) => interfaceId));
    const present = new Set(model.interfaces.map(({ id }) => id));
    for (const id of [...this.#interfaces.keys()]) if (!present.has(id)) this.#remove(id);
    for (const each of model.interfaces) this.#configureInterface(each, gateways.has(each.id));
  }

  /**
   * Decides about a packet that goes from ("egress") or to ("ingress") an interface, counts it and writes it to the flow log.
   * `now` is in milliseconds since the epoch. `betweenSubnets`: the packet leaves or enters the interface's subnet, so that
   * the subnet's network ACL is asked too: after the groups on the way out, before them on the way in.
   */
  check(
    packet: ParsedPacket,
    interfaceId: string,
    direction: Direction,
    now: number,
    betweenSubnets: boolean,
  ): Verdict {
    const filtered = this.#interfaces.get(interfaceId);
    if (filtered === undefined) return NO_INTERFACE;
    this.#now = this.#time.at(now);
    filtered.tracker.last = undefined;
    const acl = betweenSubnets ? this.#aclOfSubnet.get(filtered.subnetId) : undefined;
    const verdict = this.#decide(filtered, packet, direction, acl);
    filtered.counter.count(direction, verdict, packet.end - packet.start);
    filtered.log.count(packet, direction, verdict, now, filtered.tracker.last);
    return verdict;
  }

  /** Undefined for an interface that is not there. */
  counters(interfaceId: string): FilterCounters | undefined {
    const filtered = this.#interfaces.get(interfaceId);
    if (filtered === undefined) return undefined;
    return {
      ingress: filtered.counter.read("ingress"),
      egress: filtered.counter.read("egress"),
      trackedConnections: filtered.tracker.tracked,
      maxTrackedConnections: MAX_TRACKED,
      untrackedFlows: filtered.tracker.untracked,
    };
  }

  dispose(): void {
    this.#interfaces.clear();
    this.flowLog.dispose();
  }

  #decide(
    filtered: FilteredInterface,
    packet: ParsedPacket,
    direction: Direction,
    acl: CompiledAcl | undefined,
  ): Verdict {
    if (direction === "egress") {
      const verdict = this.#checkGroups(filtered, packet, direction);
      const outwards = verdict.accept ? this.#checkAcl(filtered, packet, direction, acl) : undefined;
      return outwards?.accept === false ? outwards : verdict;
    }
    const inwards = this.#checkAcl(filtered, packet, direction, acl);
    return inwards?.accept === false ? inwards : this.#checkGroups(filtered, packet, direction);
  }

  #checkGroups({ id, isGateway, tracker }: FilteredInterface, packet: ParsedPacket, direction: Direction): Verdict {
    const verdict = isGateway ? NO_GROUPS : tracker.check(packet, direction, this.#now);
    this.#trace?.verdict(id, direction, verdict);
    return verdict;
  }

  #checkAcl(
    { id }: FilteredInterface,
    packet: ParsedPacket,
    direction: Direction,
    acl: CompiledAcl | undefined,
  ): Verdict | undefined {
    const verdict = acl?.check(packet, direction);
    if (verdict !== undefined) this.#trace?.verdict(id, direction, verdict);
    return verdict;
  }

  #configureAcls({ networkAcls, subnets }: NetworkModel): void {
    this.#acls = new Map(
      networkAcls.map((acl) => {
        const fingerprint = JSON.stringify(acl);
        const before = this.#acls.get(acl.id);
        return [acl.id, before?.fingerprint === fingerprint ? before : new CompiledAcl(acl, fingerprint)];
      }),
    );
    this.#aclOfSubnet = new Map();
    for (const { id, networkAclId } of subnets) {
      const acl = this.#acls.get(networkAclId);
      if (acl !== undefined) this.#aclOfSubnet.set(id, acl);
    }
  }

  #configureInterface(model: InterfaceModel, isGateway: boolean): void {
    const groups = model.groupIds.map((id) => this.#groups.get(id)).filter((group) => group !== undefined);
    const members = this.#members.get(model.vpcId) ?? NO_MEMBERS;
    const timeouts = timeoutsOf(model.connectionTracking);
    const primaryAddress = parseAddress(model.addresses[0]?.privateIp ?? "") ?? 0;
    const known = this.#interfaces.get(model.id);
    if (known === undefined) {
      const rules = new InterfaceRules(groups, members);
      this.#interfaces.set(model.id, {
        id: model.id,
        rules,
        tracker: new ConnectionTracker(u32(this.#random.bytes(4), 0), timeouts, rules),
        counter: new PacketCounter(),
        log: this.flowLog.add(model.id, primaryAddress),
        subnetId: model.subnetId,
        isGateway,
      });
      return;
    }
    known.subnetId = model.subnetId;
    known.isGateway = isGateway;
    known.log.primaryAddress = primaryAddress;
    known.tracker.timeouts = timeouts;
    if (known.rules.isOf(groups, members)) return;
    known.rules = new InterfaceRules(groups, members);
    known.tracker.setRules(known.rules, this.#now);
  }

  #remove(id: string): void {
    this.#interfaces.delete(id);
    this.flowLog.remove(id);
  }
}
