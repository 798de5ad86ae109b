import { expect, test, vi } from "vitest";
import { GuestsLab, type LabGuest } from "../../test/support/guests-lab.ts";
import { networkModelOf } from "../../test/support/network-lab.ts";
import { readPattern, writePattern } from "../../test/support/tcp-lab.ts";
import { CloudError } from "../base/errors.ts";
import { parseAddress } from "./addresses.ts";
import { PAGE_ADDRESS } from "./model.ts";
import type { TcpSocket } from "./tcp/socket.ts";

// Much work, and on a busy machine slow: nothing here is about real time.
vi.setConfig({ testTimeout: 120_000 });

const isFull = Boolean(process.env.TABVISOR_FULL);
const MB = 1_000_000;
const MIB = 1 << 20;
const PORT = 8080;
const to = { address: parseAddress("198.51.100.7") as number, port: PORT };

const model = networkModelOf({
  vpcs: { "vpc-1": { cidr: "10.0.0.0/16", gateway: "in" } },
  subnets: { "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24", routes: ["0.0.0.0/0 igw-vpc-1"] } },
  groups: { "sg-web": [`in tcp ${PORT} ${PAGE_ADDRESS}/32`, "out all 0.0.0.0/0"] },
  interfaces: { "eni-a": { subnet: "subnet-1", ip: "10.0.0.10", publicIp: "198.51.100.7", groups: ["sg-web"] } },
});

/** A guest with a public address whose group lets the page in to a port. */
async function setUp(serve: (socket: TcpSocket) => Promise<unknown>) {
  const lab = new GuestsLab(model);
  const guest = await lab.guest("eni-a");
  /** How each of the guest's ends has gone. */
  const served: Promise<unknown>[] = [];
  guest.stack.listen({ port: PORT }, () => ({ onConnection: (socket) => void served.push(serve(socket)) }));
  return { lab, guest, served, connect: () => lab.time.until(lab.outside.connect(to)) };
}

/** Nobody keeps anything of what is over: no connection, no port, no timer. */
async function expectNothingLeft(lab: GuestsLab, guest: LabGuest): Promise<void> {
  // As long as EC2 remembers a connection that has been closed, and more than whoever has closed it answers for.
  await lab.time.pass(10 * 60_000);
  expect(guest.stack.size).toBe(0);
  expect(lab.outside.connections).toBe(0);
  // The table lets go of what is over when something passes.
  const probe = lab.outside.connect(to);
  const socket = await lab.time.until(probe);
  expect(lab.network.filter.counters("eni-a")?.trackedConnections).toBe(1);
  socket.abort(new CloudError("Network.ConnectionAborted", "Enough."));
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "resolved",
    (error: { code?: string }) => error.code,
  );

const bytesOf = (index: number, length: number) => new Uint8Array(length).fill(index);

test("E1, T7: a hundred connections of the page at a time each have their own bytes back, and nothing is left of them", async () => {
  const { lab, guest, served } = await setUp((socket) => socket.readable.pipeTo(socket.writable));
  const LENGTH = 50_000;
  const echo = async (index: number) => {
    const socket = await lab.outside.connect(to);
    const writer = socket.writable.getWriter();
    const write = async () => {
      for (let at = 0; at < LENGTH; at += LENGTH / 10) await writer.write(bytesOf(index, LENGTH / 10));
      await writer.close();
    };
    const read = async () => {
      let count = 0;
      for await (const chunk of socket.readable) {
        if (chunk.some((byte) => byte !== index)) throw new Error(`connection ${index} has had another one's bytes`);
        count += chunk.length;
      }
      return count;
    };
    const [, count] = await Promise.all([write(), read(), socket.closed]);
    return count;
  };
  const counts = await lab.time.until(Promise.all(Array.from({ length: 100 }, (_, index) => echo(index))));
  expect(counts).toEqual(Array.from({ length: 100 }, () => LENGTH));
  await lab.time.until(Promise.all(served));
  expect(served).toHaveLength(100);
  await expectNothingLeft(lab, guest);
});

test("T5: the page ends its direction and reads on; the guest ends its own and reads on", async () => {
  const { lab, guest, served, connect } = await setUp(async (socket) => {
    const arrived = await readPattern(socket);
    await writePattern(socket, MB);
    return arrived;
  });
  const first = await connect();
  await lab.time.until(writePattern(first, 300_000));
  // An hour of silence between the two ends does not matter.
  await lab.time.pass(3_600_000);
  expect(await lab.time.until(readPattern(first))).toBe(MB);
  await lab.time.until(first.closed);
  expect(await lab.time.until(served[0] as Promise<unknown>)).toBe(300_000);
  await expectNothingLeft(lab, guest);
});

test("T5: a connection that is cut off in the middle, by either side, is an error for the other one, and others go on", async () => {
  const { lab, guest, served, connect } = await setUp((socket) => codeOf(socket.readable.pipeTo(socket.writable)));
  const [cut, other] = [await connect(), await connect()];
  const sending = codeOf(writePattern(cut, 20 * MB));
  const reader = cut.readable.getReader();
  for (let got = 0; got < MB; ) got += (await lab.time.until(reader.read())).value?.length ?? Number.NaN;
  cut.abort(new CloudError("Network.ConnectionAborted", "Enough."));
  expect(await lab.time.until(sending)).toBe("Network.ConnectionAborted");
  expect(await lab.time.until(served[0] as Promise<unknown>)).toBe("Network.ConnectionReset");
  const [, back] = await lab.time.until(Promise.all([writePattern(other, MB), readPattern(other)]));
  expect(back).toBe(MB);
  // The guest's kernel ends all that it has, as when its program is killed.
  const third = await connect();
  const writing = codeOf(writePattern(third, 20 * MB));
  await lab.time.pass(50);
  guest.stack.dispose();
  expect(await lab.time.until(writing)).toBe("Network.ConnectionReset");
  expect(await codeOf(third.closed)).toBe("Network.ConnectionReset");
});

test("T8: a guest that is gone in the middle is given up, and who reads from it hears of that", async () => {
  const { lab, guest, connect } = await setUp(() => Promise.resolve());
  const [reading, writing] = [await connect(), await connect()];
  const read = codeOf(reading.readable.getReader().read());
  const written = codeOf(writePattern(writing, 20 * MB));
  // Its card goes, as with a machine whose power is cut: nobody answers, and nobody says so.
  lab.network.attach("eni-a", { deliver: () => true });
  expect(await lab.time.until(read)).toBe("Network.ConnectionTimedOut");
  expect(await lab.time.until(written)).toBe("Network.ConnectionTimedOut");
  expect(lab.outside.connections).toBe(0);
  guest.stack.dispose();
});

test("F58, N26: an interface that goes in the middle of a transfer is forgotten with its connections, and comes back without them", async () => {
  const { lab, guest, connect } = await setUp((socket) => codeOf(socket.readable.pipeTo(socket.writable)));
  const cut = await connect();
  const writing = codeOf(writePattern(cut, 20 * MB));
  await lab.time.pass(20);
  expect(lab.network.filter.counters("eni-a")?.trackedConnections).toBe(1);
  guest.unplug();
  lab.network.configure({ ...model, interfaces: [] });
  expect([lab.network.counters("eni-a"), lab.network.filter.counters("eni-a")]).toEqual([undefined, undefined]);
  expect(await lab.time.until(writing)).toBe("Network.ConnectionTimedOut");
  expect(lab.outside.connections).toBe(0);
  guest.stack.dispose();
  lab.network.configure(model);
  const again = await lab.guest("eni-a");
  expect(lab.network.filter.counters("eni-a")?.trackedConnections).toBe(0);
  again.stack.listen({ port: PORT }, () => ({
    onConnection: (socket) => void codeOf(socket.readable.pipeTo(socket.writable)),
  }));
  const next = await connect();
  const [, back] = await lab.time.until(Promise.all([writePattern(next, MB), readPattern(next)]));
  expect(back).toBe(MB);
});

test("T4: a guest that never reads holds its own writer back, within bounds, and nobody else", async () => {
  const { lab, guest, served, connect } = await setUp(
    (socket) =>
      new Promise((resolve) => {
        socket.closed.then(resolve, resolve);
        // The first is not read; what follows is echoed.
        if (served.length > 0) resolve(socket.readable.pipeTo(socket.writable));
      }),
  );
  const stuck = await connect();
  const writer = stuck.writable.getWriter();
  let written = 0;
  const writing = (async () => {
    for (;;) {
      await writer.write(bytesOf(1, 64 << 10));
      written += 64 << 10;
    }
  })();
  writing.catch(() => {});
  // An hour: the window is asked about all the time, and answered.
  await lab.time.pass(3_600_000);
  // What both sides have room for.
  expect(written).toBeGreaterThanOrEqual(MIB);
  expect(written).toBeLessThanOrEqual(2 * MIB);
  const other = await connect();
  const [, back] = await lab.time.until(Promise.all([writePattern(other, 4 * MB), readPattern(other)]));
  expect(back).toBe(4 * MB);
  stuck.abort(new CloudError("Network.ConnectionAborted", "Enough."));
  expect(await codeOf(writing)).toBe("Network.ConnectionAborted");
  await lab.time.until(Promise.all(served));
  await expectNothingLeft(lab, guest);
});

test.runIf(isFull)(
  "E1, T1: 100 MB arrive whole both ways, through address translation and filters",
  async () => {
    const { lab, guest, served, connect } = await setUp((socket) =>
      Promise.all([readPattern(socket), writePattern(socket, 100 * MB)]),
    );
    const socket = await connect();
    const [back] = await lab.time.until(Promise.all([readPattern(socket), writePattern(socket, 100 * MB)]));
    expect(back).toBe(100 * MB);
    expect(await lab.time.until(Promise.all(served))).toEqual([[100 * MB, undefined]]);
    await expectNothingLeft(lab, guest);
  },
  600_000,
);
