import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { BatchWriter, costOf, readBatch } from "../../../src/network/ports/batch.ts";
import { WINDOW_BYTES } from "../../../src/network/ports/packet-channel.ts";
import { FakeBus } from "../../../test/support/fake-virtio.ts";
import { VirtioNet } from "./virtio-net.ts";
import { F } from "./virtio-net-config.ts";

const SLOT = 2;
const RX = 0;
const TX = 1;
const HEADER = 12;

/** A packet as a driver sends it: header, frame. */
function packet(frameBytes: number, fill = 7): Uint8Array {
  const bytes = new Uint8Array(HEADER + frameBytes);
  bytes.fill(fill, HEADER);
  return bytes;
}

interface Sent {
  packets?: ArrayBuffer;
  bytes?: number;
  grant?: number;
  offloads?: { checksum: boolean; tcpv4: boolean };
}

/** A card with a driver, and the other end of its port, which is the test's. */
function lab({ connected = true, features }: { connected?: boolean; features?: readonly number[] } = {}) {
  const bus = new FakeBus();
  const errors: unknown[] = [];
  const card = new VirtioNet({
    createDevice: bus.createDevice,
    slot: SLOT,
    pciFunction: 0,
    macAddress: "02:00:ac:1f:00:04",
    mtu: 1500,
    onError: (error) => errors.push(error),
  });
  const driver = bus.driver(SLOT);
  driver.start(features);
  const messages: Sent[] = [];
  let waiting = () => {};
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<Sent>) => {
    messages.push(data);
    waiting();
  };
  if (connected) card.connect(port2);
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>((resolve) => (waiting = resolve));
  };
  const packets = () =>
    messages.flatMap(({ packets: buffer, bytes = 0 }) =>
      buffer === undefined ? [] : readBatch({ packets: buffer, bytes }),
    );
  const granted = () => messages.reduce((sum, { grant = 0 }) => sum + grant, 0);
  const send = (...all: Uint8Array[]) => {
    const writer = new BatchWriter();
    for (const each of all) writer.add(each.byteLength).set(each);
    port1.postMessage(writer.take());
  };
  const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
  const close = () => {
    port1.close();
    port2.close();
  };
  return { card, driver, messages, errors, port1, port2, until, packets, granted, send, turn, close };
}

describe("N1 what the guest is told of its card (virtio 1.2 §5.1.4)", () => {
  it("has its address, its link and its MTU", () => {
    const { card, driver, close } = lab();
    expect([...driver.readConfig()]).toEqual([2, 0, 0xac, 0x1f, 0, 4, 1, 0, 1, 0, 0xdc, 5]);
    driver.notify(RX);
    card.setLink(false);
    expect(driver.configField("status").read()).toBe(0);
    expect(driver.configChanges).toBe(1);
    close();
  });

  it("tells the network which offloads the guest takes", async () => {
    const { driver, messages, until, close } = lab({ features: [F.VERSION_1, F.GUEST_CSUM] });
    driver.notify(RX);
    await until(() => messages.length >= 2);
    expect(messages.at(-1)).toEqual({ offloads: { checksum: true, tcpv4: false } });
    driver.reset();
    await until(() => messages.length >= 3);
    expect(messages.at(-1)).toEqual({ offloads: { checksum: false, tcpv4: false } });
    close();
  });
});

describe("N2 what the guest sends", () => {
  it("arrives as it is, in its order, up to 64 KiB a packet", async () => {
    const { card, driver, until, packets, close } = lab();
    const all = [packet(14, 1), packet(1514, 2), packet(14 + 65_535, 3)];
    for (const readable of all) driver.queue(TX).post({ readable });
    driver.notify(TX);
    card.settle();
    await until(() => packets().length === 3);
    expect(packets()).toEqual(all);
    expect(driver.queue(TX).takeUsed()).toHaveLength(3);
    close();
  });

  it("waits in the ring while the network is not there, or has no room, and is not lost", async () => {
    const { card, driver, port1, port2, until, packets, close } = lab({ connected: false });
    driver.queue(TX).post({ readable: packet(100) });
    driver.notify(TX);
    expect(driver.queue(TX).availableCount).toBe(1);
    card.connect(port2);
    await until(() => packets().length === 1);
    expect(driver.queue(TX).availableCount).toBe(0);

    const large = packet(60_000);
    let sent = 1;
    for (; driver.queue(TX).availableCount === 0; sent++) {
      driver.queue(TX).takeUsed();
      driver.queue(TX).post({ readable: large });
      driver.notify(TX);
    }
    expect(sent).toBeLessThan(WINDOW_BYTES / 60_000 + 3);
    card.settle();
    await until(() => packets().length === sent - 1);
    port1.postMessage({ grant: costOf(large.byteLength) * 2 });
    await until(() => packets().length === sent);
    expect(driver.queue(TX).availableCount).toBe(0);
    close();
  });

  it("is dropped and counted when it is no frame, and the card goes on", async () => {
    const { card, driver, until, packets, close } = lab();
    driver.queue(TX).post({ readable: new Uint8Array(0) });
    driver.queue(TX).post({ readable: packet(13) });
    driver.queue(TX).post({ readable: packet(14 + 65_536) });
    driver.queue(TX).post({ writableBytes: 2000 });
    driver.queue(TX).post({ readable: packet(60) });
    driver.notify(TX);
    card.settle();
    await until(() => packets().length === 1);
    expect(driver.queue(TX).takeUsed()).toHaveLength(5);
    expect(card.stats).toMatchObject({ malformed: 4, sentFrames: 1 });
    close();
  });
});

describe("N3 what comes for the guest", () => {
  it("goes over as many of its buffers as it takes, and says how many", async () => {
    const { driver, send, until, granted, close } = lab();
    for (let i = 0; i < 5; i++) driver.queue(RX).post({ writableBytes: 1000 });
    driver.notify(RX);
    const large = packet(2500);
    send(large, packet(60, 9));
    await until(() => granted() > 0);
    const used = driver.queue(RX).takeUsed();
    expect(used.map(({ written }) => written.byteLength)).toEqual([1000, 1000, 512, 72]);
    expect(used.map(({ written }) => written[10])).toEqual([3, 7, 7, 1]);
    expect(granted()).toBe(costOf(large.byteLength) + costOf(72));
    close();
  });

  it("waits for buffers, taking the window, and is there as soon as there are some", async () => {
    const { driver, send, until, granted, turn, card, close } = lab();
    driver.queue(RX).post({ writableBytes: 1000 });
    driver.notify(RX);
    send(packet(2500));
    await turn();
    await turn();
    expect(granted()).toBe(0);
    expect(driver.queue(RX).availableCount).toBe(1);
    for (let i = 0; i < 2; i++) driver.queue(RX).post({ writableBytes: 1000 });
    driver.notify(RX);
    await until(() => granted() > 0);
    expect(driver.queue(RX).takeUsed()).toHaveLength(3);
    expect(card.stats.dropped).toBe(0);
    close();
  });

  it("is dropped where no driver is, where it can never fit, and when the driver goes", async () => {
    const { driver, send, until, granted, card, close } = lab({ features: [F.VERSION_1] });
    send(packet(60));
    await until(() => granted() === costOf(72));
    expect(card.stats.dropped).toBe(1);
    driver.queue(RX).post({ writableBytes: 1000 });
    driver.notify(RX);
    send(packet(2500));
    await until(() => granted() === costOf(72) + costOf(2512));
    expect(card.stats.dropped).toBe(2);
    expect(driver.queue(RX).availableCount).toBe(1);
    send(packet(60), packet(61));
    await until(() => card.stats.receivedFrames === 1);
    driver.reset();
    await until(() => granted() === 2 * costOf(72) + costOf(73) + costOf(2512));
    close();
  });

  it("does not stand in the way when the guest's whole ring is too small for it", async () => {
    const { driver, send, until, granted, card, close } = lab();
    for (let i = 0; i < driver.queue(RX).size; i++) driver.queue(RX).post({ writableBytes: 16 });
    driver.notify(RX);
    send(packet(60_000), packet(60));
    await until(() => granted() === costOf(60_012) + costOf(72));
    expect(card.stats).toMatchObject({ dropped: 1, receivedFrames: 1 });
    close();
  });
});

describe("N4 pausing, saving, taking away", () => {
  it("does nothing between a drain and a resume; then both ways go on", async () => {
    const { card, driver, send, turn, until, packets, granted, close } = lab();
    driver.queue(RX).post({ writableBytes: 1000 });
    driver.notify(RX);
    await card.drain();
    driver.queue(TX).post({ readable: packet(60) });
    driver.notify(TX);
    send(packet(60));
    await turn();
    await turn();
    expect([driver.queue(RX).availableCount, driver.queue(TX).availableCount]).toEqual([1, 1]);
    card.resume();
    await until(() => packets().length === 1 && granted() > 0);
    expect(driver.queue(RX).takeUsed()).toHaveLength(1);
    close();
  });

  it("is as it was where it is restored: features, rings, and what the network is told", async () => {
    const first = lab();
    first.driver.queue(RX).post({ writableBytes: 1000 });
    first.driver.notify(RX);
    await first.card.drain();
    const state = first.card.saveState();
    first.close();
    const { card, driver, messages, send, until, granted, close } = lab();
    driver.reset();
    card.restoreState(structuredClone(state));
    card.resume();
    send(packet(60));
    await until(() => granted() > 0);
    expect(messages).toContainEqual({ offloads: { checksum: true, tcpv4: true } });
    expect(driver.queue(RX).takeUsed()).toHaveLength(1);
    close();
  });

  it("taken by force, shows no carrier, and swallows what is sent", () => {
    const { card, driver, close } = lab();
    driver.notify(RX);
    card.disconnect();
    driver.queue(TX).post({ readable: packet(60) });
    driver.notify(TX);
    expect(driver.queue(TX).takeUsed()).toHaveLength(1);
    expect(driver.configField("status").read()).toBe(0);
    close();
  });

  it("let go of by the guest with both rings full, gives both windows back, and another one in its place begins anew", async () => {
    const { card, driver, send, until, packets, granted, turn, close } = lab();
    // The network takes nothing any more, and the guest has no buffers.
    const large = packet(60_000);
    while (driver.queue(TX).availableCount === 0) {
      driver.queue(TX).takeUsed();
      driver.queue(TX).post({ readable: large });
      driver.notify(TX);
    }
    driver.notify(RX);
    send(packet(60), packet(1500));
    await turn();
    expect(granted()).toBe(0);
    // As Linux removes a driver: the device is reset, and what was in its rings is the guest's again at once.
    driver.reset();
    expect(card.inUse).toBe(false);
    card.dispose();
    await until(() => granted() === costOf(HEADER + 60) + costOf(HEADER + 1500));
    const sent = packets().length;
    expect(sent).toBe(card.stats.sentFrames);
    close();

    const next = lab();
    next.driver.queue(TX).post({ readable: packet(60) });
    next.driver.notify(TX);
    next.card.settle();
    await next.until(() => next.packets().length === 1);
    next.close();
  });

  it("loses its carrier, and nothing else, when its port brings what is none of its messages", async () => {
    for (const message of [
      null,
      5,
      { packets: new ArrayBuffer(3), bytes: 3 },
      { packets: "x", bytes: 1 },
      { grant: -1 },
    ]) {
      const { card, driver, port1, errors, close } = lab();
      driver.notify(RX);
      port1.postMessage(message);
      while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      expect(errors).toMatchObject([{ code: "Protocol.Invalid" }]);
      expect(driver.configField("status").read()).toBe(0);
      driver.queue(TX).post({ readable: packet(60) });
      driver.notify(TX);
      expect(driver.queue(TX).availableCount).toBe(1);
      expect(card.inUse).toBe(true);
      close();
    }
  });
});

describe("N2 N3 whatever a guest sends and posts, in whatever order", () => {
  it.each([1, 2, 3, 4, 5, 6])(
    "seed %i: no buffer is lost, no window leaks, the network sees packets only",
    async (seed) => {
      const random = seededRandom(seed);
      const { card, driver, port1, errors, packets, granted, send, turn, until, close } = lab();
      const [rx, tx] = [driver.queue(RX), driver.queue(TX)];
      const hasRoom = (queue: typeof rx) => queue.availableCount + queue.inFlightCount < queue.size;
      let posted = 0;
      let givenBack = 0;
      let sentCost = 0;
      let grantedOut = 0;
      const grant = () => {
        const dealtWith = packets().reduce((sum, { byteLength }) => sum + costOf(byteLength), 0) - grantedOut;
        if (dealtWith > 0) port1.postMessage({ grant: dealtWith });
        grantedOut += dealtWith;
      };
      const steps = [
        () => {
          if (!hasRoom(tx)) return;
          tx.post({ readable: random.bytes(random.int(3) === 0 ? random.int(70_000) : random.int(1600)) });
          posted++;
        },
        () => hasRoom(rx) && rx.post({ writableBytes: random.int(4000) }),
        () => driver.notify(random.int(2)),
        () => {
          const frameBytes = 14 + random.int(random.int(4) === 0 ? 65_536 : 1500);
          if (sentCost - granted() > WINDOW_BYTES) return;
          send(packet(frameBytes));
          sentCost += costOf(HEADER + frameBytes);
        },
        () => (random.int(4) === 0 ? card.drain() : card.resume()),
        grant,
        turn,
      ];
      for (let step = 0; step < 600; step++) {
        await steps[random.int(steps.length)]?.();
        givenBack += tx.takeUsed().length;
        rx.takeUsed();
      }
      card.resume();
      while (tx.availableCount > 0 || granted() < sentCost) {
        while (hasRoom(rx)) rx.post({ writableBytes: 4096 });
        driver.notify(RX);
        card.settle();
        grant();
        await turn();
        rx.takeUsed();
      }
      await until(() => packets().length === card.stats.sentFrames);
      expect(granted()).toBe(sentCost);
      expect(givenBack + tx.takeUsed().length).toBe(posted);
      expect(card.stats.sentFrames + card.stats.malformed).toBe(posted);
      expect(errors).toEqual([]);
      close();
    },
  );
});
