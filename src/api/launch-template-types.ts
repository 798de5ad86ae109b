import type { Event } from "../base/event.ts";
import type * as info from "../cloud/launch-templates/launch-template-info.ts";

export type {
  CreateLaunchTemplateRequest,
  CreateLaunchTemplateVersionRequest,
  LaunchTemplateChoice,
  LaunchTemplateData,
  LaunchTemplateInfo as LaunchTemplate,
  LaunchTemplateVersionInfo as LaunchTemplateVersion,
} from "../cloud/launch-templates/launch-template-info.ts";

type Choice = Pick<info.LaunchTemplateChoice, "id" | "name">;

/**
 * Launch templates (F12): what launches have in common, in numbered versions. `instances.launch({ launchTemplate })` takes
 * from one what it does not say itself. What a template names is looked for at the launch.
 *
 * Templates are named by one of `id` and `name`; unknown: `InvalidLaunchTemplateId.NotFound`,
 * `InvalidLaunchTemplateName.NotFoundException`. Versions are numbers, "$Default" or "$Latest"; one that there is not is
 * `InvalidLaunchTemplateId.VersionNotFound`.
 */
export interface LaunchTemplates {
  /** Oldest first. */
  list(): info.LaunchTemplateInfo[];
  get(launchTemplateId: string): info.LaunchTemplateInfo;
  /** Fires after a template has appeared, changed or gone. */
  readonly onChange: Event<void>;
  /** With its first version. The name is taken: `InvalidLaunchTemplateName.AlreadyExistsException`. */
  create(request: info.CreateLaunchTemplateRequest): Promise<info.LaunchTemplateInfo>;
  createVersion(request: info.CreateLaunchTemplateVersionRequest): Promise<info.LaunchTemplateVersionInfo>;
  /** All of them, newest first. */
  versions(template: Choice): Promise<info.LaunchTemplateVersionInfo[]>;
  version(choice: info.LaunchTemplateChoice): Promise<info.LaunchTemplateVersionInfo>;
  setDefaultVersion(choice: info.LaunchTemplateChoice): Promise<info.LaunchTemplateInfo>;
  /** With all its versions. What was launched with it stays. */
  delete(template: Choice): Promise<info.LaunchTemplateInfo>;
  /** Not the default one: `OperationNotPermitted`. */
  deleteVersion(choice: info.LaunchTemplateChoice & { readonly version: info.VersionChoice }): Promise<void>;
  /** What a launch would say that makes an instance like this one. */
  dataOfInstance(instanceId: string): Promise<info.LaunchTemplateData>;
  /** Replaces all tags. */
  setTags(launchTemplateId: string, tags: Readonly<Record<string, string>>): Promise<info.LaunchTemplateInfo>;
}
