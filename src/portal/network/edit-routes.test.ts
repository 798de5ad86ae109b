import { expect, it } from "vitest";
import { CloudError } from "../../base/errors.ts";
import { cliOf } from "../command/cli.ts";
import { ec2RequestsOf } from "../command/ec2-requests.ts";
import { FakeCloud } from "../testing/fake-cloud.ts";
import { changesTo, routeFieldOf } from "./edit-routes.tsx";

const cloud = new FakeCloud();
const gateway = { destination: "0.0.0.0/0", target: "internet-gateway igw-1" };
const peer = { destination: "10.9.0.0/16", target: "network-interface eni-1" };

it("F52 F72 routes that go, change and come, with the commands that do the same", () => {
  const after = [
    { destination: " 0.0.0.0/0 ", target: "nat-gateway nat-1" },
    { destination: "10.8.0.0/16", target: "network-interface eni-1" },
  ];
  const commands = changesTo(cloud, "rtb-1", [gateway, peer], after).map(
    ({ at, call }) => `${at ?? "-"} ${ec2RequestsOf(call)?.map(cliOf).join("\n").replaceAll(" \\\n ", "")}`,
  );
  expect(commands).toEqual([
    "- aws ec2 delete-route --route-table-id rtb-1 --destination-cidr-block 10.9.0.0/16",
    "0 aws ec2 replace-route --route-table-id rtb-1 --destination-cidr-block 0.0.0.0/0 --nat-gateway-id nat-1",
    "1 aws ec2 create-route --route-table-id rtb-1 --destination-cidr-block 10.8.0.0/16 --network-interface-id eni-1",
  ]);
  expect(changesTo(cloud, "rtb-1", [gateway, peer], [gateway, peer])).toEqual([]);
});

it.each([
  ["RouteAlreadyExists", {}, "destination"],
  ["InvalidParameterValue", { parameter: "destinationCidrBlock" }, "destination"],
  ["InvalidParameterValue", { parameter: "target" }, "target"],
  ["NatGatewayNotFound", { id: "nat-1" }, "target"],
  ["RouteLimitExceeded", { limit: 50 }, undefined],
])("F52 %s with %j is said at %s", (code, details, field) =>
  expect(routeFieldOf(new CloudError(code, "No.", details))).toBe(field),
);
