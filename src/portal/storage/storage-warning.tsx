import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";
import type { Cloud } from "../../api/types.ts";
import { formatBytes } from "../format/bytes.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { formatRoute } from "../routing/route.ts";

/** Warns, on every page, before the browser's storage is full. */
export function StorageWarning({ cloud }: { cloud: Cloud }) {
  useRerenderOn(cloud.storage.onChange);
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
