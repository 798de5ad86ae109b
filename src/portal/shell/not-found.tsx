import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { formatRoute } from "../routing/route.ts";
import { Page } from "./page.tsx";

export function NotFound({ title, text }: { title: string; text: string }) {
  return (
    <Page title={title}>
      <Box variant="p" padding={{ bottom: "l" }}>
        {text}
      </Box>
      <Button href={formatRoute({ page: "instances" })}>Go to the instances</Button>
    </Page>
  );
}
