import type { DirectoryState } from "./directory-state.ts";
import { alreadyExists, deleteConflict } from "./iam-errors.ts";
import { checkName, checkPath, MAX_NAME, newUniqueId } from "./names.ts";
import { PolicyHolders } from "./policy-holders.ts";
import { checkQuota } from "./quotas.ts";
import { type GroupRecord, nameId, type UserRecord } from "./records.ts";

export interface NewGroup {
  readonly accountId: string;
  readonly groupName: string;
  /** `/` when not given. */
  readonly path?: string;
}

export class Groups extends PolicyHolders<"group"> {
  constructor(state: DirectoryState) {
    super("group", state);
  }

  /** CreateGroup. Throws `EntityAlreadyExists`, `LimitExceeded`, `ValidationError`, `NoSuchEntity` for an unknown account. */
  create({ accountId, groupName, path = "/" }: NewGroup): Promise<GroupRecord> {
    return this.state.change(() => {
      checkName("group name", groupName, MAX_NAME);
      checkPath(path);
      this.state.account(accountId);
      if (this.state.get("group", nameId(accountId, groupName)) !== undefined) {
        throw alreadyExists(`Group with name ${groupName} already exists.`, groupName);
      }
      checkQuota("GroupsPerAccount", this.list(accountId).length + 1);
      const group: GroupRecord = {
        accountId,
        name: groupName,
        path,
        groupId: newUniqueId("AGPA", this.state.random),
        createdAt: this.state.clock.now(),
        attachedPolicies: [],
        inlinePolicies: [],
      };
      return { changes: [this.put(group)], result: group };
    });
  }

  /** The users in a group (GetGroup). Throws `NoSuchEntity`. */
  members(accountId: string, groupName: string): UserRecord[] {
    const group = this.get(accountId, groupName);
    return this.state.of("user", accountId).filter(({ groups }) => groups.includes(group.name));
  }

  /** DeleteGroup. Throws `NoSuchEntity`; `DeleteConflict` while it has members or policies. */
  delete(accountId: string, groupName: string): Promise<void> {
    return this.state.change(() => {
      const group = this.get(accountId, groupName);
      if (this.members(accountId, groupName).length > 0) throw deleteConflict("remove users from group", groupName);
      if (group.inlinePolicies.length > 0) throw deleteConflict("delete policies", groupName);
      if (group.attachedPolicies.length > 0) throw deleteConflict("detach all policies", groupName);
      return { changes: [{ type: "group", id: nameId(accountId, group.name) }], result: undefined };
    });
  }
}
