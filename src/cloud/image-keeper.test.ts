import { describe, expect, it } from "vitest";
import { FakeClock, settle } from "../../test/support/fake-clock.ts";
import { Emitter } from "../base/event.ts";
import { ImageKeeper } from "./image-keeper.ts";

function setUp(keep: (imageId: string) => Promise<void> = async () => {}) {
  const clock = new FakeClock();
  const items = new Emitter<string>();
  const list: { id: string; imageId: string; launchTime: Date; boot: { ready: boolean } }[] = [];
  const asked: string[] = [];
  const record = (imageId: string) => {
    asked.push(imageId);
    return keep(imageId);
  };
  const instances = { find: (id: string) => list.findLast((instance) => instance.id === id), onItem: items.event };
  const keeper = new ImageKeeper(instances, record, clock);
  const changed = { fire: () => list.forEach(({ id }) => void items.fire(id)) };
  const start = (id: string, imageId: string, ready = true) => {
    const instance = { id, imageId, launchTime: new Date(clock.now()), boot: { ready } };
    list.push(instance);
    changed.fire();
    return instance;
  };
  return { clock, changed, asked, keeper, start };
}

describe("keeping the rest of an image", () => {
  it("waits until the instance is up, and then a while", async () => {
    const { clock, changed, asked, start } = setUp();
    const instance = start("i-1", "ami-1", false);
    await clock.advance(60_000);
    expect(asked).toEqual([]);
    instance.boot.ready = true;
    changed.fire();
    expect(asked).toEqual([]);
    await clock.advance(5_000);
    expect(asked).toEqual(["ami-1"]);
  });

  it("keeps each image once, however many instances and changes", async () => {
    const { clock, changed, asked, start } = setUp();
    start("i-1", "ami-1");
    start("i-2", "ami-1");
    start("i-3", "ami-2");
    for (let i = 0; i < 5; i++) changed.fire();
    await clock.advance(5_000);
    expect(asked).toEqual(["ami-1", "ami-2"]);
  });

  it("tries again at the next start after a failure, not before", async () => {
    const { clock, changed, asked, start } = setUp(() => Promise.reject(new Error("off line")));
    start("i-1", "ami-1");
    await clock.advance(5_000);
    await settle();
    changed.fire();
    await clock.advance(60_000);
    expect(asked).toEqual(["ami-1"]);
    start("i-1", "ami-1");
    await clock.advance(5_000);
    expect(asked).toEqual(["ami-1", "ami-1"]);
  });

  it("asks for nothing once disposed of", async () => {
    const { clock, asked, keeper, start } = setUp();
    start("i-1", "ami-1");
    keeper.dispose();
    await clock.advance(5_000);
    start("i-2", "ami-2");
    await clock.advance(5_000);
    expect(asked).toEqual([]);
  });
});
