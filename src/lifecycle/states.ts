/** EC2's instance states with their codes (F14; EC2 API `InstanceState`). */
export const STATE_CODES = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const;

export type InstanceState = keyof typeof STATE_CODES;

/** What an instance's root volume is on (F31): one on an instance store is in the machine's memory, and gone with it (F32). */
export const ROOT_DEVICE_TYPES = ["ebs", "instance-store"] as const;
export type RootDeviceType = (typeof ROOT_DEVICE_TYPES)[number];

export const INSTANCE_STATES = Object.keys(STATE_CODES) as InstanceState[];
