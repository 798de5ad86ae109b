import { useEffect, useState } from "react";
import type { Snapshot } from "../../api/snapshot-types.ts";
import { formatBytes } from "../format/bytes.ts";
import { usePortal } from "../live/portal-context.ts";

/** What deleting a snapshot would give back, once it is known. */
export function OwnBytes({ snapshot: { id, state } }: { snapshot: Snapshot }) {
  const { cloud } = usePortal();
  const [text, setText] = useState("…");
  const count = cloud.snapshots.list().length;
  // Its neighbours share with it, so their coming and going changes it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above.
  useEffect(() => {
    if (state !== "completed") return;
    let gone = false;
    const show = (what: string) => {
      if (!gone) setText(what);
    };
    cloud.snapshots.usage(id).then(
      ({ ownBytes }) => show(formatBytes(ownBytes)),
      () => show("unknown"),
    );
    return () => {
      gone = true;
    };
  }, [cloud, id, state, count]);
  return <>{state === "completed" ? text : "–"}</>;
}
