import type { LaunchRequest } from "../launch-request.ts";
import type { Tags } from "../tags.ts";
import type { VersionChoice } from "./template-choice.ts";

export type { LaunchTemplateChoice, VersionChoice } from "./template-choice.ts";

/** What of a launch a template can say. */
export type LaunchTemplateData = Partial<
  Omit<LaunchRequest, "count" | "minCount" | "clientToken" | "launchTemplate" | "password">
>;

export interface LaunchTemplateInfo {
  readonly id: string;
  readonly name: string;
  readonly createTime: Date;
  /** The ARN of who made it. */
  readonly createdBy: string;
  /** What is launched where no version is said. */
  readonly defaultVersion: number;
  readonly latestVersion: number;
  readonly tags: Tags;
}

export interface LaunchTemplateVersionInfo {
  readonly launchTemplateId: string;
  readonly launchTemplateName: string;
  readonly version: number;
  readonly description: string;
  readonly createTime: Date;
  readonly createdBy: string;
  readonly isDefault: boolean;
  readonly data: LaunchTemplateData;
}

export interface CreateLaunchTemplateRequest {
  /** 3–128 letters, digits and "()./_-": else `InvalidLaunchTemplateName.MalformedException`. */
  readonly name: string;
  readonly data: LaunchTemplateData;
  /** Of its first version; up to 255 characters. */
  readonly description?: string;
  readonly tags?: Tags;
  readonly clientToken?: string;
}

export interface CreateLaunchTemplateVersionRequest {
  readonly id?: string;
  readonly name?: string;
  /** The version whose data it begins with; `data` goes before it. */
  readonly sourceVersion?: VersionChoice;
  readonly data: LaunchTemplateData;
  readonly description?: string;
  readonly clientToken?: string;
}
