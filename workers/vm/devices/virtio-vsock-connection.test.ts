import { describe, expect, it } from "vitest";
import { MAX_QUEUED_BYTES, VsockEndpoint } from "./virtio-vsock-connection.ts";
import { RECEIVE_BUFFER_BYTES } from "./virtio-vsock-credit.ts";
import { decodeHeader, OP, type PacketHeader } from "./virtio-vsock-packet.ts";

function header(fields: Partial<PacketHeader>): PacketHeader {
  return { ...decodeHeader(new Uint8Array(44)), type: 1, bufferAllocated: MAX_QUEUED_BYTES, ...fields };
}

function opened(): VsockEndpoint {
  const endpoint = new VsockEndpoint({ localPort: 1, peerPort: 2 }, () => {}, header({ op: OP.request }));
  expect(endpoint.nextPacket(0)).toMatchObject({ op: OP.response });
  return endpoint;
}

describe("the counters of a connection (virtio 1.2 §5.10.6.3) wrap at 2^32", () => {
  it("when sending", async () => {
    const endpoint = opened();
    const chunk = new Uint8Array(MAX_QUEUED_BYTES);
    let forwarded = 0;
    for (let index = 0; index < 1030; index++) {
      const writing = endpoint.write(chunk);
      const packet = endpoint.nextPacket(2 * MAX_QUEUED_BYTES);
      if (packet?.payload.byteLength !== chunk.byteLength) throw new Error(`chunk ${index}: ${packet?.op}`);
      await writing;
      forwarded = (forwarded + chunk.byteLength) >>> 0;
      endpoint.onPacket(header({ op: OP.creditUpdate, forwarded }), undefined);
    }
    expect(forwarded).toBeLessThan(1030 * MAX_QUEUED_BYTES);
  });

  it("when receiving", async () => {
    const endpoint = opened();
    const payload = new Uint8Array(RECEIVE_BUFFER_BYTES);
    const rounds = 2 ** 32 / RECEIVE_BUFFER_BYTES + 10;
    for (let index = 0; index < rounds; index++) {
      endpoint.onPacket(header({ op: OP.data, length: payload.byteLength }), payload);
      if ((await endpoint.read()) !== payload) throw new Error(`packet ${index} is missing`);
      const update = endpoint.nextPacket(0);
      if (update?.op !== OP.creditUpdate) throw new Error(`no credit after packet ${index}`);
      expect(endpoint.credit().forwarded).toBe(((index + 1) * RECEIVE_BUFFER_BYTES) % 2 ** 32);
    }
  });
});

describe("a connection's reader", () => {
  it("cannot read twice at a time", async () => {
    const endpoint = opened();
    const reading = endpoint.read();
    expect(() => endpoint.read()).toThrowError(expect.objectContaining({ code: "Vsock.Busy" }));
    endpoint.onPacket(header({ op: OP.data, length: 1 }), new Uint8Array([7]));
    expect(await reading).toEqual(new Uint8Array([7]));
  });

  it("has no packet to send that does not fit, and then sends it", () => {
    const endpoint = opened();
    void endpoint.write(new Uint8Array(3));
    expect(endpoint.hasPacket).toBe(true);
    expect(endpoint.nextPacket(0)).toBeUndefined();
    expect(endpoint.nextPacket(2)?.payload.byteLength).toBe(2);
    expect(endpoint.nextPacket(2)?.payload.byteLength).toBe(1);
    expect(endpoint.hasPacket).toBe(false);
  });
});
