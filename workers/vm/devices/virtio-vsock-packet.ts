/** The packets of a virtio socket device (virtio 1.2 §5.10.6). */

export const HEADER_BYTES = 44;
/** The host's well-known context id (virtio 1.2 §5.10.4). */
export const HOST_CID = 2;
/** The type of a stream socket's packets: the only one we offer. */
export const TYPE_STREAM = 1;

/** virtio 1.2 §5.10.6, `enum virtio_vsock_op`. */
export const OP = {
  request: 1,
  response: 2,
  reset: 3,
  shutdown: 4,
  data: 5,
  creditUpdate: 6,
  creditRequest: 7,
} as const;

/** Flags of a shutdown packet: what its sender will not do any more (virtio 1.2 §5.10.6.6). */
export const SHUTDOWN_RECEIVE = 1;
export const SHUTDOWN_SEND = 2;
export const SHUTDOWN_BOTH = SHUTDOWN_RECEIVE | SHUTDOWN_SEND;

/** A packet's header. Counters wrap at 2^32. A context id above 32 bits is given as -1: nobody has one. */
export interface PacketHeader {
  sourceCid: number;
  destinationCid: number;
  sourcePort: number;
  destinationPort: number;
  length: number;
  type: number;
  op: number;
  flags: number;
  bufferAllocated: number;
  forwarded: number;
}

/** `bytes` holds at least `HEADER_BYTES`. */
export function decodeHeader(bytes: Uint8Array): PacketHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const cid = (offset: number) => (view.getUint32(offset + 4, true) === 0 ? view.getUint32(offset, true) : -1);
  return {
    sourceCid: cid(0),
    destinationCid: cid(8),
    sourcePort: view.getUint32(16, true),
    destinationPort: view.getUint32(20, true),
    length: view.getUint32(24, true),
    type: view.getUint16(28, true),
    op: view.getUint16(30, true),
    flags: view.getUint32(32, true),
    bufferAllocated: view.getUint32(36, true),
    forwarded: view.getUint32(40, true),
  };
}

/** Writes all of the header into the first `HEADER_BYTES` of `into`. */
export function encodeHeader(header: PacketHeader, into: Uint8Array): void {
  const view = new DataView(into.buffer, into.byteOffset, HEADER_BYTES);
  view.setUint32(0, header.sourceCid, true);
  view.setUint32(4, 0, true);
  view.setUint32(8, header.destinationCid, true);
  view.setUint32(12, 0, true);
  view.setUint32(16, header.sourcePort, true);
  view.setUint32(20, header.destinationPort, true);
  view.setUint32(24, header.length, true);
  view.setUint16(28, header.type, true);
  view.setUint16(30, header.op, true);
  view.setUint32(32, header.flags, true);
  view.setUint32(36, header.bufferAllocated, true);
  view.setUint32(40, header.forwarded, true);
}
