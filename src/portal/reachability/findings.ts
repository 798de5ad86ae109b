import type { NetworkFinding } from "../../api/network-types.ts";
import type { Cloud } from "../../api/types.ts";
import { groupWord, interfaceWord, ruleText, type Word, type Words } from "./words.ts";

type Severity = "High" | "Medium" | "Low";

/** Doors that stand open first; what only clutters is low. */
export function severityOf(finding: NetworkFinding): Severity {
  if (finding.kind !== "open-to-world") return "Low";
  if (finding.severity === "low") return "Low";
  return finding.interfaceIds.length > 0 ? "High" : "Medium";
}

/** What was found, with links. */
export function findingWords(cloud: Cloud, finding: NetworkFinding): Words {
  const group = groupWord(cloud, finding.groupId, "ingress");
  if (finding.kind === "unused-group") return ["No interface has the group ", group, ", and no rule names it."];
  const rule: Words = [`Rule ${finding.ruleId} of `, group, ruleText(cloud, finding.groupId, finding.ruleId)];
  switch (finding.kind) {
    case "open-to-world": {
      const services = [...new Set(finding.sensitivePorts.map(({ service }) => service))];
      const what = services.length > 3 ? `${services.slice(0, 3).join(", ")} and more` : services.join(", ");
      return [...rule, " lets everybody in", what === "" ? "." : `: ${what}.`];
    }
    case "stale-reference":
      return [...rule, ` names ${finding.peerGroupId}, which is gone or in another VPC: it lets nobody in.`];
    case "empty-reference":
      return [...rule, " names ", groupWord(cloud, finding.peerGroupId, "ingress"), ", which no interface has."];
  }
}

const MOST_NAMED = 5;

/** Whom it is about, and what can be done. */
export function adviceWords(cloud: Cloud, finding: NetworkFinding): Words {
  switch (finding.kind) {
    case "open-to-world": {
      const { interfaceIds } = finding;
      if (interfaceIds.length === 0) return ["Nobody is behind it now. Revoke it before somebody is."];
      const named = interfaceIds
        .slice(0, MOST_NAMED)
        .flatMap((id, at): Word[] => [...(at === 0 ? [] : [", "]), interfaceWord(cloud, id)]);
      const more = interfaceIds.length - MOST_NAMED;
      return ["Open: ", ...named, more > 0 ? ` and ${more} more` : "", ". Let in only whom you know."];
    }
    case "stale-reference":
      return ["Revoke it."];
    case "empty-reference":
      return ["Revoke it, unless somebody is to have that group."];
    case "unused-group":
      return ["Delete it, unless it is kept for later."];
  }
}
