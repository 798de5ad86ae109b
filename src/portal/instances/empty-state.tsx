import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { usePortal } from "../live/portal-context.ts";
import { formatRoute, navigate } from "../routing/route.ts";
import logo from "../shell/logo.svg";

/** The image of a launch by one click. */
const FIRST_IMAGE = "tiny";

/** What a newcomer sees: one button that leads to a shell. */
export function EmptyState() {
  const { cloud, notifications, preloadInstancePage } = usePortal();
  const [launching, setLaunching] = useState(false);

  const launch = async () => {
    setLaunching(true);
    preloadInstancePage();
    try {
      const [instance] = await cloud.instances.launch({ image: FIRST_IMAGE });
      if (instance) navigate({ page: "instances", id: instance.id });
    } catch (thrown) {
      notifications.showError("Could not launch an instance", thrown);
    } finally {
      setLaunching(false);
    }
  };

  return (
    <Container>
      <Box textAlign="center" padding={{ vertical: "xxl" }}>
        <SpaceBetween size="l">
          <img src={logo} alt="" width={72} height={72} />
          <Box variant="h2">A real Linux machine, in this tab</Box>
          <Box color="text-body-secondary">
            Launch one and its shell opens here in a few seconds. It runs in your browser, and its disk stays there.
          </Box>
          <Button variant="primary" loading={launching} loadingText="Launching" onClick={() => void launch()}>
            Launch a Linux instance
          </Button>
          <Link href={formatRoute({ page: "launch" })}>Choose type and size first</Link>
        </SpaceBetween>
      </Box>
    </Container>
  );
}
