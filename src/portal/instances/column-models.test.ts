import { describe, expect, it } from "vitest";
import { filterItems, sortItems } from "../resources/table-model.ts";
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

describe("the filter", () => {
  it.each([
    ["", 3],
    ["web", 2],
    ["WEB small", 1],
    ["stopped", 1],
    ["10.0.0.6", 1],
    ["tiny", 3],
    ["nothing like it", 0],
  ])("%j finds %d", async (query, count) =>
    expect(filterItems(await three(), COLUMN_MODELS, query)).toHaveLength(count),
  );
});

describe("sorting", () => {
  it.each<[InstanceColumn, string[]]>([
    ["name", ["", "web-2", "web-10"]],
    ["type", ["", "web-2", "web-10"]],
    ["address", ["web-10", "web-2", ""]],
    ["state", ["web-10", "", "web-2"]],
  ])("by %s, and back", async (column, names) => {
    const instances = await three();
    expect(sortItems(instances, COLUMN_MODELS, { column, descending: false }).map(({ name }) => name)).toEqual(names);
    expect(instances[0]?.name).toBe("web-10");
  });

  it("can go down", async () => {
    const sorted = sortItems(await three(), COLUMN_MODELS, { column: "id", descending: true });
    expect(sorted.map(({ name }) => name)).toEqual(["", "web-2", "web-10"]);
  });
});
