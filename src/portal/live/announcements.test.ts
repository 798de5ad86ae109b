import { expect, it } from "vitest";
import { describeChanges, statesOf } from "./announcements.ts";

it("tells each instance whose state has changed, and not those that are new", () => {
  const before = statesOf([
    { id: "i-1", state: "pending" },
    { id: "i-2", state: "running" },
    { id: "i-3", state: "running" },
  ]);
  const text = describeChanges(before, [
    { id: "i-1", name: "web", state: "running" },
    { id: "i-2", name: "", state: "running" },
    { id: "i-3", name: "", state: "stopping" },
    { id: "i-4", name: "new", state: "pending" },
  ]);
  expect(text).toBe("web is running. i-3 is stopping.");
});
