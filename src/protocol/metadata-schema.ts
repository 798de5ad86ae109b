import * as v from "valibot";

const text = v.string();
const number = v.pipe(v.number(), v.safeInteger());
// Strict, so that what is new in the model, and not here, fails by name.
const list = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.readonly());
const state = v.picklist(["enabled", "disabled"]);

/** `MetadataModel` of `src/network/metadata/model.ts`, as it crosses threads. */
export const metadataSchema = v.strictObject({
  instanceId: text,
  imageId: text,
  instanceType: text,
  reservationId: text,
  accountId: text,
  launchIndex: number,
  region: text,
  availabilityZone: text,
  availabilityZoneId: text,
  architecture: text,
  lifeCycle: text,
  pendingTime: number,
  interfaces: list(
    v.strictObject({
      id: text,
      macAddress: text,
      deviceNumber: number,
      hostname: text,
      addresses: list(v.strictObject({ privateIp: text, publicIp: v.exactOptional(text) })),
      publicHostname: v.exactOptional(text),
      securityGroups: list(v.strictObject({ id: text, name: text })),
      subnetId: text,
      subnetCidrBlock: text,
      vpcId: text,
      vpcCidrBlocks: list(text),
    }),
  ),
  publicKey: v.exactOptional(v.strictObject({ name: text, openSshKey: text })),
  blockDeviceMapping: v.record(text, text),
  userData: v.exactOptional(v.instance(Uint8Array)),
  tags: v.record(text, text),
  options: v.strictObject({
    httpTokens: v.picklist(["optional", "required"]),
    httpEndpoint: state,
    httpPutResponseHopLimit: number,
    instanceMetadataTags: state,
  }),
});
