import { CloudError } from "../../base/errors.ts";
import type { Event } from "../../base/event.ts";
import type { CallTarget } from "../../protocol/tab-contract.ts";
import { namedRegion, saidRegion, touchedRegion } from "../access/call-region.ts";
import type { Caller } from "../access/caller.ts";
import type { CloudAccess } from "../access/cloud-access.ts";
import type { Passage } from "../access/gate.ts";
import { type MemberAction, type MemberCall, requestOf } from "../access/member-action.ts";
import { memberAction } from "../access/member-actions.ts";
import type { CloudResources } from "../assembly.ts";
import { accountView } from "../scope.ts";
import type { Backend, InstanceSource } from "./backend.ts";
import type { PLAN, ResourceName } from "./plan.ts";

/** A resource, or an instance, by the names of its members; `plan.ts` has checked which there are. */
type Members = Readonly<Record<string, unknown>>;
type Method = (this: unknown, ...args: unknown[]) => unknown;

/** What the owner has, and what followers do not see of it. */
export type OwnResources = Pick<CloudResources, keyof typeof PLAN | "tags" | "seenBy">;

/** EC2's endpoint, which a tab's request is handed to; where there is none, requests are refused. */
export type HandleRequest = (request: unknown) => Promise<unknown>;

/** The owner's: calls go to the resources, through the gate, as whoever the calling tab has signed in as. */
export class LocalBackend implements Backend {
  readonly #resources: OwnResources;
  readonly #ec2: HandleRequest | undefined;

  constructor(resources: OwnResources, ec2?: HandleRequest) {
    this.#resources = resources;
    this.#ec2 = ec2;
  }

  /** `Protocol.UnknownMethod` for what is no call of the plan: what is asked for may come from another tab. */
  async call(target: CallTarget, args: readonly unknown[]): Promise<unknown> {
    const { resource, id, method } = target;
    if (resource === EC2 && method === "handle" && this.#ec2 !== undefined) return await this.#ec2(args[0]);
    const member = memberAction(resource, method);
    if (member === undefined) {
      throw new CloudError("Protocol.UnknownMethod", `The cloud has no method "${resource}.${method}".`, { resource });
    }
    const { access } = this.#resources;
    const { accessKeyId, origin } = target.caller ?? NOBODY;
    if (member.free) return await this.#run(access.caller(accessKeyId, origin), target, args);
    const passage = access.gate.open(origin, { accessKeyId: accessKeyId ?? "" });
    const work = async () => {
      const caller = access.caller(accessKeyId, origin);
      await describe(passage, member, access, caller, { args, id: id ?? "" });
      access.gate.authorize(passage);
      return await this.#run(caller, target, args);
    };
    return await access.gate.pass(passage, work, idsOf);
  }

  list(resource: ResourceName): readonly { readonly id: string }[] {
    return this.#read(resource, "list", []) as { id: string }[];
  }

  get(resource: ResourceName, id: string): { readonly id: string } {
    return this.#read(resource, "get", [id]) as { id: string };
  }

  value(resource: ResourceName, member: string): unknown {
    return (this.#resources[resource] as unknown as Members)[member];
  }

  onChange(resource: ResourceName): Event<void> {
    return this.#resources[resource].onChange;
  }

  instance(id: string): InstanceSource | undefined {
    const found = this.#resources.instances.find(id);
    return found && { id, facts: found, onChange: found.onChange, console: found.console };
  }

  /** In what the caller's account has; what is not in it is not there. */
  async #run(caller: Caller, { resource, id, method }: CallTarget, args: readonly unknown[]): Promise<unknown> {
    const { seenBy, access } = this.#resources;
    const seen = seenBy(accountView(caller.accountId));
    if (resource === "instances") {
      const launched = await seen.instances.launch(...(args as [never]));
      return launched.map((instance) => instance.id);
    }
    const find: Partial<Readonly<Record<string, () => object>>> = {
      instance: () => seen.instances.get(id ?? ""),
      console: () => seen.instances.get(id ?? "").console,
      access: () => access.as(caller),
      quotas: () => seen.quotas.as(caller.principal),
      launchTemplates: () => seen.launchTemplates.as(caller.principal),
    };
    const resources: Partial<Readonly<Record<string, object>>> = { ...this.#resources, ...seen };
    const target = find[resource]?.() ?? resources[resource];
    return await ((target as Members)[method] as Method).call(target, ...args);
  }

  #read(resource: ResourceName, method: string, args: readonly unknown[]): unknown {
    const target = this.#resources[resource] as unknown as Members;
    return (target[method] as Method).call(target, ...args);
  }
}

/** Where requests of EC2's protocol go, beside the resources of the plan. */
export const EC2 = "ec2";

const NOBODY = { accessKeyId: null, origin: "api" } as const;

/** Of what a call gives: not what that in its turn was made from. */
const idsOf = (result: unknown): unknown =>
  Array.isArray(result)
    ? result.map(idsOf)
    : typeof result === "object" && result !== null && "id" in result
      ? result.id
      : result;

/** Says what the call is, is about, and where it is. */
async function describe(
  passage: Passage,
  member: MemberAction,
  access: CloudAccess,
  caller: Caller,
  { args, id }: { readonly args: readonly unknown[]; readonly id: string },
): Promise<void> {
  const arnOf = (type: "user" | "group", name: string | undefined) => access.arnOf(caller, type, name);
  const anywhere: MemberCall = { args, id, lookup: access.lookup, scope: caller, arnOf };
  passage.caller = caller;
  passage.action = typeof member.action === "string" ? member.action : member.action(anywhere);
  passage.readOnly = member.readOnly ?? false;
  passage.frequent = member.frequent ?? false;
  passage.parameters = member.parameters?.(anywhere) ?? requestOf(anywhere);
  const said = saidRegion(anywhere) ?? (member.copies ? caller.region : await namedRegion(anywhere));
  const call = { ...anywhere, scope: { ...caller, region: said ?? caller.region } };
  const [first, ...others] = (await member.parts?.(call)) ?? [];
  passage.touched = first?.touched ?? (await member.touches?.(call)) ?? [];
  passage.action = first?.action ?? passage.action;
  passage.parameters = first?.parameters ?? passage.parameters;
  passage.caller = { ...caller, region: said ?? touchedRegion(passage.touched) ?? caller.region };
  const { caller: there } = passage;
  passage.others = others.map((part) => access.gate.open(caller.origin, { ...part, caller: there }));
}
