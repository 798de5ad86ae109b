import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Steps from "@cloudscape-design/components/steps";
import type { Instance } from "../../api/types.ts";
import { formatProgress } from "../format/bytes.ts";
import { formatDuration } from "../format/time.ts";
import { type BootStep, bootSteps } from "./boot.ts";

const STATUS = { done: "success", active: "loading", waiting: "not-started" } as const;
const SPOKEN = { done: "Done", active: "In progress", waiting: "Not started" } as const;

/** How far a boot is, shown where the console's output will be. */
export function BootOverlay({ instance }: { instance: Instance }) {
  const { boot } = instance;
  const total = boot?.downloadTotalBytes ?? 0;
  const loaded = Math.min(boot?.downloadedBytes ?? 0, total);
  return (
    <SpaceBetween size="m">
      <Steps ariaLabel="Progress of the boot" steps={bootSteps(boot).map(toStep)} />
      {total > 0 && (
        <ProgressBar
          value={(loaded / total) * 100}
          label="Download"
          additionalInfo={`${formatProgress(loaded, total)}, kept in this browser for the next time`}
        />
      )}
    </SpaceBetween>
  );
}

function toStep({ title, status, durationMs }: BootStep) {
  return {
    header: durationMs === null ? title : `${title} – ${formatDuration(durationMs)}`,
    status: STATUS[status],
    statusIconAriaLabel: SPOKEN[status],
  };
}
