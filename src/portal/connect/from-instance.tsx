import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Instance } from "../../api/types.ts";
import { Code } from "../command/show-commands.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { type End, endsOf } from "../reachability/ends.ts";
import { arrowsOf } from "../reachability/map/arrows.ts";
import { Sentence } from "../reachability/sentence.tsx";
import { Verdict } from "../reachability/verdict.tsx";
import { reasonWords } from "../reachability/words.ts";
import { ResourceLink } from "../routing/links.tsx";
import { SSH_PORT } from "./ssh-port.ts";

interface FromInstanceProps {
  readonly instance: Instance;
  /** The image's login user. */
  readonly defaultUser: string;
}

/** More of them would make a page wait. */
const MOST_ASKED = 10;

/** How one logs in from another instance of its VPC, as from a bastion host (F55), and which of them reach it. */
export function FromInstance({ instance, defaultUser }: FromInstanceProps) {
  const { cloud } = usePortal();
  const ends = endsOf(cloud);
  const own = ends.find(({ instanceId }) => instanceId === instance.id);
  const others = ends.filter(({ instanceId, vpcId }) => instanceId !== instance.id && vpcId === own?.vpcId);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="In a shell of another instance of its VPC, such as a bastion host: the private address is reached from there alone."
        >
          From another instance
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Code
          label="SSH"
          text={own === undefined ? null : `ssh ${defaultUser || "root"}@${own.privateIp}`}
          otherwise="The instance has no network interface."
        />
        <Box>{loginText(instance)}</Box>
        {own !== undefined && <Reached own={own} others={others.slice(0, MOST_ASKED)} />}
        {others.length > MOST_ASKED && (
          <Box color="text-body-secondary">Only {MOST_ASKED} of the others are asked about: the VPC’s map has all.</Box>
        )}
      </SpaceBetween>
    </Container>
  );
}

function loginText({ keyName, passwordSetAt }: Instance) {
  if (keyName !== null) {
    return (
      <>
        It takes the private key of the key pair {keyName}. The other instance does not have it: put the key’s file
        there, and name it with <code>-i</code>. Images with Dropbear, such as tiny, want it converted first:{" "}
        <code>dropbearconvert openssh dropbear {keyName}.pem id_dropbear</code>
      </>
    );
  }
  return passwordSetAt === null
    ? "It was launched with neither a key pair nor a password: its SSH server lets in only whom its own files name. Sessions work all the same."
    : "It asks for the password that was chosen at its launch.";
}

/** Who reaches its SSH server, and what decides it. */
function Reached({ own, others }: { own: End; others: readonly End[] }) {
  const { cloud } = usePortal();
  const { network } = cloud;
  const pairs = others.map(({ interfaceId }) => ({
    from: interfaceId,
    to: own.interfaceId,
    question: {
      source: interfaceId,
      destination: own.interfaceId,
      protocol: "tcp",
      port: String(SSH_PORT),
    } as const,
  }));
  const { value, error } = useLoaded(
    () => arrowsOf(network, pairs),
    [network.onChange],
    [pairs.map(({ from }) => from).join(" ")],
  );
  if (others.length === 0) return <Box>There is no other instance in its VPC: launch a second one.</Box>;
  if (error !== null) return <Alert type="error">{error.message}</Alert>;
  return (
    <ul style={{ paddingInlineStart: "1.6em" }}>
      {(value ?? []).map(({ from, reachability }) => {
        const other = others.find(({ interfaceId }) => interfaceId === from);
        return (
          other !== undefined && (
            <li key={from}>
              <Verdict good={reachability.reachable}>
                <ResourceLink page="instances" id={other.instanceId}>
                  {other.label}
                </ResourceLink>
                {reachability.reachable ? " reaches it: " : " does not reach it: "}
                <Sentence words={reasonWords(cloud, reachability)} />
              </Verdict>
            </li>
          )
        );
      })}
    </ul>
  );
}
