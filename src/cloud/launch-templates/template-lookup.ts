import { CloudError } from "../../base/errors.ts";
import { parseId } from "../../base/ids.ts";
import type { DiskContext } from "../volumes/disk-context.ts";
import type { LaunchTemplateChoice, LaunchTemplateData, VersionChoice } from "./launch-template-info.ts";
import { type LaunchTemplateRecord, type LaunchTemplateVersionRecord, versionKey } from "./launch-template-record.ts";

export type Sight = Pick<DiskContext, "registry" | "view">;
export type FoundTemplate = readonly [id: string, record: LaunchTemplateRecord];

/** `InvalidLaunchTemplateId.Malformed`, `InvalidLaunchTemplateId.NotFound`. */
export function templateOf({ registry, view }: Sight, id: string): LaunchTemplateRecord {
  const record = registry.launchTemplates.get(parseId("lt", id, "InvalidLaunchTemplateId.Malformed"));
  if (record !== undefined && view.sees(record)) return record;
  const text = `The specified launch template, with template ID ${id}, does not exist.`;
  throw new CloudError("InvalidLaunchTemplateId.NotFound", text, { launchTemplateId: id });
}

/** By one of id and name. `InvalidLaunchTemplateName.NotFoundException`. */
export function findTemplate(sight: Sight, { id, name }: Pick<LaunchTemplateChoice, "id" | "name">): FoundTemplate {
  if (id !== undefined && name !== undefined) {
    const text = "Either the launch template ID or name may be specified, but not both.";
    throw new CloudError("InvalidParameterCombination", text);
  }
  if (id !== undefined) return [id, templateOf(sight, id)];
  if (name === undefined) {
    throw new CloudError("MissingParameter", "Either the launch template ID or name must be specified.");
  }
  const { registry, view } = sight;
  const found = registry.launchTemplates.entries().find(([, record]) => record.name === name && view.sees(record));
  if (found !== undefined) return found;
  const text = `The specified launch template, with template name ${name.slice(0, 128)}, does not exist.`;
  throw new CloudError("InvalidLaunchTemplateName.NotFoundException", text, { launchTemplateName: name.slice(0, 128) });
}

/** All there are, newest first. */
export const versionsOf = ({ registry }: Sight, templateId: string): LaunchTemplateVersionRecord[] =>
  registry.launchTemplateVersions
    .entries()
    .map(([, record]) => record)
    .filter((record) => record.templateId === templateId)
    .sort((a, b) => b.number - a.number);

/** `InvalidLaunchTemplateId.VersionNotFound` for one that there is not, `InvalidParameterValue` for what is none. */
export function versionOf(
  sight: Sight,
  [id, record]: FoundTemplate,
  choice: VersionChoice = "$Default",
): LaunchTemplateVersionRecord {
  const number = numberOf(sight, [id, record], choice);
  const found = sight.registry.launchTemplateVersions.get(versionKey(id, number));
  if (found !== undefined) return found;
  const details = { launchTemplateId: id, version: number };
  throw new CloudError("InvalidLaunchTemplateId.VersionNotFound", "Could not find launch template version", details);
}

function numberOf(sight: Sight, [id, record]: FoundTemplate, choice: VersionChoice): number {
  if (choice === "$Default") return record.defaultVersion;
  if (choice === "$Latest") return latestOf(sight, id);
  if (/^[1-9][0-9]{0,8}$/.test(String(choice))) return Number(choice);
  const text = `Invalid launch template version '${String(choice).slice(0, 64)}': it is a number, $Default or $Latest.`;
  throw new CloudError("InvalidParameterValue", text, { parameter: "version" });
}

export const latestOf = (sight: Sight, templateId: string): number => versionsOf(sight, templateId)[0]?.number ?? 0;

export const dataOf = ({ data }: LaunchTemplateVersionRecord): LaunchTemplateData => data as LaunchTemplateData;
