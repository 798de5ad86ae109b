import type { SecurityGroupModel } from "../model.ts";
import { RuleTable } from "./rule-table.ts";
import type { Direction } from "./verdict.ts";

/** A security group's rules, ready to be asked. */
export interface CompiledGroup {
  readonly id: string;
  /** Tells whether two of them say the same: models come through threads, so that the same is another object each time. */
  readonly fingerprint: string;
  /** Some of its rules are about the members of groups: who these are matters. */
  readonly namesGroups: boolean;
  readonly tables: Readonly<Record<Direction, RuleTable>>;
}

/** Gives `previous` when nothing has changed, so that who holds it need not look again. */
export function compileGroup(group: SecurityGroupModel, previous: CompiledGroup | undefined): CompiledGroup {
  const fingerprint = JSON.stringify(group);
  if (previous?.fingerprint === fingerprint) return previous;
  const tables = {
    ingress: new RuleTable(group.rules.filter(({ egress }) => !egress)),
    egress: new RuleTable(group.rules.filter(({ egress }) => egress)),
  };
  const namesGroups = group.rules.some(({ peer }) => peer.kind === "group");
  return { id: group.id, fingerprint, namesGroups, tables };
}
