/** Of a security group's page. */
export const GROUP_TABS = ["inbound", "outbound", "members"] as const;
