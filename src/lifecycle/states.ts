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

export const INSTANCE_STATES = Object.keys(STATE_CODES) as InstanceState[];
