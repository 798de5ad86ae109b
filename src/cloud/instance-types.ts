/** What an instance type gives. One vCPU always (v86 emulates one); types differ in memory and CPU share. */
export interface InstanceType {
  readonly name: string;
  readonly vcpus: 1;
  readonly memoryMiB: number;
  /** Share of one host core, in (0, 1]; applies once the guest is ready. */
  readonly cpuShare: number;
}

export const INSTANCE_TYPES: readonly InstanceType[] = [
  { name: "v1.nano", vcpus: 1, memoryMiB: 64, cpuShare: 0.25 },
  { name: "v1.micro", vcpus: 1, memoryMiB: 128, cpuShare: 0.5 },
  { name: "v1.small", vcpus: 1, memoryMiB: 256, cpuShare: 1 },
  { name: "v1.medium", vcpus: 1, memoryMiB: 512, cpuShare: 1 },
  { name: "v1.large", vcpus: 1, memoryMiB: 1024, cpuShare: 1 },
  // EC2's smallest, under their own names: what is written for EC2 asks for them. Their memory is what EC2 gives, and they
  // always have the whole core, which T2 gives as long as there are CPU credits.
  { name: "t2.nano", vcpus: 1, memoryMiB: 512, cpuShare: 1 },
  { name: "t2.micro", vcpus: 1, memoryMiB: 1024, cpuShare: 1 },
];

export const DEFAULT_INSTANCE_TYPE = "v1.micro";

export function findInstanceType(name: string): InstanceType | undefined {
  return INSTANCE_TYPES.find((type) => type.name === name);
}
