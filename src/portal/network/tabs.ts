/** Of a network ACL's page. */
export const ACL_TABS = ["inbound", "outbound", "subnets"] as const;
