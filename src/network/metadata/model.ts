/**
 * What the metadata service (F13) tells an instance about itself. The control plane makes it of its records and hands over a
 * whole new one at each change.
 */
export interface MetadataModel {
  readonly instanceId: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly reservationId: string;
  readonly accountId: string;
  /** Counts the instances of one launch. */
  readonly launchIndex: number;
  readonly region: string;
  readonly availabilityZone: string;
  readonly availabilityZoneId: string;
  /** EC2's word: "i386", "x86_64". */
  readonly architecture: string;
  /** "on-demand" or "spot". */
  readonly lifeCycle: string;
  /** When the instance was last started, in milliseconds since the epoch. */
  readonly pendingTime: number;
  /** The first is the primary one. */
  readonly interfaces: readonly MetadataInterface[];
  /** Of the key pair that it was launched with. */
  readonly publicKey?: { readonly name: string; readonly openSshKey: string };
  /** Virtual names and their devices, e.g. "ami": "vda", "root": "/dev/vda", "ebs1": "sdf". */
  readonly blockDeviceMapping: Readonly<Record<string, string>>;
  /** As the guest is to see it, decoded. */
  readonly userData?: Uint8Array<ArrayBuffer>;
  readonly tags: Readonly<Record<string, string>>;
  readonly options: MetadataOptions;
}

/** EC2's MetadataOptions, in its words. */
export interface MetadataOptions {
  readonly httpTokens: "optional" | "required";
  readonly httpEndpoint: "enabled" | "disabled";
  /** 1 to 64. */
  readonly httpPutResponseHopLimit: number;
  readonly instanceMetadataTags: "enabled" | "disabled";
}

export interface MetadataInterface {
  readonly id: string;
  /** "02:…" in lower case. */
  readonly macAddress: string;
  readonly deviceNumber: number;
  /** Whole: "ip-172-31-0-5.ec2.internal". */
  readonly hostname: string;
  readonly addresses: readonly { readonly privateIp: string; readonly publicIp?: string }[];
  /** Of the primary address's public one, where the VPC gives names. */
  readonly publicHostname?: string;
  readonly securityGroups: readonly { readonly id: string; readonly name: string }[];
  readonly subnetId: string;
  readonly subnetCidrBlock: string;
  readonly vpcId: string;
  readonly vpcCidrBlocks: readonly string[];
}
