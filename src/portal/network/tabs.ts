/** Of a network ACL's page, a VPC's, and a network interface's. */
export const ACL_TABS = ["inbound", "outbound", "subnets"] as const;
export const VPC_TABS = ["overview", "map"] as const;
export const INTERFACE_TABS = ["details", "flow-log", "capture", "incidents"] as const;
