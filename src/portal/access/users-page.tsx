import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Group, User } from "../../api/types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { textColumn, timeColumn } from "../resources/columns.tsx";
import { askedAction } from "../resources/common-actions.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { type ResourceAction, ResourceActions } from "../resources/resource-actions.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { Page } from "../shell/page.tsx";
import { AccessKeys } from "./access-keys.tsx";
import { CreateNamed } from "./create-named.tsx";
import { DeniedAlert } from "./denied-alert.tsx";
import { groupHolder, type Holder, userHolder } from "./holder.ts";
import { InlinePolicies } from "./inline-policies.tsx";
import { Permissions } from "./permissions.tsx";

type UserRow = User & { readonly id: string };
type GroupRow = Group & { readonly id: string };

const USER = ["user", "users"] as const;
const GROUP = ["group", "groups"] as const;

const policiesOf = ({ attachedPolicies, inlinePolicies }: User | Group): string =>
  [...attachedPolicies.map(shortArn), ...inlinePolicies.map(({ name }) => `${name} (inline)`)].join(", ");

/** `AmazonEC2FullAccess` of its ARN. */
const shortArn = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

const USERS: readonly ResourceColumn<UserRow>[] = [
  textColumn("name", "User name", ({ userName }) => userName, { isRowHeader: true }),
  textColumn("groups", "Groups", ({ groups }) => groups.join(", ")),
  textColumn("policies", "Policies", policiesOf),
  timeColumn("created", "Created", ({ createTime }) => createTime),
  textColumn("arn", "ARN", ({ arn }) => arn, { cell: ({ arn }) => <code>{arn}</code> }),
];

const GROUPS: readonly ResourceColumn<GroupRow>[] = [
  textColumn("name", "Group name", ({ groupName }) => groupName, { isRowHeader: true }),
  textColumn("members", "Users", ({ members }) => members.join(", ")),
  textColumn("policies", "Policies", policiesOf),
];

export default function UsersPage() {
  const { access } = usePortal().cloud;
  return (
    <Page
      title="Users and groups"
      description="Who else works with this cloud, and what they may do. The root user may do everything."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <DialogButton
            text="Create group"
            dialog={(close) => (
              <CreateNamed kind="group" onCreate={(groupName) => access.createGroup({ groupName })} onClose={close} />
            )}
          />
          <DialogButton
            primary
            text="Create user"
            dialog={(close) => (
              <CreateNamed kind="user" onCreate={(userName) => access.createUser({ userName })} onClose={close} />
            )}
          />
        </SpaceBetween>
      }
    >
      <SpaceBetween size="l">
        <Users />
        <Groups />
      </SpaceBetween>
    </Page>
  );
}

function Users() {
  const { access } = usePortal().cloud;
  const users = useLoaded(() => access.listUsers(), [access.onChange]);
  const actions: readonly ResourceAction<UserRow>[] = [
    {
      text: "Policies and groups…",
      dialog: ([user], close) => <Permissions holder={userHolder(access, user)} user={user} onClose={close} />,
    },
    inlineAction((user) => userHolder(access, user)),
    { text: "Access keys…", dialog: ([user], close) => <AccessKeys user={user} onClose={close} /> },
    askedAction({
      verb: "Delete",
      noun: USER,
      labelOf: ({ userName }) => userName,
      consequence: "It cannot be undone. Policies, groups and access keys have to go first.",
      act: ({ userName }) => access.deleteUser({ userName }),
    }),
  ];
  return (
    <>
      {users.error !== null && <DeniedAlert error={users.error} />}
      <ResourceTable
        items={(users.value ?? []).map((user): UserRow => ({ ...user, id: user.userName }))}
        columns={USERS}
        noun={USER}
        selection="single"
        loading={users.loading}
        initialSorting={{ column: "name", descending: false }}
        filterPlaceholder="Find a user by name, group or policy"
        nameOf={({ userName }) => userName}
        actions={(selected) => <ResourceActions noun={USER} items={selected} actions={actions} />}
        empty="There are no users yet: only the root user works here."
      />
    </>
  );
}

function Groups() {
  const { access } = usePortal().cloud;
  const groups = useLoaded(() => access.listGroups(), [access.onChange]);
  const actions: readonly ResourceAction<GroupRow>[] = [
    {
      text: "Policies…",
      dialog: ([group], close) => <Permissions holder={groupHolder(access, group)} onClose={close} />,
    },
    inlineAction((group) => groupHolder(access, group)),
    askedAction({
      verb: "Delete",
      noun: GROUP,
      labelOf: ({ groupName }) => groupName,
      consequence: "It cannot be undone. Policies and members have to go first.",
      act: ({ groupName }) => access.deleteGroup({ groupName }),
    }),
  ];
  return (
    <ResourceTable
      items={(groups.value ?? []).map((group): GroupRow => ({ ...group, id: group.groupName }))}
      columns={GROUPS}
      noun={GROUP}
      selection="single"
      loading={groups.loading}
      initialSorting={{ column: "name", descending: false }}
      filterPlaceholder="Find a group"
      nameOf={({ groupName }) => groupName}
      actions={(selected) => <ResourceActions noun={GROUP} items={selected} actions={actions} />}
      empty="There are no groups."
    />
  );
}

const inlineAction = <T,>(holderOf: (item: T) => Holder): ResourceAction<T> => ({
  text: "Inline policies…",
  dialog: ([item], close) => <InlinePolicies holder={holderOf(item)} onClose={close} />,
});
