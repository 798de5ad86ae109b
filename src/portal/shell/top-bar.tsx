import TopNavigation from "@cloudscape-design/components/top-navigation";
import { useState } from "react";
import { identityMenu, useIdentity } from "../access/identity-menu.tsx";
import { SignIn } from "../access/sign-in.tsx";
import { formatRoute } from "../routing/route.ts";
import type { CloudOpener } from "./cloud-opener.ts";
import logo from "./logo.svg";

/** The bar at the top, on every page: whose cloud it is, and who works here. */
export function TopBar({ opener }: { opener: CloudOpener }) {
  const [signingIn, setSigningIn] = useState(false);
  const identity = useIdentity(opener);
  const cloud = opener.opening.status === "open" ? opener.opening.cloud : null;
  return (
    <>
      <TopNavigation
        identity={{ href: formatRoute({ page: "instances" }), title: "Tabvisor", logo: { src: logo, alt: "Home" } }}
        utilities={identityMenu(identity, {
          onSignIn: () => setSigningIn(true),
          onSignOut: () => cloud?.access.signOut(),
        })}
      />
      {signingIn && cloud !== null && <SignIn cloud={cloud} onClose={() => setSigningIn(false)} />}
    </>
  );
}
