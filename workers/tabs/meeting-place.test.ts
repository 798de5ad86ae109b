import { afterEach, expect, it, vi } from "vitest";
import { MeetingPlace } from "./meeting-place.ts";

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
  vi.useRealTimers();
});

/** One who comes in, and what it hears there. */
function visitor(place: MeetingPlace) {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const heard: MessageEvent[] = [];
  port1.onmessage = (event) => heard.push(event);
  place.enter(port2);
  return { port: port1, heard };
}

it.each(["speaks before the second one comes", "speaks after that"])(
  "passes on ports: the first one %s",
  async (when) => {
    let closed = false;
    const place = new MeetingPlace(() => {
      closed = true;
    }, 1_000_000);
    const first = visitor(place);
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const speak = () => first.port.postMessage({ name: "hello", calls: port2 }, [port2]);
    if (when.includes("before")) speak();
    await new Promise((resolve) => setTimeout(resolve, 0));
    const second = visitor(place);
    const third = visitor(place);
    if (!when.includes("before")) speak();
    await expect.poll(() => second.heard.length).toBe(1);
    expect(second.heard[0]?.data.name).toBe("hello");
    const calls = second.heard[0]?.data.calls as MessagePort;
    ports.push(calls);
    const got = new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
    });
    calls.postMessage("directly");
    expect(await got).toBe("directly");
    expect(closed).toBe(false);
    second.port.postMessage("taken");
    await expect.poll(() => closed).toBe(true);
    expect(third.heard).toEqual([]);
  },
);

it("is given up when nobody comes", () => {
  vi.useFakeTimers();
  let closed = false;
  new MeetingPlace(() => {
    closed = true;
  });
  vi.advanceTimersByTime(29_999);
  expect(closed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(closed).toBe(true);
});
