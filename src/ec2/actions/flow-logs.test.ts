import * as sdk from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { launched } from "../../../test/support/cloud-calls.ts";
import { type Ec2Lab, openLab } from "../../../test/support/ec2-lab.ts";

let lab: Ec2Lab;
let ec2: sdk.EC2Client;

beforeEach(async () => {
  ({ lab, ec2 } = await openLab());
});

const SUBNET = "subnet-daa476c94b138c8ed";
const ROLE = "arn:aws:iam::123456789012:role/flows";
const create = (input: Partial<sdk.CreateFlowLogsRequest> = {}) =>
  ec2.send(
    new sdk.CreateFlowLogsCommand({
      ResourceIds: [SUBNET],
      ResourceType: "Subnet",
      TrafficType: "ALL",
      LogGroupName: "flows",
      DeliverLogsPermissionArn: ROLE,
      ...input,
    }),
  );
const described = async (input: sdk.DescribeFlowLogsRequest = {}) =>
  (await ec2.send(new sdk.DescribeFlowLogsCommand(input))).FlowLogs ?? [];
const vpcId = async () => (await ec2.send(new sdk.DescribeVpcsCommand({}))).Vpcs?.[0]?.VpcId ?? "";

describe("flow logs", () => {
  it("are of VPCs, subnets and interfaces, are there after a reload, and go", async () => {
    const vm = await launched(lab.cloud);
    const [eni] = lab.cloud.network.interfaces();
    const { FlowLogIds: [first = ""] = [], Unsuccessful } = await create({
      MaxAggregationInterval: 60,
      TagSpecifications: [{ ResourceType: "vpc-flow-log", Tags: [{ Key: "a", Value: "b" }] }],
    });
    expect(Unsuccessful).toEqual([]);
    expect(first).toMatch(/^fl-[0-9a-f]{17}$/);
    await create({ ResourceIds: [eni?.id ?? ""], ResourceType: "NetworkInterface", TrafficType: "REJECT" });
    await create({ ResourceIds: [await vpcId()], ResourceType: "VPC" });
    ec2 = await lab.open();
    expect(await described({ FlowLogIds: [first] })).toMatchObject([
      {
        FlowLogId: first,
        FlowLogStatus: "ACTIVE",
        DeliverLogsStatus: "SUCCESS",
        DeliverLogsPermissionArn: ROLE,
        LogDestinationType: "cloud-watch-logs",
        LogGroupName: "flows",
        LogFormat: expect.stringMatching(/^\$\{version\} \$\{account-id\} .* \$\{log-status\}$/),
        MaxAggregationInterval: 60,
        ResourceId: SUBNET,
        TrafficType: "ALL",
        Tags: [{ Key: "a", Value: "b" }],
      },
    ]);
    const found = async (Name: string, ...Values: string[]) => (await described({ Filter: [{ Name, Values }] })).length;
    expect(await found("resource-id", eni?.id ?? "")).toBe(1);
    expect(await found("traffic-type", "ALL")).toBe(2);
    expect(await found("tag:a", "b")).toBe(1);
    expect(await found("log-group-name", "flow?")).toBe(3);
    const { Tags: tags = [] } = await ec2.send(new sdk.DescribeTagsCommand({}));
    expect(tags).toEqual([{ ResourceId: first, ResourceType: "vpc-flow-log", Key: "a", Value: "b" }]);
    const remove = (...FlowLogIds: string[]) => ec2.send(new sdk.DeleteFlowLogsCommand({ FlowLogIds }));
    await expect(remove(first, "fl-00000000")).rejects.toMatchObject({ name: "InvalidFlowLogId.NotFound" });
    expect(await described()).toHaveLength(3);
    await remove(first);
    expect(await described()).toHaveLength(2);
    // Nothing has passed, since nothing is plugged into anything here.
    const [other] = lab.cloud.flowLogs.list();
    expect(await lab.cloud.flowLogs.records(other?.id ?? "")).toEqual([]);
    expect(vm.state).toBe("running");
  });

  it("are made for all resources or none, once with their client token, and two of a resource", async () => {
    const other = "subnet-8450d652efb48e65c";
    await expect(create({ ResourceIds: [SUBNET, "subnet-00000000"] })).rejects.toMatchObject({
      name: "InvalidSubnetID.NotFound",
    });
    expect(await described()).toEqual([]);
    const both = () => create({ ResourceIds: [SUBNET, other], ClientToken: "one" });
    const { FlowLogIds: made } = await both();
    expect((await both()).FlowLogIds).toEqual(made);
    expect(made).toHaveLength(2);
    await expect(create()).rejects.toMatchObject({ name: "FlowLogAlreadyExists" });
    await create({ TrafficType: "REJECT" });
    await expect(create({ LogGroupName: "more" })).rejects.toMatchObject({ name: "FlowLogsLimitExceeded" });
    expect(await described()).toHaveLength(3);
  });

  it("go where Terraform says by an ARN, as long as that is of this account and region", async () => {
    const at = (region: string) => `arn:aws:logs:${region}:123456789012:log-group:/vpc/flows:*`;
    const LogGroupName = undefined;
    await create({ LogGroupName, LogDestination: at("us-east-1") });
    expect(await described()).toMatchObject([{ LogGroupName: "/vpc/flows" }]);
    await expect(create({ LogGroupName, LogDestination: at("eu-west-1") })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  it.each<[string, Partial<sdk.CreateFlowLogsRequest>, string]>([
    ["a bucket", { LogDestinationType: "s3" }, "UnsupportedOperation"],
    ["a stream", { LogDestinationType: "kinesis-data-firehose" }, "UnsupportedOperation"],
    ["another format", { LogFormat: `\${srcaddr}` }, "UnsupportedOperation"],
    ["no name", { LogGroupName: undefined }, "InvalidParameter"],
    ["a name and an ARN", { LogDestination: "arn:aws:logs:us-east-1:123456789012:log-group:a" }, "InvalidParameter"],
    ["a name that CloudWatch does not take", { LogGroupName: "a b" }, "InvalidParameterValue"],
    ["no role", { DeliverLogsPermissionArn: undefined }, "InvalidParameter"],
    ["what is no role", { DeliverLogsPermissionArn: "spam" }, "InvalidParameterValue"],
    ["no traffic", { TrafficType: undefined }, "MissingParameter"],
    ["other traffic", { TrafficType: "SOME" as never }, "InvalidParameterValue"],
    ["another interval", { MaxAggregationInterval: 61 }, "InvalidParameter"],
    ["a transit gateway", { ResourceType: "TransitGateway" }, "InvalidParameterValue"],
    ["a resource of another type", { ResourceType: "VPC" }, "InvalidParameterValue"],
    ["what cannot be recorded", { ResourceIds: ["spam"] }, "InvalidParameterValue"],
    ["no resources", { ResourceIds: [] }, "MissingParameter"],
  ])("are refused with %s, and none is made", async (_, input, name) => {
    await expect(create(input)).rejects.toMatchObject({ name });
    expect(await described()).toEqual([]);
  });
});

describe("what tools look for beside", () => {
  it("DescribeAddressesAttribute: addresses have no names that were given to them", async () => {
    const { AllocationId = "", PublicIp } = await ec2.send(new sdk.AllocateAddressCommand({}));
    const ask = (id: string) =>
      ec2.send(new sdk.DescribeAddressesAttributeCommand({ AllocationIds: [id], Attribute: "domain-name" }));
    expect((await ask(AllocationId)).Addresses).toEqual([{ AllocationId, PublicIp }]);
    await expect(ask("eipalloc-00000000")).rejects.toMatchObject({ name: "InvalidAllocationID.NotFound" });
  });

  it("F52 DescribeDhcpOptions: what the network's DHCP says, in each region", async () => {
    const ask = async (client: sdk.EC2Client) => {
      const { Vpcs: [vpc] = [] } = await client.send(new sdk.DescribeVpcsCommand({}));
      const { DhcpOptions: [options] = [] } = await client.send(
        new sdk.DescribeDhcpOptionsCommand({ DhcpOptionsIds: [vpc?.DhcpOptionsId ?? ""] }),
      );
      return options?.DhcpConfigurations?.map(({ Key, Values }) => [Key, Values?.[0]?.Value]);
    };
    const servers = ["domain-name-servers", "AmazonProvidedDNS"];
    expect(await ask(ec2)).toEqual([["domain-name", "ec2.internal"], servers]);
    const there = lab.client({ region: "eu-west-1" });
    expect(await ask(there)).toEqual([["domain-name", "eu-west-1.compute.internal"], servers]);
    await expect(
      ec2.send(new sdk.DescribeDhcpOptionsCommand({ DhcpOptionsIds: ["dopt-00000000"] })),
    ).rejects.toMatchObject({ name: "InvalidDhcpOptionID.NotFound" });
  });

  it.each<[string, (id?: string) => Promise<object>, string, string]>([
    [
      "VPC endpoints",
      (id) => ec2.send(new sdk.DescribeVpcEndpointsCommand(id ? { VpcEndpointIds: [id] } : {})),
      "VpcEndpoints",
      "InvalidVpcEndpointId.NotFound",
    ],
    [
      "peering connections",
      (id) => ec2.send(new sdk.DescribeVpcPeeringConnectionsCommand(id ? { VpcPeeringConnectionIds: [id] } : {})),
      "VpcPeeringConnections",
      "InvalidVpcPeeringConnectionID.NotFound",
    ],
    [
      "egress-only internet gateways",
      (id) =>
        ec2.send(new sdk.DescribeEgressOnlyInternetGatewaysCommand(id ? { EgressOnlyInternetGatewayIds: [id] } : {})),
      "EgressOnlyInternetGateways",
      "InvalidEgressOnlyInternetGatewayId.NotFound",
    ],
    [
      "prefix lists",
      (id) => ec2.send(new sdk.DescribePrefixListsCommand(id ? { PrefixListIds: [id] } : {})),
      "PrefixLists",
      "InvalidPrefixListID.NotFound",
    ],
    [
      "managed prefix lists",
      (id) => ec2.send(new sdk.DescribeManagedPrefixListsCommand(id ? { PrefixListIds: [id] } : {})),
      "PrefixLists",
      "InvalidPrefixListID.NotFound",
    ],
  ])("there are no %s", async (_, ask, list, name) => {
    expect(await ask()).toMatchObject({ [list]: [] });
    await expect(ask("x-00000000")).rejects.toMatchObject({ name });
    const Filters = [{ Name: "spam", Values: ["a"] }];
    await expect(ec2.send(new sdk.DescribeVpcEndpointsCommand({ Filters }))).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });
});
