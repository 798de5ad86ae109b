import { afterEach, expect, it } from "vitest";
import { TEST_HOST } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { FakeClock, settle } from "../../../test/support/fake-clock.ts";
import type { StateEvent } from "../events/cloud-events.ts";
import { FollowerSession } from "./follower-session.ts";
import { LocalBackend } from "./local-backend.ts";
import { OwnerConnection } from "./owner-connection.ts";
import { RemoteBackend } from "./remote-backend.ts";
import { TabCloud } from "./tab-cloud.ts";

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** A cloud that one tab runs, and a tab that follows it. */
async function twoTabs() {
  const lab = new CloudLab();
  lab.silentBrowser = true;
  const local = new LocalBackend(await lab.open(), async (request) => ({ answered: request }));
  const clock = new FakeClock();
  const remote = new RemoteBackend(clock);
  const [calls, updates] = [new MessageChannel(), new MessageChannel()];
  const session = new FollowerSession(local, { calls: calls.port2, updates: updates.port2 }, clock);
  const connection = new OwnerConnection(
    remote.mirror,
    { calls: calls.port1, updates: updates.port1 },
    () => {},
    clock,
  );
  cleanUps.push(() => session.dispose());
  cleanUps.push(() => connection.dispose());
  await connection.ready;
  remote.use(connection);
  const owner = new TabCloud("owner", local, TEST_HOST);
  const follower = new TabCloud("follower", remote, TEST_HOST);
  return { owner, follower, sync: () => clock.advance(100) };
}

const textOf = ({ resourceType, resourceId, from, to }: StateEvent) => `${resourceType} ${resourceId} ${from} ${to}`;

it("F72 events of every change of state come in order, and the same in every tab", async () => {
  const { owner, follower, sync } = await twoTabs();
  const heard: Record<"owner" | "follower", string[]> = { owner: [], follower: [] };
  owner.events.onEvent((event) => heard.owner.push(textOf(event)));
  follower.events.onEvent((event) => heard.follower.push(textOf(event)));
  const [vm] = await follower.instances.launch({ image: "tiny" });
  await vm?.ready();
  const { id } = await owner.volumes.create({ sizeGiB: 1 });
  await owner.volumes.attach({ volumeId: id, instanceId: vm?.id ?? "" });
  await vm?.stop();
  await settle();
  await sync();
  const ofInstance = heard.owner.filter((text) => text.startsWith("instance"));
  expect(ofInstance).toEqual([
    `instance ${vm?.id} null pending`,
    `instance ${vm?.id} pending running`,
    `instance ${vm?.id} running stopping`,
    `instance ${vm?.id} stopping stopped`,
  ]);
  expect(heard.owner.filter((text) => text.startsWith(`attachment ${id}`))).toEqual([
    `attachment ${id} null attaching`,
    `attachment ${id} attaching attached`,
  ]);
  expect(heard.follower).toEqual(heard.owner);
  expect(owner.events.list().map(textOf)).toEqual(heard.owner);
});

it("F61 who may not see events hears of none", async () => {
  const { owner } = await twoTabs();
  await owner.access.createUser({ userName: "nobody" });
  await owner.access.signIn(await owner.access.createAccessKey({ userName: "nobody" }));
  let heard = 0;
  owner.events.onEvent(() => heard++);
  expect(() => owner.events.list()).toThrow(expect.objectContaining({ code: "UnauthorizedOperation" }));
  owner.access.signOut();
  await owner.volumes.create({ sizeGiB: 1 });
  expect(heard).toBeGreaterThan(0);
});

it("F72 a request of EC2's protocol in a tab that follows is answered by the owner", async () => {
  const { follower } = await twoTabs();
  const request = { method: "POST", body: new Uint8Array([1, 2, 3]) };
  expect(await follower.handleEc2(request)).toEqual({ answered: request });
});
