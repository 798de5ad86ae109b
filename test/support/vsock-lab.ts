import { expect } from "vitest";
import { VirtioVsock, type VsockConnection } from "../../workers/vm/devices/virtio-vsock.ts";
import { OP } from "../../workers/vm/devices/virtio-vsock-packet.ts";
import { FakeBus, type FakeDriver } from "./fake-virtio.ts";
import { FakeVsockGuest } from "./fake-vsock-guest.ts";

const SLOT = 5;

/** A vsock device with a guest's driver on it. */
export class VsockLab {
  /** Where the guest's agent would listen, and dial. */
  static readonly PORT = 1024;

  readonly bus = new FakeBus();
  readonly device: VirtioVsock;
  readonly driver: FakeDriver;
  readonly guest: FakeVsockGuest;

  constructor() {
    this.device = new VirtioVsock({ createDevice: this.bus.createDevice, slot: SLOT });
    this.driver = this.bus.driver(SLOT);
    this.guest = new FakeVsockGuest(this.driver);
  }

  /** What the guest has got since it was asked last: the packets' operations. */
  readonly ops = () => this.guest.receive().map((packet) => packet.op);

  /** A connection that the guest opened from its port 5000, its RESPONSE already taken. */
  readonly accepted = async (bufferAllocated = 1 << 18): Promise<VsockConnection> => {
    const connection = new Promise<VsockConnection>((resolve) => this.device.listen(VsockLab.PORT, resolve));
    this.guest.start();
    this.guest.send({ op: OP.request, bufferAllocated });
    expect(this.guest.receive()).toMatchObject([
      { op: OP.response, sourceCid: 2, destinationCid: 3, sourcePort: VsockLab.PORT, destinationPort: 5000 },
    ]);
    return await connection;
  };
}

export const text = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes);
export const bytesOf = (string: string) => new TextEncoder().encode(string);
