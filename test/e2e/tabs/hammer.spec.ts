import type { Page } from "@playwright/test";
import { becomesOwner, expect, test } from "./fixtures.ts";

/** What a tab said it was about to do, and what it was told was done. */
interface Entry {
  readonly op: "create" | "tag" | "delete" | "snapshot" | "attach" | "detach";
  /** A volume's; a snapshot's for "snapshot". */
  readonly id: string;
  readonly value: string;
  readonly phase: "begun" | "done" | "refused";
  readonly code?: string;
}

declare global {
  var ledger: (entry: Entry) => Promise<void>;
}

/** What may be said to a tab that acts on what another one may have just changed; the last two when the owner goes. */
const REFUSALS =
  /^(IncorrectState|IncorrectInstanceState|VolumeInUse|InvalidVolume\.NotFound|InvalidParameterValue|InvalidAttachment\.NotFound|AttachmentLimitExceeded|ConcurrentSnapshotLimitExceeded|Cloud\.OwnerGone|Cloud\.NoOwner)$/;

/** Acts on random volumes of the cloud, three at a time, until the page is told to stop. */
async function hammer(page: Page, seed: number, instanceId: string): Promise<void> {
  await page.evaluate(
    ([start, instance]) => {
      let state = start;
      const below = (count: number) => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return (state >>> 8) % count;
      };
      let number = 0;
      const step = async () => {
        const volumes = tabvisor.volumes.list().filter(({ name }) => name.startsWith("h-"));
        const op = (["create", "tag", "delete", "snapshot", "attach", "detach", "tag", "create"] as const)[below(8)];
        const volume = volumes[below(Math.max(1, volumes.length))];
        if (op === undefined || (op !== "create" && volume === undefined) || (op === "create" && volumes.length > 25))
          return;
        const value = `h-${start}-${number++}`;
        const volumeId = volume?.id ?? "";
        await ledger({ op, id: volumeId, value, phase: "begun" });
        try {
          let id = volumeId;
          if (op === "create") id = (await tabvisor.volumes.create({ sizeGiB: 1, name: value })).id;
          else if (op === "tag") await tabvisor.volumes.setTags(volumeId, { Name: volume?.name ?? "", value });
          else if (op === "delete") await tabvisor.volumes.delete(volumeId);
          else if (op === "snapshot") id = (await tabvisor.snapshots.create({ volumeId, description: value })).id;
          else if (op === "attach") await tabvisor.volumes.attach({ volumeId, instanceId: instance });
          else await tabvisor.volumes.detach({ volumeId });
          await ledger({ op, id, value, phase: "done" });
        } catch (error) {
          await ledger({
            op,
            id: volumeId,
            value,
            phase: "refused",
            code: (error as { code?: string }).code ?? String(error),
          });
        }
      };
      const loops = Array.from({ length: 3 }, async () => {
        while (!Object.hasOwn(globalThis, "stopHammering")) {
          await step();
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      });
      Object.assign(globalThis, { hammering: Promise.all(loops) });
    },
    [seed, instanceId] as const,
  );
}

const HAMMER_MS = 6_000;

test("two tabs that hammer one cloud, and the owner gone in the middle: nothing is lost, nothing is there twice", async ({
  cloud,
  tabs,
  context,
}) => {
  const entries: Entry[] = [];
  await context.exposeBinding("ledger", (_, entry: Entry) => void entries.push(entry));
  await cloud.open();
  const instance = await cloud.launchOne({ name: "target" });
  const second = await tabs.another();
  await Promise.all([hammer(cloud.page, 1, instance), hammer(second.page, 2, instance)]);
  await second.page.waitForTimeout(HAMMER_MS);
  const takenOver = becomesOwner(second);
  await cloud.page.close({ runBeforeUnload: false });
  expect(await takenOver).toEqual([instance]);
  await second.page.waitForTimeout(HAMMER_MS / 3);
  await second.page.evaluate(() => {
    Object.assign(globalThis, { stopHammering: true });
    return (globalThis as unknown as { hammering: Promise<void> }).hammering;
  });

  const done = entries.filter(({ phase }) => phase === "done");
  const of = (list: readonly Entry[], op: Entry["op"]) => list.filter((entry) => entry.op === op);
  const ids = (list: readonly Entry[]) => list.map(({ id }) => id);
  const odd = entries.filter(({ phase, code }) => phase === "refused" && !REFUSALS.test(code ?? ""));
  expect(odd, "refusals that nothing explains").toEqual([]);
  const fromSecond = of(done, "create").filter(({ value }) => value.startsWith("h-2-")).length;
  expect(Math.min(fromSecond, of(done, "create").length - fromSecond), "both tabs got through").toBeGreaterThan(3);

  // What was under way when the owner went is finished by the next one.
  const settled = () =>
    second.page.evaluate(async () => {
      const states = [...tabvisor.volumes.list(), ...tabvisor.snapshots.list()].map(({ state }) => state);
      return states.filter((state) => !["available", "in-use", "completed", "error"].includes(state));
    });
  await expect.poll(settled).toEqual([]);
  const now = await second.page.evaluate(async () => ({
    volumes: tabvisor.volumes.list(),
    snapshots: tabvisor.snapshots.list(),
    usage: await tabvisor.storage.usage(),
  }));

  const begunDeletes = new Set(ids(of(entries, "delete").filter(({ phase }) => phase === "begun")));
  const volumeIds = now.volumes.map(({ id }) => id);
  const kept = ids(of(done, "create")).filter((id) => !begunDeletes.has(id));
  expect(
    kept.filter((id) => !volumeIds.includes(id)),
    "created, never deleted, and gone",
  ).toEqual([]);
  const deleted = ids(of(done, "delete"));
  expect(
    deleted.filter((id) => volumeIds.includes(id)),
    "deleted, and still there",
  ).toEqual([]);
  expect(new Set(deleted).size, "deleted once each").toBe(deleted.length);
  const names = now.volumes.map(({ name }) => name).filter((name) => name !== "");
  expect(new Set(names).size, "one volume a name").toBe(names.length);
  const completed = now.snapshots.filter(({ state }) => state === "completed").map(({ id }) => id);
  expect(
    ids(of(done, "snapshot")).filter((id) => !completed.includes(id)),
    "snapshots that were made, and are gone",
  ).toEqual([]);
  const descriptions = now.snapshots.map(({ description }) => description);
  expect(new Set(descriptions).size, "one snapshot a request").toBe(descriptions.length);
  // The value of a tag is that of the last acknowledged change, or of one that nobody heard the end of, or came at the same time.
  for (const { id, tags } of now.volumes) {
    if (tags.value === undefined) expect(of(done, "tag").filter((entry) => entry.id === id)).toEqual([]);
    else expect(of(entries, "tag").some((entry) => entry.id === id && entry.value === tags.value)).toBe(true);
  }
  const devices = now.volumes.map(({ attachment }) => attachment?.device).filter((device) => device !== undefined);
  expect(new Set(devices).size, "one volume a device").toBe(devices.length);

  // The block store has the same volumes and snapshots, and nothing else.
  expect(now.usage.volumes.map(({ id }) => id).sort()).toEqual([...volumeIds].sort());
  expect(now.usage.snapshots.map(({ id }) => id).sort()).toEqual([...completed].sort());
  await expect
    .poll(() => second.page.evaluate(async () => (await tabvisor.storage.usage()).garbageBytes), { message: "garbage" })
    .toBe(0);

  await second.act(instance, "start");
  await second.ready(instance);
  expect(await second.run(instance, "ls /dev/vd? | wc -l")).toBe(
    String(now.volumes.filter(({ attachment }) => attachment !== null).length),
  );
  const count = (phase: Entry["phase"]) => entries.filter((entry) => entry.phase === phase).length;
  const description = `${count("done")} changes done, ${count("refused")} refused, ${now.volumes.length} volumes at the end`;
  test.info().annotations.push({ type: "figures", description });
});
