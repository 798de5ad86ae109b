import type { NetworkAclEntry, NetworkAclEntryRequest, NetworkAcls } from "../../api/network-types.ts";
import { differencesOf } from "../resources/changes.ts";
import type { RowChange } from "../resources/edit-rows.tsx";
import { bySigns, type FieldErrors } from "../resources/refusal.ts";
import { type TrafficFields, trafficFieldsOf, trafficOf, wrongTraffic } from "../security-groups/rule-fields.ts";

/** What stands in the fields of a network ACL's entry. */
export interface EntryFields extends TrafficFields {
  readonly ruleNumber: string;
  readonly cidrBlock: string;
  readonly action: "allow" | "deny";
}

export const fieldsOf = (entry: NetworkAclEntry): EntryFields => ({
  ruleNumber: String(entry.ruleNumber),
  ...trafficFieldsOf(entry),
  cidrBlock: entry.cidrBlock,
  action: entry.allow ? "allow" : "deny",
});

/** VPC User Guide, "Network ACL rules": numbers in steps, so that there is room between them. */
const STEP = 100;

/** One after all that there are. */
export function newEntry(rows: readonly EntryFields[]): EntryFields {
  const last = Math.max(0, ...rows.map(({ ruleNumber }) => Number(ruleNumber) || 0));
  const next = Math.floor(last / STEP + 1) * STEP;
  return { ruleNumber: String(next), type: "tcp", ports: "", cidrBlock: "0.0.0.0/0", action: "allow" };
}

/** Only what the form itself can know. */
export function whatIsWrong(fields: EntryFields): FieldErrors<string> {
  return {
    ...(!/^\d+$/.test(fields.ruleNumber.trim()) && { ruleNumber: "Enter a number from 1 to 32766." }),
    ...wrongTraffic(fields),
    ...(fields.cidrBlock.trim() === "" && { cidrBlock: "Enter a block such as 10.0.0.0/16." }),
  };
}

/** The column that a refusal of an entry is about. */
export const entryFieldOf = bySigns({
  ruleNumber: ["NetworkAclEntryAlreadyExists"],
  cidrBlock: [],
  ports: ["port", "fromPort", "type"],
});

/** What makes the entries of one direction what the rows say; numbers that go make room for those that come. */
export function changesTo(
  acls: NetworkAcls,
  id: string,
  egress: boolean,
  entries: readonly NetworkAclEntry[],
  rows: readonly EntryFields[],
): RowChange[] {
  const before = entries.filter((entry) => entry.egress === egress).map(fieldsOf);
  const { gone, changed, added } = differencesOf(before, rows.map(trimmed), ({ ruleNumber }) => ruleNumber);
  const request = (fields: EntryFields): NetworkAclEntryRequest => ({
    ruleNumber: Number(fields.ruleNumber),
    egress,
    allow: fields.action === "allow",
    cidrBlock: fields.cidrBlock,
    ...trafficOf(fields),
  });
  return [
    ...gone.map((row) => {
      const entry = { ruleNumber: Number(row.ruleNumber), egress };
      return {
        call: { member: "networkAcls.deleteEntry", args: [id, entry] },
        act: () => acls.deleteEntry(id, entry),
      };
    }),
    ...changed.map(({ at, row }) => ({
      at,
      call: { member: "networkAcls.replaceEntry", args: [id, request(row)] },
      act: () => acls.replaceEntry(id, request(row)),
    })),
    ...added.map(({ at, row }) => ({
      at,
      call: { member: "networkAcls.createEntry", args: [id, request(row)] },
      act: () => acls.createEntry(id, request(row)),
    })),
  ];
}

const trimmed = (fields: EntryFields): EntryFields => ({
  ...fields,
  ruleNumber: fields.ruleNumber.trim(),
  cidrBlock: fields.cidrBlock.trim(),
});
