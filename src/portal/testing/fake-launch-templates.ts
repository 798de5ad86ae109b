import type {
  CreateLaunchTemplateRequest,
  CreateLaunchTemplateVersionRequest,
  LaunchTemplate,
  LaunchTemplateChoice,
  LaunchTemplateData,
  LaunchTemplates,
  LaunchTemplateVersion,
} from "../../api/types.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";

/** Launch templates of one version each. */
export class FakeLaunchTemplates implements LaunchTemplates {
  readonly #templates = new Map<string, { readonly info: LaunchTemplate; readonly data: LaunchTemplateData }>();
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;

  list(): LaunchTemplate[] {
    return [...this.#templates.values()].map(({ info }) => info);
  }

  get(id: string): LaunchTemplate {
    return this.#find({ id }).info;
  }

  async create({ name, data, tags = {} }: CreateLaunchTemplateRequest): Promise<LaunchTemplate> {
    const id = `lt-${(this.#templates.size + 1).toString(16).padStart(17, "0")}`;
    const createdBy = "arn:aws:iam::123456789012:root";
    const info = { id, name, tags, createTime: new Date(), createdBy, defaultVersion: 1, latestVersion: 1 };
    this.#templates.set(id, { info, data });
    this.#changed.fire();
    return info;
  }

  async createVersion(request: CreateLaunchTemplateVersionRequest): Promise<LaunchTemplateVersion> {
    return await this.version(request);
  }

  async versions(choice: LaunchTemplateChoice): Promise<LaunchTemplateVersion[]> {
    return [await this.version(choice)];
  }

  async version(choice: LaunchTemplateChoice): Promise<LaunchTemplateVersion> {
    const { info, data } = this.#find(choice);
    const { id: launchTemplateId, name: launchTemplateName, createTime, createdBy } = info;
    const version = { version: 1, description: "", isDefault: true, createTime, createdBy, data };
    return { launchTemplateId, launchTemplateName, ...version };
  }

  async setDefaultVersion(choice: LaunchTemplateChoice): Promise<LaunchTemplate> {
    return this.#find(choice).info;
  }

  async delete(choice: LaunchTemplateChoice): Promise<LaunchTemplate> {
    const { info } = this.#find(choice);
    this.#templates.delete(info.id);
    this.#changed.fire();
    return info;
  }

  async deleteVersion(): Promise<void> {}

  async dataOfInstance(): Promise<LaunchTemplateData> {
    return { image: "tiny" };
  }

  async setTags(id: string, tags: LaunchTemplate["tags"]): Promise<LaunchTemplate> {
    const { info, data } = this.#find({ id });
    this.#templates.set(id, { info: { ...info, tags }, data });
    this.#changed.fire();
    return this.get(id);
  }

  #find({ id, name }: LaunchTemplateChoice) {
    const found = [...this.#templates.values()].find(({ info }) => info.id === id || info.name === name);
    if (found !== undefined) return found;
    throw new CloudError("InvalidLaunchTemplateId.NotFound", `The launch template ${id ?? name} does not exist.`);
  }
}
