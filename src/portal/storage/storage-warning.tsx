import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";
import type { Cloud } from "../../api/types.ts";
import { formatBytes } from "../format/bytes.ts";
import { formatDateTime } from "../format/time.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { useAction } from "../resources/use-action.ts";
import { formatRoute } from "../routing/route.ts";

/** Warns, on every page, before the browser's storage is full, and tells when the browser has lost what was in it. */
export function StorageWarning({ cloud }: { cloud: Cloud }) {
  useRerenderOn(cloud.storage.onChange);
  return (
    <>
      <Loss cloud={cloud} />
      <LittleRoom cloud={cloud} />
    </>
  );
}

function Loss({ cloud }: { cloud: Cloud }) {
  const run = useAction();
  const { lostSince } = cloud.storage.state;
  if (lostSince === null) return null;
  const dismiss = () => run("Could not dismiss the message", () => cloud.storage.dismissLoss());
  return (
    <Box margin={{ bottom: "s" }}>
      <Alert
        type="error"
        header="The browser has lost this cloud's data"
        dismissible={true}
        dismissAriaLabel="Dismiss"
        onDismiss={dismiss}
      >
        Something was stored here from {formatDateTime(lostSince)} on, and is gone: browsers delete a database that they
        find damaged, for instance after a crash. It cannot be brought back from here. Exports of volumes, snapshots and
        images can be imported again.
      </Alert>
    </Box>
  );
}

function LittleRoom({ cloud }: { cloud: Cloud }) {
  const { level, usedBytes, quotaBytes } = cloud.storage.state;
  if (level !== "low" && level !== "critical") return null;
  const left = usedBytes === null || quotaBytes === null ? null : Math.max(0, quotaBytes - usedBytes);
  return (
    <Box margin={{ bottom: "s" }}>
      <Alert
        type={level === "critical" ? "error" : "warning"}
        header={level === "critical" ? "The browser's storage is nearly full" : "The browser's storage gets tight"}
      >
        {left === null ? "" : `${formatBytes(left)} are left. `}
        When it is full, guests get I/O errors on what they write. Delete volumes or snapshots that you no longer need,
        or free room on this computer: <Link href={formatRoute({ page: "storage" })}>see what takes how much</Link>.
      </Alert>
    </Box>
  );
}
