import LiveRegion from "@cloudscape-design/components/live-region";
import { useEffect, useRef, useState } from "react";
import type { Cloud } from "../../api/types.ts";
import { describeChanges, statesOf } from "./announcements.ts";
import { unlessDenied } from "./denied.ts";

const seenInstances = (cloud: Cloud) => unlessDenied(() => cloud.instances.list(), []);

/** Tells screen readers when an instance changes its state, whatever page is open. */
export function StateAnnouncer({ cloud }: { cloud: Cloud }) {
  const [text, setText] = useState("");
  const before = useRef(statesOf(seenInstances(cloud)));
  useEffect(() => {
    const subscription = cloud.instances.onChange(() => {
      const instances = seenInstances(cloud);
      const changes = describeChanges(before.current, instances);
      before.current = statesOf(instances);
      if (changes !== "") setText(changes);
    });
    return () => subscription.dispose();
  }, [cloud]);
  return <LiveRegion hidden>{text}</LiveRegion>;
}
