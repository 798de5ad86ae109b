import { CloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { scopeOf } from "../scope.ts";
import { checkTags } from "../tags.ts";
import { checkCidr } from "./cidr.ts";
import { NetworkCollection, type NetworkContext } from "./collection.ts";
import { DEFAULT_GROUP, openEgress } from "./default-network.ts";
import { noDefaultVpc } from "./launch-network.ts";
import type { SecurityGroup, SecurityGroupRule } from "./network.ts";
import { checkId, invalidValue, notFound, permissionNotFound } from "./network-errors.ts";
import type {
  CreateSecurityGroupRequest,
  Direction,
  SecurityGroupInfo,
  SecurityGroupRuleInfo,
  SecurityGroupRuleRequest,
} from "./security-group-info.ts";
import { checkTraffic, protocolName, type Traffic } from "./traffic.ts";

const CREATE: Parameters<CreateSecurityGroupRequest> = { name: true, description: true, vpcId: true, tags: true };
const RULE: Parameters<SecurityGroupRuleRequest> = {
  protocol: true,
  fromPort: true,
  toPort: true,
  cidrBlock: true,
  groupId: true,
  description: true,
  tags: true,
};

/** EC2 API, CreateSecurityGroup and `IpRange`: what names and descriptions are of. */
const TEXT = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/;

/** The security groups, as the public API shows them: `api/network-types.ts`. */
export class CloudSecurityGroups extends NetworkCollection<"securityGroups", SecurityGroupInfo> {
  constructor(context: NetworkContext) {
    super(context, "securityGroups");
  }

  /** With what it lets out: everything. */
  async create(request: CreateSecurityGroupRequest): Promise<SecurityGroupInfo> {
    checkParameters(request, CREATE);
    const { name, description, tags } = request;
    checkName(name);
    checkText("groupDescription", description, 1);
    const vpc = request.vpcId === undefined ? this.#defaultVpc() : this.network.vpc(request.vpcId);
    if (this.network.securityGroups().some((group) => group.vpcId === vpc.id && group.name === name)) {
      const text = `The security group '${name}' already exists for VPC '${vpc.id}'`;
      throw new CloudError("InvalidGroup.Duplicate", text, { name, vpcId: vpc.id });
    }
    const scope = scopeOf(vpc);
    const { quotas, random } = this.context;
    quotas.check("security-groups", scope, 1);
    const id = newId("sg", random);
    const record = {
      ...this.newIn(scope, tags),
      vpcId: vpc.id,
      name,
      description,
      rules: [openEgress(newId("sgr", random))],
    };
    await this.commit([this.network.put("securityGroups", id, record)]);
    return this.get(id);
  }

  /** `CannotDelete` for a default group, `DependencyViolation` while interfaces are in it or rules name it. */
  async delete(id: string): Promise<void> {
    const group = this.network.securityGroup(id);
    if (group.name === DEFAULT_GROUP) {
      const text = `the specified group: "${id}" name: "${DEFAULT_GROUP}" cannot be deleted by a user`;
      throw new CloudError("CannotDelete", text, { groupId: id });
    }
    const isUsed = this.network.interfaces().some(({ groupIds }) => groupIds.includes(id));
    const isNamed = this.network.securityGroups().some((other) => other.id !== id && names(other, id));
    if (isUsed || isNamed) {
      throw new CloudError("DependencyViolation", `resource ${id} has a dependent object`, { groupId: id });
    }
    await this.commit([this.network.delete("securityGroups", id)]);
  }

  /** Lets more through, at once for all members: all of these rules or, when one cannot be, none. */
  async authorize(
    id: string,
    direction: Direction,
    requests: readonly SecurityGroupRuleRequest[],
  ): Promise<SecurityGroupRuleInfo[]> {
    const group = this.network.securityGroup(id);
    if (requests.length === 0) throw missingRules();
    const added = requests.map((request) => ({
      ...this.#rule(group, direction, request),
      id: newId("sgr", this.context.random),
    }));
    await this.#store(group, [...group.rules, ...added]);
    return added;
  }

  /** What was let through by these rules is no longer. `InvalidSecurityGroupRuleId.NotFound` for one it does not have. */
  async revoke(id: string, ruleIds: readonly string[]): Promise<void> {
    const group = this.network.securityGroup(id);
    if (ruleIds.length === 0) throw missingRules();
    checkOneDirection(ruleIds.map((ruleId) => ruleOf(group, ruleId)));
    await this.#store(
      group,
      group.rules.filter((rule) => !ruleIds.includes(rule.id)),
    );
  }

  /** Makes rules other ones, under their ids and in their direction. Tags stay. */
  async modifyRules(id: string, changes: Readonly<Record<string, SecurityGroupRuleRequest>>): Promise<void> {
    const group = this.network.securityGroup(id);
    const changed = new Map(
      Object.entries(changes).map(([ruleId, request]) => {
        const { egress, tags } = ruleOf(group, ruleId);
        return [ruleId, { ...this.#rule(group, egress ? "egress" : "ingress", request), id: ruleId, tags }];
      }),
    );
    if (changed.size === 0) throw missingRules();
    await this.#store(
      group,
      group.rules.map((rule) => changed.get(rule.id) ?? rule),
    );
  }

  /** Each rule's, by its id. */
  async setRuleDescriptions(id: string, descriptions: Readonly<Record<string, string>>): Promise<void> {
    const group = this.network.securityGroup(id);
    for (const text of Object.values(descriptions)) {
      checkText("description", text, 0);
    }
    checkOneDirection(Object.keys(descriptions).map((ruleId) => ruleOf(group, ruleId)));
    await this.#store(
      group,
      group.rules.map((rule) => ({ ...rule, description: descriptions[rule.id] ?? rule.description })),
    );
  }

  /** The rules of a group that are these, whatever their descriptions are. `InvalidPermission.NotFound` (F56). */
  find(id: string, direction: Direction, requests: readonly SecurityGroupRuleRequest[]): SecurityGroupRuleInfo[] {
    const group = this.network.securityGroup(id);
    return requests.map((request) => {
      const wanted = keyOf(this.#rule(group, direction, request));
      const found = group.rules.find((rule) => keyOf(rule) === wanted);
      if (found !== undefined) return found;
      throw permissionNotFound(id);
    });
  }

  #rule(group: SecurityGroup, direction: Direction, request: SecurityGroupRuleRequest): Omit<SecurityGroupRule, "id"> {
    checkParameters(request, RULE);
    const { cidrBlock, groupId, description = "", tags } = request;
    checkText("description", description, 0);
    return {
      ...checkTraffic(request),
      egress: direction === "egress",
      peer: this.#peer(group, cidrBlock, groupId),
      description,
      tags: checkTags(tags),
    };
  }

  #peer(group: SecurityGroup, cidrBlock: string | undefined, groupId: string | undefined): SecurityGroupRule["peer"] {
    if ((cidrBlock === undefined) === (groupId === undefined)) {
      const text = "A rule has either a CIDR block or a security group.";
      throw new CloudError(cidrBlock === undefined ? "MissingParameter" : "InvalidParameterCombination", text);
    }
    if (groupId === undefined) return { cidrBlock: checkCidr(cidrBlock, "cidrIp") };
    const peer = this.network.securityGroup(groupId);
    if (peer.vpcId === group.vpcId) return { groupId };
    const text = "You have specified two resources that belong to different networks.";
    throw new CloudError("InvalidGroup.NotFound", text, { groupId });
  }

  /** `InvalidPermission.Duplicate`, `RulesPerSecurityGroupLimitExceeded`. */
  async #store(group: SecurityGroup, rules: SecurityGroupRule[]): Promise<void> {
    const seen = new Set<string>();
    for (const rule of rules) {
      const key = keyOf(rule);
      if (seen.has(key)) {
        const text = `the specified rule "${describeRule(rule)}" already exists`;
        throw new CloudError("InvalidPermission.Duplicate", text, { groupId: group.id });
      }
      seen.add(key);
    }
    for (const egress of [false, true]) {
      const count = rules.filter((rule) => rule.egress === egress).length;
      this.context.quotas.checkEach("rules-per-security-group", scopeOf(group), count);
    }
    await this.commit([this.changeOf(group.id, { rules })]);
  }

  #defaultVpc() {
    const vpc = this.network.defaultVpc(this.context.view.makesIn);
    if (vpc === undefined) throw noDefaultVpc();
    return vpc;
  }
}

function ruleOf(group: SecurityGroup, ruleId: string): SecurityGroupRule {
  checkId("securityGroupRules", ruleId);
  const rule = group.rules.find(({ id }) => id === ruleId);
  if (rule === undefined) throw notFound("securityGroupRules", ruleId);
  return rule;
}

/** What may be done to rules of one direction is another permission than to those of the other. */
function checkOneDirection(rules: readonly SecurityGroupRule[]): void {
  if (rules.every(({ egress }) => egress === rules[0]?.egress)) return;
  const text = "Rules of both directions cannot be changed in one request.";
  throw new CloudError("InvalidParameterCombination", text);
}

const names = ({ rules }: SecurityGroup, groupId: string): boolean =>
  rules.some(({ peer }) => "groupId" in peer && peer.groupId === groupId);

type Keyed = Traffic & Pick<SecurityGroupRule, "egress" | "peer">;

const peerText = ({ peer }: Pick<Keyed, "peer">): string => ("groupId" in peer ? peer.groupId : peer.cidrBlock);

/** The same for rules that let the same through. */
const keyOf = (rule: Keyed): string =>
  [rule.egress, rule.protocol, rule.fromPort, rule.toPort, peerText(rule)].join(" ");

/** In EC2's words. */
function describeRule(rule: Keyed): string {
  const { protocol, fromPort, toPort } = rule;
  const traffic =
    protocol === -1
      ? "ALL"
      : `${protocolName(protocol).toUpperCase()}${fromPort === null ? "" : `, from port: ${fromPort}, to port: ${toPort}`}`;
  return `peer: ${peerText(rule)}, ${traffic}, ALLOW`;
}

function checkName(name: unknown): void {
  checkText("groupName", name, 1);
  if (name === DEFAULT_GROUP) throw invalidValue(`Cannot use reserved security group name: ${DEFAULT_GROUP}`);
  if (!String(name).startsWith("sg-")) return;
  throw invalidValue(`Value (${name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`);
}

function checkText(parameter: string, text: unknown, least: number): void {
  if (typeof text === "string" && text.length >= least && TEXT.test(text)) return;
  const shown = String(text).slice(0, 64);
  throw invalidValue(
    `Value (${shown}) for parameter ${parameter} is invalid. It has ${least} to 255 characters of a-z, A-Z, 0-9, space and ._-:/()#,@[]+=&;{}!$*`,
    { parameter },
  );
}

const missingRules = () => new CloudError("MissingParameter", "The request must contain at least one rule.");
