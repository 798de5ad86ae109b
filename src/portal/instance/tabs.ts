/** Of an instance's page, the first one being shown without being named. */
export const INSTANCE_TABS = ["console", "connect", "details", "storage", "networking", "web"] as const;
export type InstanceTab = (typeof INSTANCE_TABS)[number];
