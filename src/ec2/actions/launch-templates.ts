import {
  CreateLaunchTemplate$,
  type CreateLaunchTemplateRequest,
  type CreateLaunchTemplateResult,
  CreateLaunchTemplateVersion$,
  type CreateLaunchTemplateVersionRequest,
  type CreateLaunchTemplateVersionResult,
  DeleteLaunchTemplate$,
  type DeleteLaunchTemplateRequest,
  type DeleteLaunchTemplateResult,
  DescribeLaunchTemplates$,
  type DescribeLaunchTemplatesRequest,
  type DescribeLaunchTemplatesResult,
  GetLaunchTemplateData$,
  type GetLaunchTemplateDataRequest,
  type GetLaunchTemplateDataResult,
  type LaunchTemplate,
  type LaunchTemplateSpecification,
  ModifyLaunchTemplate$,
  type ModifyLaunchTemplateRequest,
  type ModifyLaunchTemplateResult,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { LaunchTemplateChoice, LaunchTemplateInfo } from "../../cloud/launch-templates/launch-template-info.ts";
import { integer } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { getAll, LISTED, type Listing, listPage } from "../listing.ts";
import { newTags, tagList, tagSpecifications } from "../tags.ts";
import { LAUNCH_INPUT, launchInput } from "./launch-input.ts";
import { templateDataOutput } from "./launch-template-data.ts";
import { versionOutput } from "./launch-template-versions.ts";

/** EC2 API, DescribeLaunchTemplates: "between 1 and 200". */
export const MAX_TEMPLATES_PAGE = 200;

const templateOutput = (template: LaunchTemplateInfo): LaunchTemplate => ({
  LaunchTemplateId: template.id,
  LaunchTemplateName: template.name,
  CreateTime: template.createTime,
  CreatedBy: template.createdBy,
  DefaultVersionNumber: template.defaultVersion,
  LatestVersionNumber: template.latestVersion,
  Tags: tagList(template.tags),
});

/** What the request names a template by. */
export const choiceOf = ({
  LaunchTemplateId: id,
  LaunchTemplateName: name,
}: {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
}): { id?: string; name?: string } => defined({ id, name });

/** As RunInstances names one. */
export const templateChoice = (given: LaunchTemplateSpecification): LaunchTemplateChoice =>
  defined({ ...choiceOf(given), version: given.Version });

export const createLaunchTemplate = defineAction<CreateLaunchTemplateRequest, CreateLaunchTemplateResult>(
  CreateLaunchTemplate$,
  {
    ClientToken: true,
    LaunchTemplateData: LAUNCH_INPUT,
    LaunchTemplateName: true,
    TagSpecifications: tagSpecifications("launch-template"),
    VersionDescription: true,
  },
  async (request, context) => {
    const made = await context.cloud.launchTemplates.as(context.caller.principal).create({
      name: request.LaunchTemplateName ?? "",
      data: launchInput(request.LaunchTemplateData ?? {}, context),
      tags: newTags(request.TagSpecifications, "launch-template"),
      ...defined({ description: request.VersionDescription, clientToken: request.ClientToken }),
    });
    return { LaunchTemplate: templateOutput(made) };
  },
);

export const createLaunchTemplateVersion = defineAction<
  CreateLaunchTemplateVersionRequest,
  CreateLaunchTemplateVersionResult
>(
  CreateLaunchTemplateVersion$,
  {
    ClientToken: true,
    LaunchTemplateData: LAUNCH_INPUT,
    LaunchTemplateId: true,
    LaunchTemplateName: true,
    SourceVersion: true,
    VersionDescription: true,
  },
  async (request, context) => {
    const made = await context.cloud.launchTemplates.as(context.caller.principal).createVersion({
      ...choiceOf(request),
      data: launchInput(request.LaunchTemplateData ?? {}, context),
      ...defined({
        description: request.VersionDescription,
        sourceVersion: request.SourceVersion,
        clientToken: request.ClientToken,
      }),
    });
    return { LaunchTemplateVersion: await versionOutput(made, context) };
  },
);

const TEMPLATES: Listing<LaunchTemplateInfo> = {
  idOf: ({ id }) => id,
  tagsOf: ({ tags }) => tags,
  filters: { "create-time": ({ createTime }) => createTime, "launch-template-name": ({ name }) => name },
};

export const describeLaunchTemplates = defineAction<DescribeLaunchTemplatesRequest, DescribeLaunchTemplatesResult>(
  DescribeLaunchTemplates$,
  { ...LISTED, MaxResults: integer(1, MAX_TEMPLATES_PAGE), LaunchTemplateIds: true, LaunchTemplateNames: true },
  async (request, context) => {
    const { launchTemplates } = context.cloud;
    const { LaunchTemplateIds: ids = [], LaunchTemplateNames: names = [] } = request;
    const chosen = [
      ...getAll(ids, (id) => launchTemplates.get(id)),
      ...getAll(names, (name) => launchTemplates.find({ name })),
    ];
    const all = ids.length + names.length === 0 ? launchTemplates.list() : chosen;
    const { items, nextToken } = await listPage(context, "DescribeLaunchTemplates", all, request, TEMPLATES);
    return { LaunchTemplates: items.map(templateOutput), NextToken: nextToken };
  },
);

export const modifyLaunchTemplate = defineAction<ModifyLaunchTemplateRequest, ModifyLaunchTemplateResult>(
  ModifyLaunchTemplate$,
  { ClientToken: true, DefaultVersion: true, LaunchTemplateId: true, LaunchTemplateName: true },
  async (request, { cloud }) => {
    const { DefaultVersion: version } = request;
    if (version === undefined) {
      throw new CloudError("MissingParameter", "The request must contain the parameter DefaultVersion");
    }
    // Done again it changes nothing: its client token need not be remembered.
    const changed = await cloud.launchTemplates.setDefaultVersion({ ...choiceOf(request), version });
    return { LaunchTemplate: templateOutput(changed) };
  },
);

export const deleteLaunchTemplate = defineAction<DeleteLaunchTemplateRequest, DeleteLaunchTemplateResult>(
  DeleteLaunchTemplate$,
  { LaunchTemplateId: true, LaunchTemplateName: true },
  async (request, { cloud }) => ({
    LaunchTemplate: templateOutput(await cloud.launchTemplates.delete(choiceOf(request))),
  }),
);

export const getLaunchTemplateData = defineAction<GetLaunchTemplateDataRequest, GetLaunchTemplateDataResult>(
  GetLaunchTemplateData$,
  { InstanceId: true },
  async ({ InstanceId: id = "" }, { cloud }) => ({
    LaunchTemplateData: await templateDataOutput(await cloud.launchTemplates.dataOfInstance(id), cloud),
  }),
);
