import { expect, it } from "vitest";
import { cliOf } from "../command/cli.ts";
import { ec2RequestsOf } from "../command/ec2-requests.ts";
import { FakeCloud } from "../testing/fake-cloud.ts";
import { changesTo, type EntryFields, fieldsOf, newEntry, whatIsWrong } from "./entry-fields.ts";

const { networkAcls } = new FakeCloud();
const SSH = {
  ruleNumber: 100,
  egress: false,
  allow: true,
  cidrBlock: "10.0.0.0/16",
  protocol: 6,
  fromPort: 22,
  toPort: 22,
};
const DENY = { ...SSH, ruleNumber: 200, allow: false, protocol: -1, fromPort: null, toPort: null };
const commands = (rows: readonly EntryFields[], egress = false) =>
  changesTo(networkAcls, "acl-1", egress, [SSH, DENY], rows).map(
    ({ at, call }) => `${at ?? "-"} ${ec2RequestsOf(call)?.map(cliOf).join("\n").replaceAll(" \\\n ", "")}`,
  );

it("F52 nothing is done where nothing has changed, and entries of the other direction are left alone", () => {
  expect(commands([SSH, DENY].map(fieldsOf))).toEqual([]);
  expect(commands([], true)).toEqual([]);
});

it("F52 F72 entries that go, change and come, with the commands that do the same", () => {
  const web = { ...fieldsOf(SSH), type: "tcp-80", ports: "" };
  const ping = { ...newEntry([fieldsOf(DENY)]), type: "icmp", ports: "8", action: "deny" } as const;
  expect(commands([web, ping])).toEqual([
    "- aws ec2 delete-network-acl-entry --network-acl-id acl-1 --rule-number 200 --ingress",
    "0 aws ec2 replace-network-acl-entry --network-acl-id acl-1 --rule-number 100 --ingress --protocol 6 --port-range From=80,To=80 --rule-action allow --cidr-block 10.0.0.0/16",
    "1 aws ec2 create-network-acl-entry --network-acl-id acl-1 --rule-number 300 --ingress --protocol 1 --icmp-type-code Type=8,Code=-1 --rule-action deny --cidr-block 0.0.0.0/0",
  ]);
});

it("F52 what the fields lack is said at them", () => {
  expect(whatIsWrong({ ruleNumber: "x", type: "tcp", ports: "", cidrBlock: " ", action: "allow" })).toEqual({
    ruleNumber: expect.any(String),
    ports: expect.any(String),
    cidrBlock: expect.any(String),
  });
  expect(whatIsWrong(fieldsOf(DENY))).toEqual({});
});

it("F52 a new entry comes after the others, with room in between", () => {
  expect(newEntry([]).ruleNumber).toBe("100");
  expect(newEntry([fieldsOf(SSH), { ...fieldsOf(DENY), ruleNumber: "250" }]).ruleNumber).toBe("300");
});
