import type { DirectoryState } from "./directory-state.ts";
import { alreadyExists, deleteConflict, noSuchEntity } from "./iam-errors.ts";
import { checkName, checkPath, MAX_USER_NAME, newUniqueId } from "./names.ts";
import { PolicyHolders } from "./policy-holders.ts";
import { checkQuota } from "./quotas.ts";
import { nameId, type UserRecord } from "./records.ts";

export interface NewUser {
  readonly accountId: string;
  readonly userName: string;
  /** `/` when not given. */
  readonly path?: string;
  /** Seen by policies as `aws:PrincipalTag/…`. */
  readonly tags?: Readonly<Record<string, string>>;
}

export class Users extends PolicyHolders<"user"> {
  constructor(state: DirectoryState) {
    super("user", state);
  }

  /** CreateUser. Throws `EntityAlreadyExists`, `LimitExceeded`, `ValidationError`, `NoSuchEntity` for an unknown account. */
  create({ accountId, userName, path = "/", tags = {} }: NewUser): Promise<UserRecord> {
    return this.state.change(() => {
      checkName("user name", userName, MAX_USER_NAME);
      checkPath(path);
      this.state.account(accountId);
      if (this.state.get("user", nameId(accountId, userName)) !== undefined) {
        throw alreadyExists(`User with name ${userName} already exists.`, userName);
      }
      checkQuota("UsersPerAccount", this.list(accountId).length + 1);
      const user: UserRecord = {
        accountId,
        name: userName,
        path,
        userId: newUniqueId("AIDA", this.state.random),
        createdAt: this.state.clock.now(),
        tags: { ...tags },
        groups: [],
        attachedPolicies: [],
        inlinePolicies: [],
      };
      return { changes: [this.put(user)], result: user };
    });
  }

  /** DeleteUser. Throws `NoSuchEntity`; `DeleteConflict` while it has policies, groups or access keys. */
  delete(accountId: string, userName: string): Promise<void> {
    return this.state.change(() => {
      const user = this.get(accountId, userName);
      const keys = this.state.of("accessKey", accountId).filter((key) => key.userName === user.name);
      if (user.inlinePolicies.length > 0) throw deleteConflict("delete policies", userName);
      if (user.attachedPolicies.length > 0) throw deleteConflict("detach all policies", userName);
      if (user.groups.length > 0) throw deleteConflict("remove users from group", userName);
      if (keys.length > 0) throw deleteConflict("delete access keys", userName);
      return { changes: [{ type: "user", id: nameId(accountId, user.name) }], result: undefined };
    });
  }

  /** AddUserToGroup: being in it already is fine. Throws `NoSuchEntity`, `LimitExceeded`. */
  addToGroup(accountId: string, userName: string, groupName: string): Promise<void> {
    return this.update(accountId, userName, (user) => {
      const group = this.state.find("group", accountId, groupName);
      if (user.groups.includes(group.name)) return user;
      checkQuota("GroupsPerUser", user.groups.length + 1);
      return { ...user, groups: [...user.groups, group.name] };
    });
  }

  /** RemoveUserFromGroup. Throws `NoSuchEntity`. */
  removeFromGroup(accountId: string, userName: string, groupName: string): Promise<void> {
    return this.update(accountId, userName, (user) => {
      const group = this.state.find("group", accountId, groupName);
      if (!user.groups.includes(group.name)) {
        throw noSuchEntity(`The user ${userName} is not in the group ${groupName}.`, userName);
      }
      return { ...user, groups: user.groups.filter((name) => name !== group.name) };
    });
  }
}
