import { describe, expect, it } from "vitest";
import { compareBy, rowOf, tagKeysOf } from "../resources/table-model.ts";
import { FakeCloud } from "../testing/fake-cloud.ts";
import { COLUMN_MODELS, type InstanceColumn } from "./column-models.ts";

async function three() {
  const { instances } = new FakeCloud({ instant: true });
  await instances.launch({ image: "tiny", name: "web-10", type: "v1.small" });
  await instances.launch({ image: "tiny", name: "web-2" });
  await instances.launch({ image: "tiny", type: "v1.nano" });
  await instances.list()[1]?.stop();
  return instances.list();
}

it("filters by what the columns say, and by tags", async () => {
  const [first] = await three();
  if (first === undefined) throw new Error("three instances expected");
  await first.setTags({ Name: "web-10", stage: "test" });
  expect(rowOf(first, COLUMN_MODELS)).toMatchObject({
    id: first.id,
    item: first,
    "of:name": "web-10",
    "of:state": "running",
    "of:type": "v1.small",
    "of:image": "tiny",
    "tag:stage": "test",
  });
  expect(tagKeysOf(await three())).toEqual(["Name"]);
  expect(tagKeysOf([first, { tags: { app: "x" } }, {}])).toEqual(["Name", "app", "stage"]);
});

describe("sorting", () => {
  it.each<[InstanceColumn, string[]]>([
    ["name", ["", "web-2", "web-10"]],
    ["type", ["", "web-2", "web-10"]],
    ["address", ["web-10", "web-2", ""]],
    ["state", ["web-10", "", "web-2"]],
  ])("by %s", async (id, names) => {
    const column = COLUMN_MODELS.find((model) => model.id === id);
    const compare = column && compareBy(column);
    expect((await three()).sort(compare).map(({ name }) => name)).toEqual(names);
  });
});
