import * as v from "valibot";
import { defineRecordKind } from "../../store/records.ts";
import { ownedEntries } from "../scope.ts";
import { tagsSchema } from "../tags.ts";

export const launchTemplateRecord = defineRecordKind({
  kind: "launch-template",
  version: 1,
  schema: v.object({
    ...ownedEntries,
    name: v.string(),
    /** Epoch ms. */
    createdAt: v.number(),
    /** An ARN. */
    createdBy: v.string(),
    defaultVersion: v.number(),
    /** The highest number there ever was: none is given twice. */
    lastVersion: v.number(),
    tags: tagsSchema,
  }),
});
export type LaunchTemplateRecord = v.InferOutput<typeof launchTemplateRecord.schema>;

/** One version; its id is the template's with ":" and its number. */
export const launchTemplateVersionRecord = defineRecordKind({
  kind: "launch-template-version",
  version: 1,
  schema: v.object({
    templateId: v.string(),
    number: v.number(),
    description: v.string(),
    createdAt: v.number(),
    createdBy: v.string(),
    /** `LaunchTemplateData`: checked when something is launched with it, as in EC2. */
    data: v.record(v.string(), v.unknown()),
  }),
});
export type LaunchTemplateVersionRecord = v.InferOutput<typeof launchTemplateVersionRecord.schema>;

export const versionKey = (templateId: string, number: number): string => `${templateId}:${number}`;
