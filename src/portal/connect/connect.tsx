import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import type { Instance } from "../../api/types.ts";
import { useImages } from "../live/use-images.ts";
import { formatRoute } from "../routing/route.ts";
import { Loading } from "../shell/loading.tsx";
import { FromInstance } from "./from-instance.tsx";
import { SessionTab } from "./session-tab.tsx";
import { SshTab } from "./ssh-tab.tsx";

/** The ways into an instance. */
export default function Connect({ instance }: { instance: Instance }) {
  const images = useImages();
  if (images === null) return <Loading text="Loading…" />;
  const defaultUser = images.find(({ id }) => id === instance.imageId)?.defaultUser ?? "";
  return (
    <SpaceBetween size="s">
      <Box color="text-body-secondary">
        A session is a shell at once, whatever the network does. The SSH client is for the instance’s key pair, and
        comes over the network. From another instance it is reached by its private address. The serial console shows it
        from its first moment on.
      </Box>
      <Ways instance={instance} defaultUser={defaultUser} />
    </SpaceBetween>
  );
}

function Ways({ instance, defaultUser }: { instance: Instance; defaultUser: string }) {
  // What is open in one goes on while another is shown.
  const kept = { contentRenderStrategy: "lazy" as const };
  return (
    <Tabs
      ariaLabel="Ways to connect"
      tabs={[
        {
          id: "session",
          label: "Session",
          content: <SessionTab instance={instance} defaultUser={defaultUser} />,
          ...kept,
        },
        { id: "ssh", label: "SSH client", content: <SshTab instance={instance} defaultUser={defaultUser} />, ...kept },
        {
          id: "instance",
          label: "From another instance",
          content: <FromInstance instance={instance} defaultUser={defaultUser} />,
        },
        { id: "serial", label: "Serial console", content: <SerialConsole instance={instance} /> },
      ]}
    />
  );
}

function SerialConsole({ instance }: { instance: Instance }) {
  return (
    <Container header={<Header variant="h2">Serial console</Header>}>
      <Box>
        What the machine shows from its first moment on, and where it takes keys, whatever its network and its agent do:
        on this page, under <Link href={formatRoute({ page: "instances", id: instance.id })}>Console</Link>.
      </Box>
    </Container>
  );
}
