import {
  DescribeSecurityGroupReferences$,
  type DescribeSecurityGroupReferencesRequest,
  type DescribeSecurityGroupReferencesResult,
  DescribeStaleSecurityGroups$,
  type DescribeStaleSecurityGroupsRequest,
  type DescribeStaleSecurityGroupsResult,
} from "@aws-sdk/client-ec2";
import { defineAction } from "../action.ts";
import { LISTED } from "../listing.ts";

/** Rules that name groups of VPCs that are no longer peers: there are no peers here, and a group that is named stays. */
export const describeStaleSecurityGroups = defineAction<
  DescribeStaleSecurityGroupsRequest,
  DescribeStaleSecurityGroupsResult
>(
  DescribeStaleSecurityGroups$,
  { MaxResults: LISTED.MaxResults, NextToken: true, VpcId: true },
  ({ VpcId: id = "" }, { cloud }) => {
    cloud.network.vpc(id);
    return { StaleSecurityGroupSet: [] };
  },
);

/** The VPCs beyond a peering whose groups name these: there are none. */
export const describeSecurityGroupReferences = defineAction<
  DescribeSecurityGroupReferencesRequest,
  DescribeSecurityGroupReferencesResult
>(DescribeSecurityGroupReferences$, { GroupId: true }, ({ GroupId: ids = [] }, { cloud }) => {
  for (const id of ids) cloud.network.securityGroup(id);
  return { SecurityGroupReferenceSet: [] };
});
