import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Instance } from "../../api/types.ts";
import { TextField } from "../resources/fields.tsx";
import { openAgentShell } from "./agent-shell.ts";
import { ShellTabs } from "./shell-tabs.tsx";

interface SessionTabProps {
  readonly instance: Instance;
  /** The image's login user. */
  readonly defaultUser: string;
}

/** Shells through the guest's agent. */
export function SessionTab({ instance, defaultUser }: SessionTabProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const user = (typed ?? defaultUser).trim() || "root";
  const isReady = instance.state === "running" && instance.boot?.ready === true;
  return (
    <ShellTabs
      title="Session"
      more="New session"
      host={instance.name || instance.id}
      form={(start) => (
        <Container
          header={
            <Header
              variant="h2"
              description="A shell through the agent in the guest: it needs no network, no security group, no key pair and no password."
            >
              Session
            </Header>
          }
        >
          <SpaceBetween size="m">
            <TextField label="User name" value={typed ?? defaultUser} onChange={setTyped} placeholder="root" />
            <Box color="text-body-secondary">
              A session ends with its tab, and when you leave this page. You can have several at once.
            </Box>
            <Button
              variant="primary"
              disabled={!isReady}
              disabledReason="The agent in the guest does not answer: the instance has to run, and its image to have an agent"
              onClick={() =>
                start({ who: user, open: (request, signal) => openAgentShell(instance, { ...request, user, signal }) })
              }
            >
              Start session
            </Button>
          </SpaceBetween>
        </Container>
      )}
    />
  );
}
