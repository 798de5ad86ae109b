import { describe, expect, it } from "vitest";
import { FakeBus } from "../../../test/support/fake-virtio.ts";
import { VirtioConsole } from "./virtio-console.ts";

const SLOT = 3;
const RECEIVE = 0;
const TRANSMIT = 1;

function setUp() {
  const bus = new FakeBus();
  const output: string[] = [];
  const drivers: boolean[] = [];
  const room = { left: Number.POSITIVE_INFINITY };
  const device = new VirtioConsole({
    createDevice: bus.createDevice,
    slot: SLOT,
    onOutput: (bytes) => {
      output.push(new TextDecoder().decode(bytes));
      return --room.left > 0;
    },
    onDriver: (up) => drivers.push(up),
  });
  const driver = bus.driver(SLOT);
  const offerInput = (count: number, bytes = 16) => {
    for (let index = 0; index < count; index++) driver.queue(RECEIVE).post({ writableBytes: bytes });
    driver.notify(RECEIVE);
  };
  const say = (text: string) => driver.queue(TRANSMIT).post({ readable: new TextEncoder().encode(text) });
  const typed = () =>
    driver
      .queue(RECEIVE)
      .takeUsed()
      .map(({ written }) => new TextDecoder().decode(written));
  return { device, driver, output, drivers, room, offerInput, say, typed };
}

const text = (value: string) => new TextEncoder().encode(value);
const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

describe("virtio-console (virtio 1.2 §5.3)", () => {
  it("hands on what the guest writes, in order", () => {
    const { driver, output, say } = setUp();
    driver.start();
    say("one ");
    say("two");
    driver.notify(TRANSMIT);
    expect(output).toEqual(["one ", "two"]);
    expect(driver.queue(TRANSMIT).takeUsed()).toHaveLength(2);
  });

  it("takes no more output when there is no room, and goes on when told", () => {
    const { driver, device, output, say, room } = setUp();
    driver.start();
    room.left = 1;
    say("one");
    say("two");
    driver.notify(TRANSMIT);
    expect(output).toEqual(["one"]);
    expect(driver.queue(TRANSMIT).availableCount).toBe(1);
    room.left = 9;
    device.transmit();
    expect(output).toEqual(["one", "two"]);
  });

  it("keeps input until the guest has room: none is lost, split over its buffers", async () => {
    const { driver, device, offerInput, typed } = setUp();
    const done: string[] = [];
    void device.write(text("hello, ")).then(() => done.push("first"));
    void device.write(text("a longer line of input")).then(() => done.push("second"));
    driver.start();
    await settle();
    expect([done, device.pendingInputBytes]).toEqual([[], 29]);
    offerInput(2);
    await settle();
    expect([typed(), done]).toEqual([["hello, ", "a longer line of"], ["first"]]);
    offerInput(1);
    await settle();
    expect([typed(), done, device.pendingInputBytes]).toEqual([[" input"], ["first", "second"], 0]);
  });

  it("tells when the driver comes and goes", () => {
    const { driver, drivers, offerInput } = setUp();
    driver.start();
    expect(drivers).toEqual([]);
    offerInput(1);
    driver.reset();
    driver.start();
    offerInput(1);
    expect(drivers).toEqual([true, false, true]);
  });

  it("tells the driver its size, and every change of it", () => {
    const { driver, device, offerInput } = setUp();
    device.resize(120, 40);
    driver.start();
    expect(driver.configChanges).toBe(0);
    offerInput(1);
    expect(driver.configChanges).toBe(1);
    device.resize(120, 40);
    expect(driver.configChanges).toBe(1);
    device.resize(100, 30);
    expect(driver.configChanges).toBe(2);
    const view = new DataView(driver.readConfig().buffer);
    expect([view.getUint16(0, true), view.getUint16(2, true)]).toEqual([100, 30]);
  });

  it("keeps size and unread input in a saved state", () => {
    const first = setUp();
    first.driver.start();
    first.offerInput(1, 4);
    void first.device.write(text("unread input"));
    first.device.resize(132, 50);
    first.typed();
    const state = structuredClone(first.device.saveState());

    const second = setUp();
    second.device.restoreState(state);
    expect(second.drivers).toEqual([true]);
    second.offerInput(2);
    expect(second.typed()).toEqual(["ad input"]);
    expect(second.driver.configField("cols").read()).toBe(132);
  });

  it("drops what a hostile guest sends beyond any real buffer's size", () => {
    const { driver, output } = setUp();
    driver.start();
    driver.queue(TRANSMIT).post({ readable: new Uint8Array(1 << 20).fill(0x61) });
    driver.notify(TRANSMIT);
    expect(output.map((piece) => piece.length)).toEqual([65536]);
  });
});
