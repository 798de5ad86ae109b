import { createHash } from "node:crypto";
import { expect, test } from "./fixtures.ts";

test.describe("the API, from a page at a sub-path", () => {
  test("F05 the guest sees the memory of its type", async ({ cloud }) => {
    await cloud.open();
    for (const [type, mib] of [
      ["v1.nano", 64],
      ["v1.large", 1024],
    ] as const) {
      const id = await cloud.launchOne({ type });
      const kib = Number(await cloud.run(id, "awk '/MemTotal/ {print $2}' /proc/meminfo"));
      // The kernel keeps its own code and tables out of MemTotal.
      expect(kib).toBeGreaterThan(mib * 1024 * 0.8);
      expect(kib).toBeLessThanOrEqual(mib * 1024);
      await cloud.act(id, "terminate");
    }
  });

  test("exec gives output, errors, exit codes and signals, as they are", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    expect(await cloud.exec(id, "echo out; echo err >&2; exit 3")).toEqual({
      stdout: "out\n",
      stderr: "err\n",
      exitCode: 3,
      signal: null,
    });
    expect(await cloud.exec(id, "kill -9 $$")).toMatchObject({ exitCode: 137, signal: "SIGKILL" });
    expect(await cloud.run(id, "uname -sm")).toBe("Linux i686");
    const outcome = await cloud.page.evaluate(async (instance) => {
      const vm = tabvisor.instances.get(instance);
      const { stdoutBytes } = await vm.exec(["printf", "\\000\\377\\001"]);
      const cat = await vm.exec("cat", { stdin: new Uint8Array([0, 1, 254, 255]) });
      const env = await vm.exec("echo $GREETING; pwd; id -un", {
        env: { GREETING: "hello" },
        cwd: "/tmp",
        user: "ec2-user",
      });
      const slow = await vm.exec("sleep 60", { timeoutMs: 500 });
      return {
        raw: [...stdoutBytes],
        cat: [...cat.stdoutBytes],
        env: env.stdout,
        timedOut: slow.timedOut,
        signal: slow.signal,
      };
    }, id);
    expect(outcome).toEqual({
      raw: [0, 255, 1],
      cat: [0, 1, 254, 255],
      env: "hello\n/tmp\nec2-user\n",
      timedOut: true,
      signal: "SIGTERM",
    });
  });

  test("exec with 10 MB of output gives all of it, intact, also many at once", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    await cloud.run(id, "head -c 10000000 /dev/urandom > /tmp/random");
    const wanted = (await cloud.run(id, "sha256sum /tmp/random")).split(" ")[0];
    const hashes = await cloud.page.evaluate(async (instance) => {
      const vm = tabvisor.instances.get(instance);
      const outputs = await Promise.all([1, 2, 3].map(() => vm.exec("cat /tmp/random")));
      const digests = outputs.map(async ({ stdoutBytes }) => {
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", stdoutBytes.slice().buffer));
        return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      });
      return await Promise.all(digests);
    }, id);
    expect(hashes).toEqual([wanted, wanted, wanted]);
  });

  test("files go there and back, and a missing one is a typed error", async ({ cloud }) => {
    await cloud.open();
    const id = await cloud.launchOne();
    const size = 3_000_001;
    const hash = await cloud.page.evaluate(
      async ([instance, bytes]) => {
        const vm = tabvisor.instances.get(instance);
        const data = new Uint8Array(bytes).map((_, i) => (i * 31) & 255);
        await vm.writeFile("/root/data.bin", data, { mode: 0o600 });
        const back = await vm.readFile("/root/data.bin");
        return { same: back.length === data.length && back.every((byte, i) => byte === data[i]) };
      },
      [id, size] as const,
    );
    expect(hash.same).toBe(true);
    const expected = createHash("sha256")
      .update(Uint8Array.from({ length: size }, (_, i) => (i * 31) & 255))
      .digest("hex");
    expect(await cloud.run(id, "sha256sum /root/data.bin; stat -c %a /root/data.bin")).toBe(
      `${expected}  /root/data.bin\n600`,
    );
    expect(await cloud.codeOf(`await tabvisor.instances.get("${id}").readFile("/no/such/file")`)).toMatch(/^Agent\./);
  });

  test("F02 F03 F05 F69 bad launches are typed errors with EC2's codes", async ({ cloud }) => {
    await cloud.open();
    const launch = (request: object) => cloud.codeOf(`await tabvisor.instances.launch(${JSON.stringify(request)})`);
    expect(await launch({ image: "windows" })).toBe("InvalidAMIID.NotFound");
    expect(await launch({ image: "tiny", type: "m5.large" })).toBe("InvalidParameterValue");
    expect(await launch({ image: "tiny", count: 0 })).toBe("InvalidParameterValue");
    expect(await launch({ image: "tiny", count: 10_000 })).toBe("InstanceLimitExceeded");
    expect(await launch({ image: "tiny", type: "v1.large", count: 19 })).toBe("InsufficientInstanceCapacity");
    expect(await cloud.codeOf(`tabvisor.instances.get("i-00000000000000000")`)).toBe("InvalidInstanceID.NotFound");
    expect(await cloud.page.evaluate(() => tabvisor.instances.list().length)).toBe(0);
  });
});
