import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Instance } from "../../api/types.ts";
import type { Address } from "./address.ts";
import { AddressForm } from "./address-form.tsx";
import { FirstServer } from "./first-server.tsx";
import { framesTemplate } from "./frames-address.ts";
import { WebFrame } from "./web-frame.tsx";

/** What an instance's web server shows, in a frame of an origin of its own. */
export default function WebPage({ instance }: { instance: Instance }) {
  const [address, setAddress] = useState<Address | null>(null);
  const template = framesTemplate();
  if (instance.state !== "running")
    return (
      <Box color="text-body-secondary">The instance is {instance.state}. Web pages are there while it is running.</Box>
    );
  if (template === undefined) return <NoFrames />;
  if (address === null)
    return (
      <SpaceBetween size="m">
        <Box color="text-body-secondary">
          Shows the pages of a web server in the instance. They come through the internet gateway to its public address,
          so its security groups have to let TCP in to that port; where they do not, the rule is offered.{" "}
          <FirstServer instance={instance} port={80} />
        </Box>
        <AddressForm port={80} path="/" onOpen={setAddress} />
      </SpaceBetween>
    );
  // A port is an origin of its own: another one is another frame.
  return (
    <WebFrame
      key={address.port}
      instance={instance}
      template={template}
      address={address}
      onOpen={setAddress}
      onClose={() => setAddress(null)}
    />
  );
}

function NoFrames() {
  return (
    <Alert type="info" header="Web pages of instances need an origin of their own">
      Shown at the portal’s own address, a page of an instance could read and do whatever you can here. Open the portal
      as <code>http://localhost:…/</code>, where <code>*.localhost</code> serves for that, or have whoever runs it name
      other addresses in the <code>tabvisor-frames</code> of its <code>index.html</code>. What the server says can be
      fetched without that: <code>{'await tabvisor.instances.get("i-…").fetch("/")'}</code>.
    </Alert>
  );
}
