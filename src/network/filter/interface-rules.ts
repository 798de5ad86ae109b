import type { CompiledGroup } from "./compiled-group.ts";
import type { FlowKey } from "./flow-key.ts";
import { type GroupMembers, NO_MEMBERS } from "./group-members.ts";
import { type Decision, type Direction, reverseOf } from "./verdict.ts";

type RuleDecision = Extract<Decision, { kind: "rule" }>;

/** The union of an interface's security groups (F54): what one of them allows is allowed. */
export class InterfaceRules {
  readonly groups: readonly CompiledGroup[];
  readonly members: GroupMembers;

  /** `members`: of the interface's VPC. */
  constructor(groups: readonly CompiledGroup[], members: GroupMembers) {
    this.groups = groups;
    this.members = membersFor(groups, members);
  }

  /** Whether it says the same as rules of these. */
  isOf(groups: readonly CompiledGroup[], members: GroupMembers): boolean {
    return this.hasGroups(groups) && this.members === membersFor(groups, members);
  }

  /** Whether the groups are these, as they are. */
  hasGroups(groups: readonly CompiledGroup[]): boolean {
    return groups.length === this.groups.length && groups.every((group, i) => group === this.groups[i]);
  }

  /** What allows packets between here and `peer`; `port` as in `RuleTable`. */
  match(direction: Direction, protocol: number, port: number, peer: number): RuleDecision | undefined {
    const peerGroups = this.members.groupsOf.get(peer);
    for (const { id, tables } of this.groups) {
      const rule = tables[direction].match(protocol, port, peer, peerGroups);
      if (rule !== undefined) return { kind: "rule", groupId: id, ruleId: rule.id };
    }
    return undefined;
  }

  /**
   * What allows a flow that begins in `direction` without its being tracked: a rule for everyone, beside one in the other
   * direction for everyone and all ports (User Guide, "Untracked connections").
   */
  matchUntracked(direction: Direction, protocol: number, port: number): RuleDecision | undefined {
    const back = reverseOf(direction);
    if (!this.groups.some(({ tables }) => tables[back].isOpen(protocol))) return undefined;
    for (const { id, tables } of this.groups) {
      const rule = tables[direction].matchWorld(protocol, port);
      if (rule !== undefined) return { kind: "rule", groupId: id, ruleId: rule.id };
    }
    return undefined;
  }

  /** As `matchUntracked`, for a flow that is known: `opener` is the direction in which it has begun. */
  matchUntrackedFlow(opener: Direction, key: FlowKey): RuleDecision | undefined {
    return this.matchUntracked(opener, key.protocol, servicePort(opener, key));
  }

  /** As `match`, for a flow that is known. */
  matchFlow(opener: Direction, key: FlowKey): RuleDecision | undefined {
    return this.match(opener, key.protocol, servicePort(opener, key), key.remote);
  }
}

/** Whose rules name no groups need not hear of who comes and goes. */
const membersFor = (groups: readonly CompiledGroup[], members: GroupMembers): GroupMembers =>
  groups.some(({ namesGroups }) => namesGroups) ? members : NO_MEMBERS;

const servicePort = (opener: Direction, { localPort, remotePort }: FlowKey): number =>
  opener === "ingress" ? localPort : remotePort;
