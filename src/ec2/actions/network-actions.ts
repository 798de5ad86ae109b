import type { Action } from "../action.ts";
import * as addresses from "./addresses.ts";
import { describeDhcpOptions } from "./dhcp-options.ts";
import * as flowLogs from "./flow-logs.ts";
import * as internetGateways from "./internet-gateways.ts";
import * as natGateways from "./nat-gateways.ts";
import * as networkAcls from "./network-acls.ts";
import * as interfaceChanges from "./network-interface-changes.ts";
import { describeNetworkInterfaces } from "./network-interfaces.ts";
import * as nothingThere from "./nothing-there.ts";
import * as routeTables from "./route-tables.ts";
import * as securityGroupReferences from "./security-group-references.ts";
import * as securityGroupRules from "./security-group-rules.ts";
import * as securityGroups from "./security-groups.ts";
import * as subnets from "./subnets.ts";
import * as vpcs from "./vpcs.ts";

/** The actions of networks. */
export const NETWORK_ACTIONS: readonly Action[] = [
  addresses.allocateAddress,
  addresses.associateAddress,
  addresses.describeAddresses,
  addresses.describeAddressesAttribute,
  addresses.disassociateAddress,
  addresses.releaseAddress,
  describeDhcpOptions,
  flowLogs.createFlowLogs,
  flowLogs.deleteFlowLogs,
  flowLogs.describeFlowLogs,
  interfaceChanges.assignPrivateIpAddresses,
  interfaceChanges.attachNetworkInterface,
  interfaceChanges.createNetworkInterface,
  interfaceChanges.deleteNetworkInterface,
  interfaceChanges.describeNetworkInterfaceAttribute,
  interfaceChanges.detachNetworkInterface,
  interfaceChanges.modifyNetworkInterfaceAttribute,
  interfaceChanges.resetNetworkInterfaceAttribute,
  interfaceChanges.unassignPrivateIpAddresses,
  internetGateways.attachInternetGateway,
  internetGateways.createInternetGateway,
  internetGateways.deleteInternetGateway,
  internetGateways.describeInternetGateways,
  internetGateways.detachInternetGateway,
  natGateways.createNatGateway,
  natGateways.deleteNatGateway,
  natGateways.describeNatGateways,
  networkAcls.createNetworkAcl,
  networkAcls.createNetworkAclEntry,
  networkAcls.deleteNetworkAcl,
  networkAcls.deleteNetworkAclEntry,
  networkAcls.describeNetworkAcls,
  networkAcls.replaceNetworkAclAssociation,
  networkAcls.replaceNetworkAclEntry,
  describeNetworkInterfaces,
  nothingThere.describeEgressOnlyInternetGateways,
  nothingThere.describeManagedPrefixLists,
  nothingThere.describePrefixLists,
  nothingThere.describeVpcEndpoints,
  nothingThere.describeVpcPeeringConnections,
  routeTables.associateRouteTable,
  routeTables.createRoute,
  routeTables.createRouteTable,
  routeTables.deleteRoute,
  routeTables.deleteRouteTable,
  routeTables.describeRouteTables,
  routeTables.disassociateRouteTable,
  routeTables.replaceRoute,
  routeTables.replaceRouteTableAssociation,
  securityGroupReferences.describeSecurityGroupReferences,
  securityGroupReferences.describeStaleSecurityGroups,
  securityGroupRules.authorizeSecurityGroupEgress,
  securityGroupRules.authorizeSecurityGroupIngress,
  securityGroupRules.describeSecurityGroupRules,
  securityGroupRules.modifySecurityGroupRules,
  securityGroupRules.revokeSecurityGroupEgress,
  securityGroupRules.revokeSecurityGroupIngress,
  securityGroupRules.updateSecurityGroupRuleDescriptionsEgress,
  securityGroupRules.updateSecurityGroupRuleDescriptionsIngress,
  securityGroups.createSecurityGroup,
  securityGroups.deleteSecurityGroup,
  securityGroups.describeSecurityGroups,
  subnets.createSubnet,
  subnets.deleteSubnet,
  subnets.describeSubnets,
  subnets.modifySubnetAttribute,
  vpcs.createDefaultVpc,
  vpcs.createVpc,
  vpcs.deleteVpc,
  vpcs.describeVpcAttribute,
  vpcs.describeVpcs,
  vpcs.modifyVpcAttribute,
];
