import { describe, expect, it } from "vitest";
import { FakeCloud } from "../testing/fake-cloud.ts";
import { mainTableChange, networkAclChange, routeTableChange } from "./associations.ts";

const cloud = new FakeCloud();
const own = { id: "rtb-1", associationId: "rtbassoc-1" };

describe("F52 the call that gives a subnet a route table", () => {
  it.each([
    ["its first own one", null, "rtb-2", { member: "routeTables.associate", args: ["rtb-2", "subnet-1"] }],
    ["another one", own, "rtb-2", { member: "routeTables.replaceAssociation", args: ["rtbassoc-1", "rtb-2"] }],
    ["the VPC's main one again", own, null, { member: "routeTables.disassociate", args: ["rtbassoc-1"] }],
    ["the one that it has", own, "rtb-1", undefined],
    ["the main one that it has", null, null, undefined],
  ])("for %s", (_, routeTable, tableId, call) =>
    expect(routeTableChange(cloud, { id: "subnet-1", routeTable }, tableId)?.call).toEqual(call),
  );

  it("makes a table a VPC's main one, unless it is", () => {
    const vpc = { mainRouteTable: { id: "rtb-0", associationId: "rtbassoc-0" } };
    expect(mainTableChange(cloud, vpc, { id: "rtb-2" })?.call.args).toEqual(["rtbassoc-0", "rtb-2"]);
    expect(mainTableChange(cloud, vpc, { id: "rtb-0" })).toBeNull();
  });
});

it("F52 a network ACL takes the place of a subnet's own", () => {
  const subnet = { networkAcl: { id: "acl-1", associationId: "aclassoc-1" } };
  expect(networkAclChange(cloud, subnet, "acl-2")?.call.args).toEqual(["aclassoc-1", "acl-2"]);
  expect(networkAclChange(cloud, subnet, "acl-1")).toBeNull();
});
