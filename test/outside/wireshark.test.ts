import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PacketCapture } from "../../src/network/capture/packet-capture.ts";
import { icmp, tcp, udp } from "../support/filter-lab.ts";
import { NetworkLab } from "../support/network-lab.ts";
import { toolEnvironment } from "./servers.ts";

const A = "10.0.0.10";
const B = "10.0.0.20";
const run = promisify(execFile);

/** Runs a tool and gives what it prints. Rejects when it fails. */
async function tool(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(program, [...args], { env: toolEnvironment({ TZ: "UTC" }), timeout: 120_000 });
  return stdout;
}

describe.runIf(process.env.TABVISOR_FULL)("Wireshark's tools and a capture", { timeout: 120_000 }, () => {
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tabvisor-capture-"));
    file = join(folder, "eni-a.pcapng");
    const lab = new NetworkLab({
      vpcs: { "vpc-1": { cidr: "10.0.0.0/16" } },
      subnets: { "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24" } },
      interfaces: { "eni-a": { subnet: "subnet-1", ip: A }, "eni-b": { subnet: "subnet-1", ip: B } },
    });
    const [a, b] = [lab.card("eni-a"), lab.card("eni-b")];
    const capture = new PacketCapture("eni-a", { snapLength: 256 }, lab.clock, () => undefined);
    const tap = lab.network.tap("eni-a", (direction, { bytes }) => capture.write(direction, bytes));
    for (const packet of [
      tcp(`${A}:40000`, `${B}:80`, "S"),
      udp(`${A}:5000`, `${B}:6000`, new Uint8Array(1000)),
      icmp(A, B, 8),
    ]) {
      await a.send(packet);
      lab.clock.advanceAtOnce(1500);
    }
    await b.send(tcp(`${B}:80`, `${A}:40000`, "SA"));
    tap.dispose();
    capture.write("in", tcp(`${A}:40001`, `${B}:81`, "S").bytes, "dropped: no outbound rule");
    capture.stop();
    await writeFile(file, new Uint8Array(await new Response(capture.readable).arrayBuffer()));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it("F-N10: capinfos finds nothing wrong, and the interface with its name and its counters", async () => {
    const text = await tool("capinfos", file);
    expect(text).toMatch(/File type:\s+Wireshark\/\.\.\. - pcapng/);
    expect(text).toMatch(/File encapsulation:\s+Ethernet/);
    expect(text).toMatch(/File timestamp precision:\s+microseconds \(6\)/);
    expect(text).toMatch(/Packet size limit:\s+inferred: 256 bytes/);
    expect(text).toContain("Name = eni-a");
    expect(text).toMatch(/Number of stat entries = 1/);
  });

  it("F-N10: tshark reads each frame: who with whom, how long, which way, with what comment", async () => {
    const fields = [
      "ip.proto",
      "ip.src",
      "ip.dst",
      "frame.len",
      "frame.cap_len",
      "frame.packet_flags_direction",
      "frame.comment",
    ];
    const text = await tool(
      "tshark",
      "-r",
      file,
      "-T",
      "fields",
      ...fields.flatMap((field) => ["-e", field]),
      "-Y",
      "ip",
    );
    expect(
      text
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t")),
    ).toEqual([
      ["6", A, B, "54", "54", "0x00000002", ""],
      ["17", A, B, "1042", "256", "0x00000002", ""],
      ["1", A, B, "50", "50", "0x00000002", ""],
      ["6", B, A, "54", "54", "0x00000001", ""],
      ["6", A, B, "54", "54", "0x00000002", "dropped: no outbound rule"],
    ]);
  });

  it("F-N10: what the network makes is right for Wireshark: checksums hold, nothing is malformed", async () => {
    const checks = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"];
    const framesWith = async (filter: string) =>
      (await tool("tshark", "-r", file, ...checks, "-Y", filter, "-T", "fields", "-e", "frame.number"))
        .trim()
        .split(/\s+/);
    const good = "ip.checksum.status == 1 && (tcp.checksum.status == 1 || icmp.checksum.status == 1)";
    // The third to the last: those before are ARP's and the one of which only the beginning is there.
    expect(await framesWith(`(${good}) && !_ws.malformed`)).toHaveLength(4);
    expect(await framesWith("ip.checksum.status == 0 || tcp.checksum.status == 0 || _ws.malformed")).toEqual([""]);
  });

  it("F-N10: tcpdump tells the times", async () => {
    const text = await tool("tcpdump", "-r", file, "-tttt", "-n", "tcp[tcpflags] & tcp-syn != 0");
    const lines = text.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^2026-01-01 00:00:00\.000000 IP 10\.0\.0\.10\.40000 > 10\.0\.0\.20\.80: Flags \[S\]/);
    expect(lines[1]).toMatch(/^2026-01-01 00:00:04\.500000 IP 10\.0\.0\.20\.80 > 10\.0\.0\.10\.40000: Flags \[S\.\]/);
  });
});
