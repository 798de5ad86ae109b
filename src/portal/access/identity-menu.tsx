import type { TopNavigationProps } from "@cloudscape-design/components/top-navigation";
import type { Identity } from "../../api/types.ts";
import { useLive } from "../live/use-live.ts";
import { formatRoute } from "../routing/route.ts";
import type { CloudOpener } from "../shell/cloud-opener.ts";

const NOBODY: Identity = { arn: "", accountId: "", userName: null, accessKeyId: "" };

/** Who this tab works as, live; nobody while there is no cloud. */
export function useIdentity(opener: CloudOpener): Identity {
  const opening = useLive(opener.onChange, () => opener.opening);
  const access = opening.status === "open" ? opening.cloud.access : undefined;
  return useLive(access?.onChange, () => access?.identity ?? NOBODY);
}

const identityName = ({ userName, accountId }: Identity): string => `${userName ?? "root"} @ ${accountId}`;

interface Actions {
  readonly onSignIn: () => void;
  readonly onSignOut: () => void;
}

/** The menu in the top bar that says who works here, and changes it. */
export function identityMenu(identity: Identity, { onSignIn, onSignOut }: Actions): TopNavigationProps.Utility[] {
  if (identity.arn === "") return [];
  return [
    {
      type: "menu-dropdown",
      text: identityName(identity),
      ariaLabel: `You work as ${identityName(identity)}`,
      title: identityName(identity),
      description: identity.arn,
      iconName: "user-profile",
      items: [
        { id: "sign-in", text: "Sign in as another user…" },
        {
          id: "sign-out",
          text: "Sign out",
          description: identity.accessKeyId === "" ? "You work as the root user" : "Work as the root user again",
          disabled: identity.accessKeyId === "",
        },
        { id: "users", text: "Users and groups", href: formatRoute({ page: "users" }) },
      ],
      onItemClick: ({ detail }) => {
        if (detail.id === "sign-in") onSignIn();
        if (detail.id === "sign-out") onSignOut();
      },
    },
  ];
}
