/** How a tab that follows has each member of the network's resources: see `plan.ts`. */
const LISTED = { list: "list", get: "get", onChange: "event", setTags: "call" } as const;

export const NETWORK_PLAN = {
  vpcs: { ...LISTED, create: "call", createDefault: "call", modify: "call", delete: "call" },
  subnets: { ...LISTED, create: "call", modify: "call", delete: "call" },
  securityGroups: {
    ...LISTED,
    create: "call",
    delete: "call",
    authorize: "call",
    revoke: "call",
    modifyRules: "call",
    setRuleDescriptions: "call",
  },
  routeTables: {
    ...LISTED,
    create: "call",
    delete: "call",
    createRoute: "call",
    replaceRoute: "call",
    deleteRoute: "call",
    associate: "call",
    disassociate: "call",
    replaceAssociation: "call",
  },
  internetGateways: { ...LISTED, create: "call", attach: "call", detach: "call", modify: "call", delete: "call" },
  natGateways: { ...LISTED, create: "call", delete: "call" },
  networkAcls: {
    ...LISTED,
    create: "call",
    delete: "call",
    createEntry: "call",
    replaceEntry: "call",
    deleteEntry: "call",
    replaceAssociation: "call",
  },
  networkInterfaces: {
    ...LISTED,
    create: "call",
    attach: "call",
    detach: "call",
    delete: "call",
    modify: "call",
    assignPrivateIps: "call",
    unassignPrivateIps: "call",
  },
  addresses: { ...LISTED, allocate: "call", associate: "call", disassociate: "call", release: "call" },
} as const;
