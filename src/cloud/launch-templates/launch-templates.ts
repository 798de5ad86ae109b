import { CloudError } from "../../base/errors.ts";
import { anyOf, type Event } from "../../base/event.ts";
import { newId } from "../../base/ids.ts";
import { type Principal, principalArn } from "../../ec2/policy/index.ts";
import { byAge } from "../by-age.ts";
import type { ClientTokens } from "../client-tokens.ts";
import type { CloudInstances } from "../instances.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import type { Change } from "../record-table.ts";
import { ownedIn } from "../scope.ts";
import { checkTags, type Tags } from "../tags.ts";
import type { DiskContext } from "../volumes/disk-context.ts";
import { instanceData } from "./instance-data.ts";
import type {
  CreateLaunchTemplateRequest,
  CreateLaunchTemplateVersionRequest,
  LaunchTemplateChoice,
  LaunchTemplateData,
  LaunchTemplateInfo,
  LaunchTemplateVersionInfo,
  VersionChoice,
} from "./launch-template-info.ts";
import { type LaunchTemplateRecord, type LaunchTemplateVersionRecord, versionKey } from "./launch-template-record.ts";
import { checkData, checkDescription, checkName } from "./template-checks.ts";
import {
  dataOf,
  type FoundTemplate,
  findTemplate,
  latestOf,
  templateOf,
  versionOf,
  versionsOf,
} from "./template-lookup.ts";

const MAX_VERSIONS = 10_000;

const CREATE: Parameters<CreateLaunchTemplateRequest> = {
  name: true,
  data: true,
  description: true,
  tags: true,
  clientToken: true,
};
const CREATE_VERSION: Parameters<CreateLaunchTemplateVersionRequest> = {
  id: true,
  name: true,
  sourceVersion: true,
  data: true,
  description: true,
  clientToken: true,
};

type Context = Pick<DiskContext, "registry" | "view" | "quotas" | "clock" | "random">;

/** The launch templates (F12), as the public API shows them: `api/launch-template-types.ts`. */
export class CloudLaunchTemplates {
  readonly #context: Context;
  readonly #clientTokens: ClientTokens;
  readonly #instances: CloudInstances;
  readonly #principal: Principal;
  readonly onChange: Event<void>;

  /** Whoever has the page and has not signed in is the account's root user. */
  constructor(
    context: Context,
    clientTokens: ClientTokens,
    instances: CloudInstances,
    principal: Principal = { type: "root", accountId: context.view.makesIn.accountId },
  ) {
    this.#context = context;
    this.#instances = instances;
    this.#clientTokens = clientTokens;
    this.#principal = principal;
    const { launchTemplates, launchTemplateVersions } = context.registry;
    this.onChange = anyOf(launchTemplates.onChange, launchTemplateVersions.onChange);
  }

  /** The same, for whoever it is: what they make has their name. */
  as(principal: Principal): CloudLaunchTemplates {
    return new CloudLaunchTemplates(this.#context, this.#clientTokens, this.#instances, principal);
  }

  list(): LaunchTemplateInfo[] {
    const { registry, view } = this.#context;
    return registry.launchTemplates
      .entries()
      .filter(([, record]) => view.sees(record))
      .sort(byAge(({ createdAt }) => createdAt))
      .map((found) => this.#describe(found));
  }

  get(id: string): LaunchTemplateInfo {
    return this.#describe([id, templateOf(this.#context, id)]);
  }

  /** By one of id and name. */
  find(choice: Pick<LaunchTemplateChoice, "id" | "name">): LaunchTemplateInfo {
    return this.#describe(findTemplate(this.#context, choice));
  }

  /** Newest first. */
  async versions(choice: Pick<LaunchTemplateChoice, "id" | "name">): Promise<LaunchTemplateVersionInfo[]> {
    const found = findTemplate(this.#context, choice);
    return versionsOf(this.#context, found[0]).map((version) => describeVersion(found, version));
  }

  async version(choice: LaunchTemplateChoice): Promise<LaunchTemplateVersionInfo> {
    const found = findTemplate(this.#context, choice);
    return describeVersion(found, versionOf(this.#context, found, choice.version));
  }

  async create(request: CreateLaunchTemplateRequest): Promise<LaunchTemplateInfo> {
    checkParameters(request, CREATE);
    const { clientToken, ...rest } = request;
    const scope = this.#context.view.makesIn;
    const [id = ""] = await this.#clientTokens.once("CreateLaunchTemplate", scope, clientToken, rest, (remember) =>
      this.#create(rest, remember),
    );
    return this.get(id);
  }

  async #create(request: CreateLaunchTemplateRequest, remember: (ids: string[]) => Change[]): Promise<string[]> {
    const { registry, view, clock, random } = this.#context;
    const { name, data, description = "" } = request;
    const tags = checkTags(request.tags);
    checkName(name);
    checkData(data);
    checkDescription(description);
    this.#checkNew(name);
    const id = newId("lt", random);
    const createdAt = clock.now();
    const createdBy = principalArn(this.#principal);
    const record = { ...ownedIn(view.makesIn), name, createdAt, createdBy, defaultVersion: 1, lastVersion: 1, tags };
    const version = { templateId: id, number: 1, description, createdAt, createdBy, data: { ...data } };
    await registry.commit([
      registry.launchTemplates.put(id, record),
      registry.launchTemplateVersions.put(versionKey(id, 1), version),
      ...remember([id]),
    ]);
    return [id];
  }

  async createVersion(request: CreateLaunchTemplateVersionRequest): Promise<LaunchTemplateVersionInfo> {
    checkParameters(request, CREATE_VERSION);
    const { clientToken, ...rest } = request;
    const scope = this.#context.view.makesIn;
    const ids = await this.#clientTokens.once("CreateLaunchTemplateVersion", scope, clientToken, rest, (remember) =>
      this.#createVersion(rest, remember),
    );
    const [id = "", version = ""] = ids;
    return await this.version({ id, version });
  }

  async #createVersion(
    request: CreateLaunchTemplateVersionRequest,
    remember: (ids: string[]) => Change[],
  ): Promise<string[]> {
    const { registry, clock } = this.#context;
    const { sourceVersion, data, description = "" } = request;
    const found = findTemplate(this.#context, request);
    const [id, record] = found;
    const source = sourceVersion === undefined ? {} : dataOf(versionOf(this.#context, found, sourceVersion));
    checkDescription(description);
    checkData(data);
    if (versionsOf(this.#context, id).length >= MAX_VERSIONS) {
      const text = `The launch template ${id} has ${MAX_VERSIONS} versions already. Delete some first.`;
      throw new CloudError("MaxTemplateVersionLimitExceeded", text, { limit: MAX_VERSIONS });
    }
    const number = record.lastVersion + 1;
    const version = {
      templateId: id,
      number,
      description,
      createdAt: clock.now(),
      createdBy: principalArn(this.#principal),
      data: { ...source, ...data },
    };
    await registry.commit([
      registry.launchTemplates.put(id, { ...record, lastVersion: number }),
      registry.launchTemplateVersions.put(versionKey(id, number), version),
      ...remember([id, String(number)]),
    ]);
    return [id, String(number)];
  }

  async setDefaultVersion(choice: LaunchTemplateChoice): Promise<LaunchTemplateInfo> {
    const { registry } = this.#context;
    const found = findTemplate(this.#context, choice);
    const [id, record] = found;
    const { number } = versionOf(this.#context, found, choice.version);
    await registry.commit([registry.launchTemplates.put(id, { ...record, defaultVersion: number })]);
    return this.get(id);
  }

  /** With all its versions. What was launched with it stays. */
  async delete(choice: Pick<LaunchTemplateChoice, "id" | "name">): Promise<LaunchTemplateInfo> {
    const { registry } = this.#context;
    const found = findTemplate(this.#context, choice);
    const info = this.#describe(found);
    const [id] = found;
    const versions = versionsOf(this.#context, id).map(({ number }) =>
      registry.launchTemplateVersions.delete(versionKey(id, number)),
    );
    await registry.commit([registry.launchTemplates.delete(id), ...versions]);
    return info;
  }

  /** One of them; the default one cannot be: `OperationNotPermitted`. */
  async deleteVersion(choice: LaunchTemplateChoice & { readonly version: VersionChoice }): Promise<void> {
    const { registry } = this.#context;
    const found = findTemplate(this.#context, choice);
    const { number } = versionOf(this.#context, found, choice.version);
    const [id, { defaultVersion }] = found;
    if (number === defaultVersion) {
      const text = `The version ${number} is the launch template's default version: it cannot be deleted. Set another one first.`;
      throw new CloudError("OperationNotPermitted", text, { launchTemplateId: id, version: number });
    }
    await registry.commit([registry.launchTemplateVersions.delete(versionKey(id, number))]);
  }

  /** What a launch would say that makes an instance like this one. */
  async dataOfInstance(instanceId: string): Promise<LaunchTemplateData> {
    return instanceData(this.#context.registry, this.#instances.get(instanceId));
  }

  /** Replaces all tags. */
  async setTags(id: string, tags: Tags): Promise<LaunchTemplateInfo> {
    const { registry } = this.#context;
    const record = templateOf(this.#context, id);
    await registry.commit([registry.launchTemplates.put(id, { ...record, tags: checkTags(tags) })]);
    return this.get(id);
  }

  #checkNew(name: string): void {
    const { registry, view, quotas } = this.#context;
    const { region } = view.makesIn;
    const there = registry.launchTemplates
      .entries()
      .filter(([, record]) => view.sees(record) && record.region === region);
    if (there.some(([, record]) => record.name === name)) {
      const code = "InvalidLaunchTemplateName.AlreadyExistsException";
      throw new CloudError(code, "Launch template name already in use.", { launchTemplateName: name });
    }
    quotas.check("launch-templates", view.makesIn, 1);
  }

  #describe([id, record]: FoundTemplate): LaunchTemplateInfo {
    const { name, createdAt, createdBy, defaultVersion, tags }: LaunchTemplateRecord = record;
    const latestVersion = latestOf(this.#context, id);
    return { id, name, createTime: new Date(createdAt), createdBy, defaultVersion, latestVersion, tags };
  }
}

function describeVersion(
  [id, { name, defaultVersion }]: FoundTemplate,
  version: LaunchTemplateVersionRecord,
): LaunchTemplateVersionInfo {
  return {
    launchTemplateId: id,
    launchTemplateName: name,
    version: version.number,
    description: version.description,
    createTime: new Date(version.createdAt),
    createdBy: version.createdBy,
    isDefault: version.number === defaultVersion,
    data: dataOf(version),
  };
}
