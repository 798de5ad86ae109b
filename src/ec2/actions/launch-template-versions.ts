import {
  DeleteLaunchTemplateVersions$,
  type DeleteLaunchTemplateVersionsRequest,
  type DeleteLaunchTemplateVersionsResult,
  DescribeLaunchTemplateVersions$,
  type DescribeLaunchTemplateVersionsRequest,
  type DescribeLaunchTemplateVersionsResult,
  type LaunchTemplateErrorCode,
  type LaunchTemplateVersion,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import type { LaunchTemplateVersionInfo } from "../../cloud/launch-templates/launch-template-info.ts";
import { integer, listOf } from "../accepted.ts";
import { type ActionContext, defineAction } from "../action.ts";
import { defined } from "../defined.ts";
import { LISTED, type Listing, listPage } from "../listing.ts";
import { templateDataOutput } from "./launch-template-data.ts";

/** EC2 API: of one request. */
const MAX_VERSIONS = 200;
/** More digits than a version has: pages go by text, and the newest comes first. */
const LAST_NUMBER = 999_999_999;

export async function versionOutput(
  version: LaunchTemplateVersionInfo,
  { cloud }: Pick<ActionContext, "cloud">,
): Promise<LaunchTemplateVersion> {
  return {
    LaunchTemplateId: version.launchTemplateId,
    LaunchTemplateName: version.launchTemplateName,
    VersionNumber: version.version,
    ...(version.description === "" ? {} : { VersionDescription: version.description }),
    CreateTime: version.createTime,
    CreatedBy: version.createdBy,
    DefaultVersion: version.isDefault,
    LaunchTemplateData: await templateDataOutput(version.data, cloud),
  };
}

/** EC2 API, DescribeLaunchTemplateVersions, "Filters". */
const VERSIONS: Listing<LaunchTemplateVersion> = {
  idOf: ({ LaunchTemplateId: id = "", VersionNumber: number = 0 }) => `${id} ${LAST_NUMBER - number}`,
  filters: {
    "create-time": ({ CreateTime: time }) => time,
    "ebs-optimized": () => undefined,
    "http-endpoint": ({ LaunchTemplateData: data }) => data?.MetadataOptions?.HttpEndpoint,
    "http-protocol-ipv4": () => undefined,
    "host-resource-group-arn": () => undefined,
    "http-tokens": ({ LaunchTemplateData: data }) => data?.MetadataOptions?.HttpTokens,
    "iam-instance-profile": () => undefined,
    "image-id": ({ LaunchTemplateData: data }) => data?.ImageId,
    "instance-type": ({ LaunchTemplateData: data }) => data?.InstanceType,
    "is-default-version": ({ DefaultVersion: isDefault }) => isDefault,
    "kernel-id": () => undefined,
    "license-configuration-arn": () => undefined,
    "network-card-index": () => undefined,
    "ram-disk-id": () => undefined,
  },
};

export const describeLaunchTemplateVersions = defineAction<
  DescribeLaunchTemplateVersionsRequest,
  DescribeLaunchTemplateVersionsResult
>(
  DescribeLaunchTemplateVersions$,
  {
    ...LISTED,
    MaxResults: integer(1, MAX_VERSIONS),
    LaunchTemplateId: true,
    LaunchTemplateName: true,
    MinVersion: true,
    MaxVersion: true,
    Versions: listOf(MAX_VERSIONS),
  },
  async (request, context) => {
    const { Versions: names, MinVersion: least, MaxVersion: most } = request;
    if (names !== undefined && (least ?? most) !== undefined) {
      const text = "The parameter Versions cannot be used with the parameters MinVersion and MaxVersion";
      throw new CloudError("InvalidParameterCombination", text);
    }
    const bounds = { least: boundOf("MinVersion", least, 1), most: boundOf("MaxVersion", most, LAST_NUMBER) };
    const chosen = await chosenVersions(request, context);
    const inBounds = chosen.filter(({ version }) => version >= bounds.least && version <= bounds.most);
    const all = await Promise.all(inBounds.map((version) => versionOutput(version, context)));
    const { LaunchTemplateId: id, LaunchTemplateName: name } = request;
    const list = JSON.stringify(["DescribeLaunchTemplateVersions", id, name, names, least, most]);
    const { items, nextToken } = await listPage(context, list, all, request, VERSIONS);
    return { LaunchTemplateVersions: [...items], NextToken: nextToken };
  },
);

/** Of one template, or the default and latest ones of all. */
async function chosenVersions(
  { LaunchTemplateId: id, LaunchTemplateName: name, Versions: names }: DescribeLaunchTemplateVersionsRequest,
  { cloud: { launchTemplates } }: ActionContext,
): Promise<LaunchTemplateVersionInfo[]> {
  const choices =
    id === undefined && name === undefined
      ? launchTemplates.list().map((template) => ({ id: template.id }))
      : [defined({ id, name })];
  const isOfAll = id === undefined && name === undefined;
  if (isOfAll && (names === undefined || names.some((one) => one !== "$Latest" && one !== "$Default"))) {
    const text = "Without a launch template, Versions must be $Latest, $Default or both of them.";
    throw new CloudError("MissingParameter", text, { parameter: "LaunchTemplateId" });
  }
  const found = await Promise.all(
    choices.map(async (choice) => {
      if (names === undefined) return await launchTemplates.versions(choice);
      return await Promise.all(names.map((version) => launchTemplates.version({ ...choice, version })));
    }),
  );
  const once = new Map(found.flat().map((version) => [`${version.launchTemplateId} ${version.version}`, version]));
  return [...once.values()];
}

function boundOf(parameter: string, value: string | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (/^[1-9][0-9]{0,8}$/.test(value)) return Number(value);
  const text = `Invalid launch template version '${value.slice(0, 64)}' for ${parameter}: it is a number.`;
  throw new CloudError("InvalidParameterValue", text, { parameter });
}

/** What there is not, and the default one, is told one by one; the others go. */
export const deleteLaunchTemplateVersions = defineAction<
  DeleteLaunchTemplateVersionsRequest,
  DeleteLaunchTemplateVersionsResult
>(
  DeleteLaunchTemplateVersions$,
  { LaunchTemplateId: true, LaunchTemplateName: true, Versions: listOf(MAX_VERSIONS) },
  async ({ LaunchTemplateId: id, LaunchTemplateName: name, Versions: versions = [] }, { cloud }) => {
    const template = cloud.launchTemplates.find(defined({ id, name }));
    const result: Required<DeleteLaunchTemplateVersionsResult> = {
      SuccessfullyDeletedLaunchTemplateVersions: [],
      UnsuccessfullyDeletedLaunchTemplateVersions: [],
    };
    for (const version of new Set(versions)) {
      const item = {
        LaunchTemplateId: template.id,
        LaunchTemplateName: template.name,
        VersionNumber: Number(version),
      };
      try {
        await cloud.launchTemplates.deleteVersion({ id: template.id, version });
        result.SuccessfullyDeletedLaunchTemplateVersions?.push(item);
      } catch (error) {
        if (!(error instanceof CloudError) || Number.isNaN(item.VersionNumber)) throw error;
        const ResponseError = { Code: errorCode(error), Message: error.message };
        result.UnsuccessfullyDeletedLaunchTemplateVersions?.push({ ...item, ResponseError });
      }
    }
    return result;
  },
);

const errorCode = ({ code }: CloudError): LaunchTemplateErrorCode =>
  code === "InvalidLaunchTemplateId.VersionNotFound" ? "launchTemplateVersionDoesNotExist" : "unexpectedError";
