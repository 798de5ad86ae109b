import { CloudError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { CaptureOptions } from "../../network/capture/packet-capture.ts";
import type { FlowLogRecord } from "../../network/flow-log/flow-record.ts";
import type { Incident } from "../../network/switch/counters.ts";
import { checkParameters, type Parameters } from "../parameters.ts";
import { scopeOf } from "../scope.ts";
import type {
  AttachNetworkInterfaceRequest,
  CreateNetworkInterfaceRequest,
  InterfaceAddressInfo,
  ModifyNetworkInterfaceRequest,
  NetworkInterfaceInfo,
} from "./address-info.ts";
import { checkOwn } from "./addresses.ts";
import { NetworkCollection, type NetworkContext } from "./collection.ts";
import { attachmentOf, newInterface } from "./instance-interfaces.ts";
import { checkGroups } from "./interface-checks.ts";
import { captureOf, type FlowLogListener, flowLogOf, followFlowLog, incidentsOf } from "./interface-observation.ts";
import { interfaceInUse } from "./launch-network.ts";
import { MAX_ADDRESSES, MAX_INTERFACES } from "./launch-request.ts";
import type { NetworkInterface } from "./network.ts";
import { invalidValue } from "./network-errors.ts";
import { addressesOf, checkAddress, chooseAddresses, freeAddresses } from "./subnet-addresses.ts";

const CREATE: Parameters<CreateNetworkInterfaceRequest> = {
  subnetId: true,
  securityGroupIds: true,
  privateIpAddress: true,
  secondaryPrivateIpAddresses: true,
  secondaryPrivateIpAddressCount: true,
  description: true,
  tags: true,
  clientToken: true,
};
const ATTACH: Parameters<AttachNetworkInterfaceRequest> = {
  networkInterfaceId: true,
  instanceId: true,
  deviceIndex: true,
};
const MODIFY: Parameters<ModifyNetworkInterfaceRequest> = {
  description: true,
  securityGroupIds: true,
  sourceDestCheck: true,
  deleteOnTermination: true,
};
const CAPTURE: Parameters<CaptureOptions> = { snapLength: true, bufferBytes: true };
const MAX_DESCRIPTION = 255;

type Attachment = NonNullable<NetworkInterface["attachment"]>;

/** The network interfaces, as the public API shows them: `api/network-types.ts`. */
export class CloudNetworkInterfaces extends NetworkCollection<"networkInterfaces", NetworkInterfaceInfo> {
  constructor(context: NetworkContext) {
    super(context, "networkInterfaces", context.registry.addresses);
  }

  async create(request: CreateNetworkInterfaceRequest): Promise<NetworkInterfaceInfo> {
    checkParameters(request, CREATE);
    const subnet = this.network.subnet(request.subnetId);
    const scope = scopeOf(subnet);
    const { secondaryPrivateIpAddresses: others = [], secondaryPrivateIpAddressCount: more = 0 } = request;
    const { description = "" } = request;
    checkDescription(description);
    return await this.once("CreateNetworkInterface", scope, request, () => {
      const { quotas, registry, random } = this.context;
      quotas.check("network-interfaces", scope, 1);
      checkCount(1 + others.length + more);
      const groupIds = checkGroups(this.network, subnet, request.securityGroupIds);
      const [addresses = []] = chooseAddresses(subnet, addressesOf(registry, subnet.id), request, 1);
      const { tags, createdAt } = this.newIn(scope, request.tags);
      const id = newId("eni", random);
      const record = newInterface(subnet, { addresses, groupIds, description, tags, createdAt, random });
      return { id, edits: [this.network.put("networkInterfaces", id, record)] };
    });
  }

  /** To a stopped instance, or a running one, whose guest gets another card. The attachment's id. */
  async attach(request: AttachNetworkInterfaceRequest): Promise<string> {
    checkParameters(request, ATTACH);
    const { networkInterfaceId: id, instanceId, deviceIndex } = request;
    const one = this.network.interface(id);
    if (one.attachment !== null || one.interfaceType !== "interface") throw interfaceInUse(id);
    const instance = this.#instance(instanceId);
    if (instance.zone !== one.zone) {
      const text =
        "You may not attach a network interface to an instance if they are not in the same availability zone";
      throw new CloudError("InvalidParameterCombination", text, { networkInterfaceId: id, instanceId });
    }
    this.#checkIndex(one, instanceId, deviceIndex);
    const attachedAt = this.context.clock.now();
    const attachment = attachmentOf(id, { instanceId, deviceIndex, deleteOnTermination: false, attachedAt });
    await this.commit([this.changeOf(id, { attachment })]);
    if (instance.state !== "running") return attachment.id;
    try {
      await instance.interfaces.attach({ interfaceId: id, macAddress: one.macAddress, deviceIndex });
    } catch (error) {
      await this.commit([this.changeOf(id, { attachment: null })]);
      throw error;
    }
    return attachment.id;
  }

  /** `force`: also from a guest that does not let go of it. `OperationNotPermitted` for an instance's primary one. */
  async detach(attachmentId: string, { force = false }: { readonly force?: boolean } = {}): Promise<void> {
    const { id, attachment } = this.#attached(attachmentId);
    if (attachment.deviceIndex === 0) {
      const text = "The network interface at device index 0 and networkCard index 0 cannot be detached.";
      throw new CloudError("OperationNotPermitted", text, { attachmentId });
    }
    const instance = this.#instance(attachment.instanceId);
    if (instance.state === "running") await instance.interfaces.detach(id, force);
    await this.commit([this.changeOf(id, { attachment: null })]);
  }

  /** `InvalidParameterValue` while it is attached, or a gateway's. Elastic IP addresses stay, without it. */
  async delete(id: string): Promise<void> {
    const one = this.network.interface(id);
    if (one.attachment !== null || one.interfaceType !== "interface") {
      throw invalidValue(`Network interface '${id}' is currently in use.`, { networkInterfaceId: id });
    }
    const associated = this.network.list("addresses").filter(({ association: at }) => at?.networkInterfaceId === id);
    await this.commit([
      this.network.delete("networkInterfaces", id),
      ...associated.map((address) => this.network.change("addresses", address.id, { association: null })),
    ]);
  }

  async modify(id: string, request: ModifyNetworkInterfaceRequest): Promise<NetworkInterfaceInfo> {
    checkParameters(request, MODIFY);
    const one = this.#changeable(id);
    const { description, securityGroupIds, sourceDestCheck, deleteOnTermination } = request;
    if (description !== undefined) checkDescription(description);
    if (deleteOnTermination !== undefined && one.attachment === null) {
      throw invalidValue(`Network interface '${id}' is not attached to an instance.`);
    }
    const { attachment } = one;
    const ofInstance = attachment?.deviceIndex === 0 && sourceDestCheck !== undefined;
    const changed = {
      ...(description === undefined ? {} : { description }),
      ...(securityGroupIds === undefined ? {} : { groupIds: this.#groups(one, securityGroupIds) }),
      ...(sourceDestCheck === undefined || ofInstance ? {} : { sourceDestCheck: sourceDestCheck === true }),
      ...(deleteOnTermination === undefined || attachment === null
        ? {}
        : { attachment: { ...attachment, deleteOnTermination: deleteOnTermination === true } }),
    };
    if (Object.keys(changed).length > 0) await this.commit([this.changeOf(id, changed)]);
    if (ofInstance) await this.context.setSourceDestCheck(attachment.instanceId, sourceDestCheck);
    return this.get(id);
  }

  /** Gives it more addresses: those that are named, or so many free ones; what it was given. */
  async assignPrivateIps(
    id: string,
    { addresses = [], count = 0 }: { readonly addresses?: readonly string[]; readonly count?: number },
  ): Promise<string[]> {
    const one = this.#changeable(id);
    const subnet = this.network.subnet(one.subnetId);
    const taken = addressesOf(this.context.registry, subnet.id);
    if ((addresses.length === 0) === (count === 0)) {
      throw new CloudError("InvalidParameterCombination", "Say either which addresses, or how many.");
    }
    checkCount(1 + one.secondaryPrivateIps.length + addresses.length + count);
    const given = addresses.map((address) => {
      const checked = checkAddress(address, subnet, taken, 1);
      taken.add(checked);
      return checked;
    });
    const all = [...given, ...freeAddresses(subnet, taken, count)];
    await this.commit([this.changeOf(id, { secondaryPrivateIps: [...one.secondaryPrivateIps, ...all] })]);
    return all;
  }

  /** `InvalidParameterValue` for one that it does not have, or its primary one; also while it has an Elastic IP address. */
  async unassignPrivateIps(id: string, addresses: readonly string[]): Promise<void> {
    const one = this.#changeable(id);
    for (const address of addresses) {
      if (one.secondaryPrivateIps.includes(address)) continue;
      throw invalidValue(`Some of the specified addresses are not assigned to interface ${id}: ${address}`);
    }
    const associated = addresses.flatMap((address) => this.network.elasticIpOf(id, address) ?? []);
    const secondaryPrivateIps = one.secondaryPrivateIps.filter((address) => !addresses.includes(address));
    await this.commit([
      this.changeOf(id, { secondaryPrivateIps }),
      ...associated.map((address) => this.network.change("addresses", address.id, { association: null })),
    ]);
  }

  /** What has passed, oldest first: flows that were accepted and rejected, by windows of a minute. */
  async flowLog(id: string): Promise<FlowLogRecord[]> {
    return await flowLogOf(this.context.packets, this.network.interface(id).id);
  }

  /** Tells of flows that begin, grow or end, until `signal` aborts; then it resolves. */
  async followFlowLog(
    id: string,
    listener: FlowLogListener,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    await followFlowLog(this.context.packets, this.network.interface(id).id, listener, signal);
  }

  /** A pcapng file of what passes from now on. */
  async capture(id: string, options: CaptureOptions = {}): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    checkParameters(options, CAPTURE);
    return await captureOf(this.context.packets, this.network.interface(id).id, options);
  }

  /** What its guest has claimed to be, and is not. */
  async incidents(id: string): Promise<Incident[]> {
    return await incidentsOf(this.context.packets, this.network.interface(id).id);
  }

  protected override describe(one: NetworkInterface): NetworkInterfaceInfo {
    const address = (privateIp: string, given: string | null): InterfaceAddressInfo => {
      const elastic = this.network.elasticIpOf(one.id, privateIp);
      return {
        privateIp,
        publicIp: elastic?.publicIp ?? given,
        allocationId: elastic?.id ?? null,
        associationId: elastic?.association?.id ?? null,
      };
    };
    const { privateIpAddress, secondaryPrivateIps, publicIp, wantsPublicIp: _, ...rest } = one;
    return {
      ...rest,
      addresses: [address(privateIpAddress, publicIp), ...secondaryPrivateIps.map((ip) => address(ip, null))],
    };
  }

  /** One whose cards can come and go: on its way up or down nobody knows whether it has them. */
  #instance(instanceId: string) {
    const instance = this.context.findInstance(instanceId);
    const { state } = instance;
    if (state === "running" || state === "stopped") return instance;
    const text = `Instance '${instanceId}' is not 'running' or 'stopped'.`;
    throw new CloudError("IncorrectInstanceState", text, { instanceId, state });
  }

  /** One that is not a gateway's own. */
  #changeable(id: string): NetworkInterface {
    const one = this.network.interface(id);
    checkOwn(one);
    return one;
  }

  /** `InvalidAttachmentID.NotFound`. */
  #attached(attachmentId: string): { readonly id: string; readonly attachment: Attachment } {
    const found = this.network.interfaces().find(({ attachment }) => attachment?.id === attachmentId);
    if (found?.attachment) return { id: found.id, attachment: found.attachment };
    const text = `The attachment ID '${attachmentId.slice(0, 128)}' does not exist`;
    throw new CloudError("InvalidAttachmentID.NotFound", text, { attachmentId: attachmentId.slice(0, 128) });
  }

  #groups(one: NetworkInterface, ids: readonly string[]): string[] {
    if (ids.length > 0) return checkGroups(this.network, { id: one.subnetId, vpcId: one.vpcId }, ids);
    throw invalidValue("An interface is in one security group at least.", { networkInterfaceId: one.id });
  }

  #checkIndex(one: NetworkInterface, instanceId: string, deviceIndex: number): void {
    const others = this.network.interfaces().filter(({ attachment }) => attachment?.instanceId === instanceId);
    if (!Number.isSafeInteger(deviceIndex) || deviceIndex < 1 || deviceIndex >= MAX_INTERFACES) {
      throw invalidValue(`Invalid device index ${deviceIndex}: it is 1 to ${MAX_INTERFACES - 1}.`, { deviceIndex });
    }
    if (others.some(({ attachment }) => attachment?.deviceIndex === deviceIndex)) {
      throw invalidValue(
        `Instance '${instanceId}' already has an interface attached at device index '${deviceIndex}'.`,
      );
    }
    if (others.some(({ vpcId }) => vpcId !== one.vpcId)) {
      throw invalidValue(`Network interface '${one.id}' is in another VPC than the instance '${instanceId}'.`);
    }
  }
}

function checkCount(count: number): void {
  if (Number.isSafeInteger(count) && count >= 1 && count <= MAX_ADDRESSES) return;
  const text = `An interface has at most ${MAX_ADDRESSES} private IP addresses.`;
  throw new CloudError("PrivateIpAddressLimitExceeded", text, { limit: MAX_ADDRESSES });
}

function checkDescription(description: unknown): void {
  if (typeof description === "string" && description.length <= MAX_DESCRIPTION) return;
  throw invalidValue(`The description has at most ${MAX_DESCRIPTION} characters.`);
}
