import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import type { InternetGateway, Vpc } from "../../api/network-types.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { Dialog } from "../resources/dialog.tsx";
import { DialogButton } from "../resources/dialog-button.tsx";
import { labelOf } from "./names.ts";

/** What it means that packets may leave, or may not. */
const CONSEQUENCES = {
  on: [
    "Instances with a public address, or behind a NAT gateway, reach the real Internet, as far as routes, network ACLs and security groups let them.",
    "Without a relay that is HTTP to port 80, which this page fetches for them: servers that do not let other sites read their answers (CORS) stay out of reach. With a Wisp relay it is all TCP.",
    "What they send leaves from this computer, or from the relay: let no guest out that you do not trust.",
  ],
  off: [
    "Connections to the real Internet fail at once, and names of the world are not found.",
    "Instances still reach each other, also by their public addresses, and this page still reaches them.",
  ],
} as const;

const IN_ANY_CASE = "Nobody on the real Internet can reach in, whether it is on or off: only this page can.";

/** Whether packets of a VPC may leave for the real Internet. */
export function InternetAccess({ vpc }: { vpc: Vpc }) {
  const { internetGateways } = usePortal().cloud;
  useRerenderOn(internetGateways.onChange);
  const gateway = internetGateways.list().find(({ vpcId }) => vpcId === vpc.id);
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <DialogButton
              text="Change internet access"
              whyNot={gateway === undefined ? "The VPC has no internet gateway" : null}
              dialog={(close) => gateway && <ChangeInternetAccess gateway={gateway} onClose={close} />}
            />
          }
        >
          Internet access
        </Header>
      }
    >
      <SpaceBetween size="xs">
        <OutboundIndicator outbound={gateway?.outbound} />
        <Box color="text-body-secondary">
          {gateway === undefined
            ? "No internet gateway is attached: nothing gets in or out, and this page reaches none of its instances."
            : CONSEQUENCES[gateway.outbound ? "on" : "off"][0]}
        </Box>
      </SpaceBetween>
    </Container>
  );
}

/** Whether what is in a VPC gets out, in a line. */
export function InternetStatus({ vpcId }: { vpcId: string }) {
  const { internetGateways } = usePortal().cloud;
  useRerenderOn(internetGateways.onChange);
  return <OutboundIndicator outbound={internetGateways.list().find((one) => one.vpcId === vpcId)?.outbound} />;
}

/** `outbound`: undefined where there is no gateway. */
function OutboundIndicator({ outbound }: { outbound: boolean | undefined }) {
  if (outbound === undefined) return <StatusIndicator type="stopped">No internet gateway</StatusIndicator>;
  return outbound ? (
    <StatusIndicator type="success">On: packets may leave for the real Internet</StatusIndicator>
  ) : (
    <StatusIndicator type="stopped">Off: nothing leaves for the real Internet</StatusIndicator>
  );
}

/** Asks whether packets may leave, and says what follows. */
export function ChangeInternetAccess({ gateway, onClose }: { gateway: InternetGateway; onClose: () => void }) {
  const { internetGateways } = usePortal().cloud;
  const [outbound, setOutbound] = useState(gateway.outbound);
  const request = { outbound };
  return (
    <Dialog
      title={`Internet access through ${labelOf(gateway)}`}
      submit="Save"
      onSubmit={() => internetGateways.modify(gateway.id, request)}
      onClose={onClose}
      calls={[{ member: "internetGateways.modify", args: [gateway.id, request] }]}
    >
      <Toggle checked={outbound} onChange={({ detail }) => setOutbound(detail.checked)}>
        Packets may leave for the real Internet
      </Toggle>
      <Box>
        <ul>
          {[...CONSEQUENCES[outbound ? "on" : "off"], IN_ANY_CASE].map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </Box>
    </Dialog>
  );
}
