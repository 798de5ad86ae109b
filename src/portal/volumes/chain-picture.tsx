import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Volume } from "../../api/volume-types.ts";
import { formatBytes } from "../format/bytes.ts";
import { usePortal } from "../live/portal-context.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { Loading } from "../shell/loading.tsx";

/** The layers of a volume, the one it writes to on top, each with how much of the volume's space it holds. */
export function ChainPicture({ volume }: { volume: Volume }) {
  const { cloud } = usePortal();
  // A snapshot that appears or goes changes the chain.
  const snapshots = cloud.snapshots.list().length;
  const {
    value: chain,
    error,
    look,
  } = useLoaded(() => cloud.volumes.chain(volume.id), [], [volume.id, volume.state, snapshots]);
  if (error !== null) {
    return (
      <SpaceBetween size="s">
        <Box color="text-status-error">
          {error.message} ({error.code})
        </Box>
        <Button onClick={look}>Try again</Button>
      </SpaceBetween>
    );
  }
  if (chain === null) return <Loading text="Looking at the layers…" />;
  const { layers, image } = chain;
  const all = Math.max(
    1,
    layers.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
  );
  return (
    <SpaceBetween size="m">
      {layers.map(({ id, frozen, storedBytes, snapshotIds }, index) => {
        const name = index === 0 && !frozen ? "Written to now" : `Frozen layer ${layers.length - index}`;
        const holders = snapshotIds.length === 0 ? "held by no snapshot" : `held by ${snapshotIds.join(", ")}`;
        return (
          <div key={id}>
            <Box variant="awsui-key-label">{name}</Box>
            <meter
              aria-label={`${name}: share of the volume's space`}
              style={{ width: "100%" }}
              max={all}
              value={storedBytes}
            />
            <Box color="text-body-secondary" fontSize="body-s">
              {formatBytes(storedBytes)} in this browser, {holders}
            </Box>
          </div>
        );
      })}
      <Box>
        {image === null
          ? "Below it: nothing; what was never written is zeros."
          : `Below it: the image ${image.name}, version ${image.version}.`}
      </Box>
      <Button iconName="refresh" onClick={look}>
        Look again
      </Button>
    </SpaceBetween>
  );
}
