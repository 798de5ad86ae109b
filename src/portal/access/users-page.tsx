import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Group, User } from "../../api/types.ts";
import { formatShortDateTime } from "../format/time.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { ActionsMenu } from "../resources/actions-menu.tsx";
import { Question } from "../resources/question.tsx";
import { type ResourceColumn, ResourceTable } from "../resources/resource-table.tsx";
import { Page } from "../shell/page.tsx";
import { AccessKeys } from "./access-keys.tsx";
import { CreateNamed } from "./create-named.tsx";
import { DeniedAlert } from "./denied-alert.tsx";
import { Permissions } from "./permissions.tsx";

type UserRow = User & { readonly id: string };
type GroupRow = Group & { readonly id: string };

const policiesOf = ({ attachedPolicies, inlinePolicies }: User | Group): string =>
  [...attachedPolicies.map(shortArn), ...inlinePolicies.map(({ name }) => `${name} (inline)`)].join(", ") || "–";

/** `AmazonEC2FullAccess` of its ARN. */
const shortArn = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

const USERS: readonly ResourceColumn<UserRow>[] = [
  {
    id: "name",
    header: "User name",
    text: ({ userName }) => userName,
    cell: ({ userName }) => userName,
    isRowHeader: true,
  },
  {
    id: "groups",
    header: "Groups",
    text: ({ groups }) => groups.join(", "),
    cell: ({ groups }) => groups.join(", ") || "–",
  },
  { id: "policies", header: "Policies", text: policiesOf, cell: policiesOf },
  {
    id: "created",
    header: "Created",
    order: ({ createTime }) => createTime.getTime(),
    cell: ({ createTime }) => formatShortDateTime(createTime),
  },
  { id: "arn", header: "ARN", text: ({ arn }) => arn, cell: ({ arn }) => <code>{arn}</code> },
];

const GROUPS: readonly ResourceColumn<GroupRow>[] = [
  {
    id: "name",
    header: "Group name",
    text: ({ groupName }) => groupName,
    cell: ({ groupName }) => groupName,
    isRowHeader: true,
  },
  {
    id: "members",
    header: "Users",
    text: ({ members }) => members.join(", "),
    cell: ({ members }) => members.join(", ") || "–",
  },
  { id: "policies", header: "Policies", text: policiesOf, cell: policiesOf },
];

type Open =
  | { readonly what: "new user" | "new group" }
  | { readonly what: "permissions" | "delete"; readonly of: User | Group }
  | { readonly what: "keys"; readonly of: User }
  | null;

const nameOf = (holder: User | Group): string => ("userName" in holder ? holder.userName : holder.groupName);

export default function UsersPage() {
  const { cloud } = usePortal();
  const { access } = cloud;
  const users = useLoaded(() => access.listUsers(), access.onChange);
  const groups = useLoaded(() => access.listGroups(), access.onChange);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const remove = (holder: User | Group) =>
    "userName" in holder ? access.deleteUser(holder) : access.deleteGroup(holder);
  return (
    <Page
      title="Users and groups"
      description="Who else works with this cloud, and what they may do. The root user may do everything."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={() => setOpen({ what: "new group" })}>Create group</Button>
          <Button variant="primary" onClick={() => setOpen({ what: "new user" })}>
            Create user
          </Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="l">
        {users.error !== null && <DeniedAlert error={users.error} />}
        <ResourceTable
          items={(users.value ?? []).map((user) => ({ ...user, id: user.userName }))}
          columns={USERS}
          noun={["user", "users"]}
          selection="single"
          loading={users.value === null && users.error === null}
          initialSorting={{ column: "name", descending: false }}
          filterPlaceholder="Find a user by name, group or policy"
          nameOf={({ userName }) => userName}
          actions={([user]) => (
            <UserActions user={user} onAction={(what, of) => setOpen(what === "keys" ? { what, of } : { what, of })} />
          )}
          empty="There are no users yet: only the root user works here."
        />
        <ResourceTable
          items={(groups.value ?? []).map((group) => ({ ...group, id: group.groupName }))}
          columns={GROUPS}
          noun={["group", "groups"]}
          selection="single"
          loading={groups.value === null && groups.error === null}
          initialSorting={{ column: "name", descending: false }}
          filterPlaceholder="Find a group"
          nameOf={({ groupName }) => groupName}
          actions={([group]) => (
            <ActionsMenu
              items={[
                { action: "permissions", text: "Policies…", whyNot: group ? null : "Select a group first" },
                { action: "delete", text: "Delete…", whyNot: group ? null : "Select a group first" },
              ]}
              onAction={(what) => group && setOpen({ what, of: group })}
            />
          )}
          empty="There are no groups."
        />
      </SpaceBetween>
      {open?.what === "new user" && (
        <CreateNamed kind="user" onCreate={(userName) => access.createUser({ userName })} onClose={close} />
      )}
      {open?.what === "new group" && (
        <CreateNamed kind="group" onCreate={(groupName) => access.createGroup({ groupName })} onClose={close} />
      )}
      {open?.what === "permissions" && <Permissions holder={open.of} groups={groups.value ?? []} onClose={close} />}
      {open?.what === "keys" && <AccessKeys user={open.of} onClose={close} />}
      {open?.what === "delete" && (
        <Question
          title={`Delete ${nameOf(open.of)}?`}
          submit="Delete"
          consequence="It cannot be undone. Policies, groups and access keys have to go first."
          onSubmit={() => remove(open.of)}
          onClose={close}
        />
      )}
    </Page>
  );
}

type UserAction = "permissions" | "keys" | "delete";

function UserActions(props: { user: User | undefined; onAction: (action: UserAction, user: User) => void }) {
  const { user, onAction } = props;
  const whyNot = user === undefined ? "Select a user first" : null;
  return (
    <ActionsMenu<UserAction>
      items={[
        { action: "permissions", text: "Policies and groups…", whyNot },
        { action: "keys", text: "Access keys…", whyNot },
        { action: "delete", text: "Delete…", whyNot },
      ]}
      onAction={(action) => user && onAction(action, user)}
    />
  );
}
