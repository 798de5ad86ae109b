import { expect, roleOf, test } from "./fixtures.ts";

test("a second tab shows the cloud live and operates it through the first one", async ({ cloud, tabs }) => {
  await cloud.open();
  const id = await cloud.launchOne({ name: "web" });
  const second = await tabs.another();
  expect(await roleOf(cloud)).toBe("owner");
  expect(await roleOf(second)).toBe("follower");
  expect(await second.facts(id)).toMatchObject({ state: "running", status: "ok" });

  await test.step("programs, files, and the console, typed and read", async () => {
    expect(await second.run(id, "uname -s")).toBe("Linux");
    const echoed = await second.page.evaluate(async (instance) => {
      const vm = tabvisor.instances.get(instance);
      const bytes = crypto.getRandomValues(new Uint8Array(50_000));
      await vm.writeFile("/root/bytes", bytes);
      const [read, piped] = await Promise.all([
        vm.readFile("/root/bytes"),
        vm.exec("cat", { stdin: new Blob([bytes]).stream() as ReadableStream<Uint8Array<ArrayBuffer>> }),
      ]);
      const same = (other: Uint8Array) => other.length === bytes.length && other.every((byte, i) => byte === bytes[i]);
      return [same(read), same(piped.stdoutBytes)];
    }, id);
    expect(echoed).toEqual([true, true]);
    const shown = await second.page.evaluate(async (instance) => {
      const { console } = tabvisor.instances.get(instance);
      let text = console.history();
      const seen = new Promise<string>((resolve) => {
        console.onData((data) => {
          text += data;
          if (/= 42\r/.test(text)) resolve(text);
        });
      });
      await console.write("echo = $((6 * 7))\n");
      return await seen;
    }, id);
    expect(shown).toMatch(/login|[#$] /);
    expect(await cloud.page.evaluate((instance) => tabvisor.instances.get(instance).console.history(), id)).toContain(
      "= 42",
    );
  });

  await test.step("much console output comes whole, in order", async () => {
    const lines = await second.page.evaluate(async (instance) => {
      const { console } = tabvisor.instances.get(instance);
      const numbers: number[] = [];
      let rest = "";
      const all = new Promise<void>((resolve) => {
        console.onData((data) => {
          const parts = (rest + data).split("\r\n");
          rest = parts.pop() ?? "";
          for (const part of parts) if (/^n\d+$/.test(part)) numbers.push(Number(part.slice(1)));
          if (numbers.at(-1) === 20_000) resolve();
        });
      });
      await console.write("seq -f n%g 20000 2>/dev/null || seq 20000 | sed s/^/n/\n");
      await all;
      return numbers.every((number, index) => number === index + 1) ? numbers.length : numbers.slice(0, 20);
    }, id);
    expect(lines).toBe(20_000);
  });

  await test.step("volumes, snapshots and exports", async () => {
    const done = await second.page.evaluate(async (instance) => {
      const vm = tabvisor.instances.get(instance);
      const volume = await tabvisor.volumes.create({ sizeGiB: 1, name: "data" });
      const { attachment } = await tabvisor.volumes.attach({ volumeId: volume.id, instanceId: instance });
      await vm.exec(`echo through the owner > ${attachment?.guestDevice}; sync`);
      const snapshot = await tabvisor.snapshots.create({ volumeId: volume.id });
      const reader = (await tabvisor.snapshots.export(snapshot.id)).getReader();
      const { value } = await reader.read();
      await reader.cancel();
      await tabvisor.volumes.detach({ volumeId: volume.id });
      return {
        text: new TextDecoder().decode(value?.subarray(0, 17)),
        volume: tabvisor.volumes.get(volume.id),
        snapshot: tabvisor.snapshots.get(snapshot.id),
      };
    }, id);
    expect(done).toMatchObject({
      text: "through the owner",
      volume: { state: "available", name: "data" },
      snapshot: { state: "completed" },
    });
    const sizes = await second.page.evaluate(async (snapshotId) => {
      let bytes = 0;
      const progress: number[] = [];
      const onProgress = ({ doneBytes }: { doneBytes: number }) => void progress.push(doneBytes);
      const stream = await tabvisor.snapshots.export(snapshotId, { format: "qcow2", onProgress });
      for (const reader = stream.getReader(); ; ) {
        const { done: ended, value } = await reader.read();
        if (ended) return { bytes, progress: progress.length };
        bytes += value.byteLength;
      }
    }, done.snapshot.id);
    expect(sizes.bytes).toBeGreaterThan(65_536);
    const owned = await cloud.page.evaluate(() => [tabvisor.volumes.list().length, tabvisor.snapshots.list().length]);
    expect(owned).toEqual([2, 1]);
    expect(await second.codeOf(`await tabvisor.volumes.delete("${done.volume.id}")`)).toBe("resolved");
    expect(await second.codeOf(`await tabvisor.volumes.delete("${done.volume.id}")`)).toBe("InvalidVolume.NotFound");
  });

  await test.step("either tab sees what the other one does, within moments", async () => {
    await second.act(id, "stop");
    expect((await cloud.facts(id)).state).toBe("stopped");
    const seen = second.page.evaluate(
      (instance) =>
        new Promise<string[]>((resolve) => {
          const vm = tabvisor.instances.get(instance);
          const states: string[] = [];
          vm.onChange(() => {
            if (vm.state !== states.at(-1)) states.push(vm.state);
            if (vm.state === "running" && vm.boot?.ready) resolve(states);
          });
        }),
      id,
    );
    await cloud.act(id, "start");
    expect(await seen).toEqual(["pending", "running"]);
    expect(await second.run(id, "wc -c < /root/bytes")).toBe("50000");
  });

  await test.step("disposing of a follower leaves the owner alone", async () => {
    await second.page.evaluate(() => tabvisor.dispose());
    expect(await second.codeOf("await tabvisor.images.list()")).toBe("Cloud.Disposed");
    expect(await cloud.run(id, "echo still here")).toBe("still here");
    expect(await roleOf(cloud)).toBe("owner");
  });
});
