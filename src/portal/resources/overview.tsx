import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { Facts } from "./facts.tsx";

/** The buttons of a page that shows what was at a moment: to look again, and what else there is. */
export function LookAgain({ look, children }: { look: () => void; children: ReactNode }) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button iconName="refresh" onClick={look}>
        Look again
      </Button>
      {children}
    </SpaceBetween>
  );
}

/** The sums of what a page has below in detail. */
export function InAll(props: { facts: Readonly<Record<string, ReactNode>>; columns?: number }) {
  return <Facts header={<Header variant="h2">In all</Header>} {...props} />;
}
