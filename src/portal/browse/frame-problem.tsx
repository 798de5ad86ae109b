import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Instance } from "../../api/types.ts";
import type { CloudError } from "../../base/errors.ts";
import { AddRule } from "../connect/add-rule.tsx";
import { formatRoute } from "../routing/route.ts";
import { FirstServer } from "./first-server.tsx";

const HEADERS: Readonly<Record<string, string>> = {
  "Network.ConnectionRefused": "Nothing listens on this port",
  "Network.ConnectionTimedOut": "The instance does not answer on this port",
  "Network.Unreachable": "The instance cannot be reached from the page",
  "Network.InvalidHttpMessage": "What listens on this port does not speak HTTP",
  "Network.ConnectionReset": "The server has ended the connection",
  IncorrectInstanceState: "The instance does not run",
  "Frame.NoPage": "The frame has not come",
  "Frame.Elsewhere": "A link to another site",
};

interface FrameProblemProps {
  readonly instance: Instance;
  readonly port: number;
  readonly error: CloudError;
  readonly onTab: () => void;
  readonly onReload: () => void;
}

/** Why a page has not come, and what to do. */
export function FrameProblem({ instance, port, error, onTab, onReload }: FrameProblemProps) {
  const { code, message } = error;
  if (code === "Frame.NoServiceWorker")
    return (
      <Alert
        type="warning"
        header="This browser does not let the frame work"
        action={<Button onClick={onTab}>Open in a new tab</Button>}
      >
        It blocks what belongs to other sites (“third-party cookies”), as in private windows, and takes the instance’s
        address for one. In a tab of its own the page works.
      </Alert>
    );
  return (
    <Alert
      type={code === "Frame.Elsewhere" ? "info" : "error"}
      header={HEADERS[code] ?? "The page has not come"}
      action={
        <SpaceBetween size="xs">
          {code === "Network.ConnectionTimedOut" && <AddRule instance={instance} port={port} />}
          {code.startsWith("Network.") && <Button onClick={onReload}>Try again</Button>}
        </SpaceBetween>
      }
    >
      {message} {adviceOf(instance, port, code)}
    </Alert>
  );
}

function adviceOf(instance: Instance, port: number, code: string) {
  switch (code) {
    case "Network.ConnectionRefused":
      return (
        <>
          Start the server in the instance and have it listen on all addresses (0.0.0.0:{port}), not on loopback alone.{" "}
          <FirstServer instance={instance} port={port} />
        </>
      );
    case "Network.ConnectionTimedOut":
    case "Network.Unreachable":
      return (
        <>
          Look at its security groups and routes:{" "}
          <Link href={formatRoute({ page: "instances", id: instance.id, tab: "networking" })}>Networking</Link>.
        </>
      );
    default:
      return null;
  }
}
