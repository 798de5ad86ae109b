import type { Instance } from "../../api/types.ts";
import { formatBytes, formatMemory } from "../format/bytes.ts";
import { formatDateTime } from "../format/time.ts";
import { StateIndicator, StatusCheck } from "../instances/indicators.tsx";
import { Facts } from "../resources/facts.tsx";
import { tagsText } from "../tags/tags.ts";

/** Everything that is known about an instance. */
export function Details({ instance }: { instance: Instance }) {
  const { type, attributes } = instance;
  return (
    <Facts
      facts={{
        "Instance ID": instance.id,
        Name: instance.name,
        Tags: tagsText(instance.tags),
        State: <StateIndicator state={instance.state} />,
        "Reason for the state": instance.stateReason?.message ?? "",
        "Status check": <StatusCheck instance={instance} />,
        Launched: formatDateTime(instance.launchTime),
        Image: instance.imageName,
        Type: type.name,
        Memory: formatMemory(type.memoryMiB),
        Processor: `${type.vcpus} vCPU, ${Math.round(type.cpuShare * 100)} % of a core`,
        "Kernel's command line": instance.kernel?.commandLine ?? "as its image says",
        "Availability zone": instance.availabilityZone,
        "Key pair": instance.keyName,
        "First start": firstStartOf(instance),
        "Termination protection": onOff(attributes.disableApiTermination),
        "Stop protection": onOff(attributes.disableApiStop),
        "When its guest shuts down":
          attributes.instanceInitiatedShutdownBehavior === "stop" ? "it stops" : "it is terminated",
        "Automatic recovery": onOff(attributes.autoRecovery === "default"),
        "Host name": instance.hostname,
        "Private IP": instance.privateIpAddress,
        "Root volume":
          instance.rootDeviceType === "ebs" ? instance.rootVolumeId : "an instance store: gone with its machine",
        "Root volume size": formatBytes(instance.rootVolumeBytes),
      }}
    />
  );
}

const onOff = (on: boolean): string => (on ? "On" : "Off");

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
