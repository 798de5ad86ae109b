import Container from "@cloudscape-design/components/container";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { Instance } from "../../api/types.ts";
import { formatBytes, formatMemory } from "../format/bytes.ts";
import { formatDateTime } from "../format/time.ts";
import { StateIndicator, StatusCheck } from "../instances/indicators.tsx";

/** Everything that is known about an instance. */
export function Details({ instance }: { instance: Instance }) {
  const { type } = instance;
  return (
    <Container>
      <KeyValuePairs
        columns={3}
        items={[
          { label: "Instance ID", value: instance.id },
          { label: "Name", value: instance.name || "–" },
          {
            label: "Tags",
            value:
              Object.entries(instance.tags)
                .map(([key, value]) => `${key}: ${value}`)
                .join(", ") || "–",
          },
          { label: "State", value: <StateIndicator state={instance.state} /> },
          { label: "Reason for the state", value: instance.stateReason?.message ?? "–" },
          { label: "Status check", value: <StatusCheck instance={instance} /> },
          { label: "Launched", value: formatDateTime(instance.launchTime) },
          { label: "Image", value: instance.imageName },
          { label: "Type", value: type.name },
          { label: "Memory", value: formatMemory(type.memoryMiB) },
          { label: "Processor", value: `${type.vcpus} vCPU, ${Math.round(type.cpuShare * 100)} % of a core` },
          { label: "Kernel's command line", value: instance.kernel?.commandLine ?? "as its image says" },
          { label: "Availability zone", value: instance.availabilityZone },
          { label: "Key pair", value: instance.keyName ?? "–" },
          { label: "First start", value: firstStartOf(instance) },
          { label: "Termination protection", value: instance.attributes.disableApiTermination ? "On" : "Off" },
          { label: "Stop protection", value: instance.attributes.disableApiStop ? "On" : "Off" },
          {
            label: "When its guest shuts down",
            value: instance.attributes.instanceInitiatedShutdownBehavior === "stop" ? "it stops" : "it is terminated",
          },
          { label: "Automatic recovery", value: instance.attributes.autoRecovery === "default" ? "On" : "Off" },
          { label: "Host name", value: instance.hostname },
          { label: "Private IP", value: instance.privateIpAddress },
          {
            label: "Root volume",
            value:
              instance.rootDeviceType === "ebs" ? instance.rootVolumeId : "an instance store: gone with its machine",
          },
          { label: "Root volume size", value: formatBytes(instance.rootVolumeBytes) },
        ]}
      />
    </Container>
  );
}

/** What became of what it was given at launch (F10). */
function firstStartOf({ firstStart: { state, message } }: Instance): string {
  if (message !== null) return message;
  const texts = {
    none: "it was given neither a key pair, user data nor a password",
    waiting: "waits for the guest",
    running: "under way",
    done: "done",
    failed: "failed",
    undeliverable: "could not be delivered",
  };
  return texts[state];
}
