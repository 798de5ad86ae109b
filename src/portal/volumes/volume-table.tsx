import type { Volume } from "../../api/volume-types.ts";
import { labelOf } from "../resources/label.ts";
import { ResourceTable } from "../resources/resource-table.tsx";
import { COLUMNS } from "./columns.tsx";
import { VolumeActions } from "./volume-actions.tsx";

interface VolumeTableProps {
  readonly volumes: readonly Volume[];
  readonly noun: readonly [one: string, many: string];
  readonly newestFirst: boolean;
  readonly empty: string;
}

/** Volumes, with what can be done with them. */
export function VolumeTable({ volumes, noun, newestFirst, empty }: VolumeTableProps) {
  return (
    <ResourceTable
      items={volumes}
      columns={COLUMNS}
      noun={noun}
      selection="multi"
      initialSorting={{ column: "created", descending: newestFirst }}
      filterPlaceholder="Find a volume by name, ID, state, type, instance"
      nameOf={labelOf}
      actions={(selected) => <VolumeActions volumes={selected} />}
      empty={empty}
    />
  );
}
