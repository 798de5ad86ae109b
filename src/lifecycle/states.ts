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

/** What a guest that powers itself off does to its instance (F21). */
export const SHUTDOWN_BEHAVIORS = ["stop", "terminate"] as const;
export type ShutdownBehavior = (typeof SHUTDOWN_BEHAVIORS)[number];

export const INSTANCE_STATES = Object.keys(STATE_CODES) as InstanceState[];
