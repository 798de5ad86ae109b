import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Instance } from "../../api/types.ts";
import { TextField } from "../resources/fields.tsx";
import type { HostKey } from "../ssh/host-key.ts";
import type { PrivateKey } from "../ssh/private-key.ts";
import { AddRule } from "./add-rule.tsx";
import { HostKeyQuestion } from "./host-key-question.tsx";
import { KeyInput } from "./key-input.tsx";
import { type HostQuestion, questionAbout, rememberHost } from "./known-hosts.ts";
import type { OpenShell } from "./shell-session.ts";
import { ShellTabs } from "./shell-tabs.tsx";
import { SSH_PORT } from "./ssh-port.ts";

interface SshTabProps {
  readonly instance: Instance;
  /** The image's login user. */
  readonly defaultUser: string;
}

interface Question extends HostQuestion {
  readonly answer: (accepted: boolean) => void;
}

/** Shells by SSH over the instance's network, as of any client outside. */
export function SshTab({ instance, defaultUser }: SshTabProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const [key, setKey] = useState<PrivateKey | null>(null);
  const [questions, setQuestions] = useState<readonly Question[]>([]);
  const userName = (typed ?? defaultUser).trim();
  const host = instance.name || instance.id;
  const isRunning = instance.state === "running";

  const accept = async (hostKey: HostKey, signal: AbortSignal): Promise<boolean> => {
    const about = questionAbout(instance.id, hostKey, localStorage);
    if (about === null) return true;
    const accepted = await new Promise<boolean>((resolve) => {
      const question: Question = {
        ...about,
        answer: (yes) => {
          setQuestions((before) => before.filter((one) => one !== question));
          resolve(yes);
        },
      };
      signal.addEventListener("abort", () => question.answer(false), { once: true });
      setQuestions((before) => [...before, question]);
    });
    if (accepted) rememberHost(instance.id, hostKey, localStorage);
    return accepted;
  };

  const openWith =
    (privateKey: PrivateKey): OpenShell =>
    async (request, signal) => {
      const { connectShell } = await import("../ssh/ssh-client.ts");
      const stream = await instance.connect(SSH_PORT, { signal });
      const acceptHostKey = (hostKey: HostKey) => accept(hostKey, signal);
      return await connectShell(stream, { ...request, userName, key: privateKey, acceptHostKey, signal });
    };

  const [question] = questions;
  return (
    <>
      <ShellTabs
        title="SSH"
        more="New connection"
        host={host}
        form={(start) => (
          <Container
            header={
              <Header
                variant="h2"
                description="From this page over the network, through the internet gateway to the instance’s public address: routes, network ACLs and security groups count."
              >
                SSH client
              </Header>
            }
          >
            <SpaceBetween size="m">
              <TextField label="User name" value={typed ?? defaultUser} onChange={setTyped} />
              <KeyInput keyName={instance.keyName} value={key} onChange={setKey} />
              <Button
                variant="primary"
                disabled={key === null || userName === "" || !isRunning}
                disabledReason={
                  isRunning ? "Say the user name and the private key first" : `The instance is ${instance.state}`
                }
                onClick={() =>
                  key !== null &&
                  start({
                    who: userName,
                    open: openWith(key),
                    remedy: ({ code }) =>
                      code === "Network.ConnectionTimedOut" && <AddRule instance={instance} port={SSH_PORT} />,
                  })
                }
              >
                Connect
              </Button>
            </SpaceBetween>
          </Container>
        )}
      />
      {question !== undefined && <HostKeyQuestion host={host} question={question} onAnswer={question.answer} />}
    </>
  );
}
