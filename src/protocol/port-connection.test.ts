import { expect, test } from "vitest";
import { settle } from "../../test/support/fake-clock.ts";
import { CloudError } from "../base/errors.ts";
import { connectionPorts, type HeldConnection, holdConnection, PortConnection } from "./port-connection.ts";
import { STREAM_WINDOW_BYTES } from "./port-stream.ts";

const CHUNK = 64 << 10;

/** A connection of another thread to somebody who has the other ends of its streams. */
function setUp() {
  const toPeer = new TransformStream<Uint8Array, Uint8Array>();
  const fromPeer = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  let settleHeld: (error?: CloudError) => void = () => {};
  const aborted: (string | undefined)[] = [];
  const closed = new Promise<void>((resolve, reject) => {
    settleHeld = (error) => (error === undefined ? resolve() : reject(error));
  });
  closed.catch(() => {});
  const held: HeldConnection = {
    readable: fromPeer.readable,
    writable: toPeer.writable,
    closed,
    abort: (error) => {
      aborted.push(error.code);
      settleHeld(error);
    },
  };
  const gone = new AbortController();
  const { own, others } = connectionPorts();
  const connection = new PortConnection(own);
  const over = holdConnection(others, held, gone.signal);
  return {
    connection,
    over,
    gone,
    aborted,
    end: (error?: CloudError) => settleHeld(error),
    peerReads: toPeer.readable.getReader(),
    peerWrites: fromPeer.writable.getWriter(),
  };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "resolved",
    (error: { code?: string }) => error.code,
  );

const reset = () => new CloudError("Network.ConnectionReset", "The other side has ended the connection.");

test("bytes go both ways; each direction ends by itself, and the connection when both have", async () => {
  const { connection, over, end, peerReads, peerWrites } = setUp();
  const writer = connection.writable.getWriter();
  const mine = Uint8Array.of(1, 2, 3);
  await writer.write(mine);
  expect((await peerReads.read()).value).toEqual(Uint8Array.of(1, 2, 3));
  // What was written is the writer's still.
  expect(mine.byteLength).toBe(3);
  await writer.close();
  expect((await peerReads.read()).done).toBe(true);
  const reader = connection.readable.getReader();
  const read = reader.read();
  await peerWrites.write(Uint8Array.of(4));
  expect((await read).value).toEqual(Uint8Array.of(4));
  const last = reader.read();
  await peerWrites.close();
  end();
  expect((await last).done).toBe(true);
  expect(await codeOf(connection.closed)).toBe("resolved");
  await over;
});

test("who does not read holds the other side back within a window, and who does not take holds the writer back", async () => {
  const { connection, over, peerReads, peerWrites } = setUp();
  let [sent, written] = [0, 0];
  const sending = (async () => {
    for (;;) {
      await peerWrites.write(new Uint8Array(CHUNK));
      sent += CHUNK;
    }
  })();
  const writer = connection.writable.getWriter();
  const writing = (async () => {
    for (;;) {
      await writer.write(new Uint8Array(CHUNK));
      written += CHUNK;
    }
  })();
  sending.catch(() => {});
  for (let turn = 0; turn < 20; turn++) await settle();
  for (const bytes of [sent, written]) {
    expect(bytes).toBeGreaterThanOrEqual(STREAM_WINDOW_BYTES);
    expect(bytes).toBeLessThanOrEqual(STREAM_WINDOW_BYTES + 4 * CHUNK);
  }
  // All of it is there for who begins to.
  const reader = connection.readable.getReader();
  for (let got = 0; got < 4 * STREAM_WINDOW_BYTES; ) got += (await reader.read()).value?.byteLength ?? Number.NaN;
  for (let got = 0; got < 4 * STREAM_WINDOW_BYTES; ) got += (await peerReads.read()).value?.byteLength ?? Number.NaN;
  connection.abort();
  expect(await codeOf(writing)).toBe("Network.ConnectionAborted");
  await over;
});

test("cut off by who has asked for it: all that waits fails, and the other thread ends the connection", async () => {
  const { connection, over, aborted } = setUp();
  const read = codeOf(connection.readable.getReader().read());
  const writer = connection.writable.getWriter();
  const writing = (async () => {
    for (;;) await writer.write(new Uint8Array(CHUNK));
  })();
  writing.catch(() => {});
  for (let turn = 0; turn < 5; turn++) await settle();
  connection.abort(new CloudError("Test.Enough", "Enough."));
  expect(await Promise.all([read, codeOf(writing), codeOf(connection.closed)])).toEqual([
    "Test.Enough",
    "Test.Enough",
    "Test.Enough",
  ]);
  await over;
  expect(aborted).toEqual(["Test.Enough"]);
});

test("cut off by the other side: nobody waits any more, also where nothing was read", async () => {
  const { connection, over, end, peerWrites } = setUp();
  // More than the window, so that the way itself is full when the end comes.
  const sending = (async () => {
    for (;;) await peerWrites.write(new Uint8Array(CHUNK));
  })();
  sending.catch(() => {});
  for (let turn = 0; turn < 20; turn++) await settle();
  const writer = connection.writable.getWriter();
  const writing = (async () => {
    for (;;) await writer.write(new Uint8Array(CHUNK));
  })();
  end(reset());
  expect(await Promise.all([codeOf(connection.closed), codeOf(writing)])).toEqual([
    "Network.ConnectionReset",
    "Network.ConnectionReset",
  ]);
  expect(await codeOf(connection.readable.getReader().read())).toBe("Network.ConnectionReset");
  await over;
});

test("when the thread that asked for it is gone the connection is cut off, and when the one that has it is, it is lost", async () => {
  const { over, gone, aborted } = setUp();
  gone.abort(new CloudError("Network.ConnectionAborted", "The page is gone."));
  await over;
  expect(aborted).toEqual(["Network.ConnectionAborted"]);
  const other = setUp();
  const read = codeOf(other.connection.readable.getReader().read());
  other.connection.lost(new CloudError("Worker.Gone", "The network's worker has ended."));
  expect(await Promise.all([read, codeOf(other.connection.closed)])).toEqual(["Worker.Gone", "Worker.Gone"]);
  // Nobody is left to read: its thread is gone in truth.
  other.gone.abort(new CloudError("Network.ConnectionAborted", "Over."));
  await other.over;
});

test("closed in order, what was written arrives, and what comes is not read", async () => {
  const { connection, over, end, peerReads } = setUp();
  const writer = connection.writable.getWriter();
  await writer.write(Uint8Array.of(1));
  writer.releaseLock();
  const closing = connection.close();
  expect((await peerReads.read()).value).toEqual(Uint8Array.of(1));
  expect((await peerReads.read()).done).toBe(true);
  end();
  await closing;
  await over;
});
