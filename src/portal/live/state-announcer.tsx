import LiveRegion from "@cloudscape-design/components/live-region";
import { useEffect, useRef, useState } from "react";
import type { Cloud } from "../../api/types.ts";
import { describeChanges, statesOf } from "./announcements.ts";

/** Tells screen readers when an instance changes its state, whatever page is open. */
export function StateAnnouncer({ cloud }: { cloud: Cloud }) {
  const [text, setText] = useState("");
  const before = useRef(statesOf(cloud.instances.list()));
  useEffect(() => {
    const subscription = cloud.instances.onChange(() => {
      const instances = cloud.instances.list();
      const changes = describeChanges(before.current, instances);
      before.current = statesOf(instances);
      if (changes !== "") setText(changes);
    });
    return () => subscription.dispose();
  }, [cloud]);
  return <LiveRegion hidden>{text}</LiveRegion>;
}
