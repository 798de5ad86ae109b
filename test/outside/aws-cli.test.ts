import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsCli } from "./aws-cli.ts";
import { removeData, Server, type ServerName } from "./servers.ts";

/** Each command takes a second on an idle machine, and some wait for a machine of ours. */
const COMMANDS_MS = 600_000;

const suites = describe.runIf(process.env.TABVISOR_FULL).each<ServerName>(["ec2-endpoint", "serve"]);

suites("aws-cli and npm run %s", { timeout: COMMANDS_MS }, (name) => {
  let data: string;
  let server: Server;
  let aws: AwsCli;
  let image: string;
  let instance: string;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), "tabvisor-serve-"));
    server = await Server.start(name, name === "serve" ? ["--data", data] : []);
    aws = new AwsCli(server.url);
    image = await aws.text("describe-images --owners amazon --query Images[?Name=='tiny'].ImageId");
    instance = await aws.text(
      `run-instances --image-id ${image} --instance-type v1.micro --query Instances[0].InstanceId`,
    );
  }, 300_000);

  afterAll(async () => {
    await server.kill();
    await removeData(data);
  });

  const stateOf = async (id: string) =>
    await aws.text(`describe-instances --instance-ids ${id} --query Reservations[].Instances[].State.Name`);

  it("F14, F24: a launch, its waiters, stop, another type, start and terminate", async () => {
    await aws.text(`wait instance-running --instance-ids ${instance}`);
    await aws.text(`wait instance-status-ok --instance-ids ${instance}`);
    expect(
      await aws.text(`stop-instances --instance-ids ${instance} --query StoppingInstances[].CurrentState.Name`),
    ).toBe("stopping");
    await aws.text(`wait instance-stopped --instance-ids ${instance}`);
    await aws.text(`modify-instance-attribute --instance-id ${instance} --instance-type Value=v1.small`);
    expect(
      await aws.text(`start-instances --instance-ids ${instance} --query StartingInstances[].CurrentState.Name`),
    ).toBe("pending");
    await aws.text(`wait instance-running --instance-ids ${instance}`);
    const type = "--query Reservations[].Instances[].InstanceType";
    expect(await aws.text(`describe-instances --instance-ids ${instance} ${type}`)).toBe("v1.small");
    const other = await aws.text(
      `run-instances --image-id ${image} --instance-type v1.nano --query Instances[0].[InstanceId,State.Name]`,
    );
    const [id = "", state] = other.split(/\s+/);
    expect(state).toBe("pending");
    await aws.text(`terminate-instances --instance-ids ${id}`);
    await aws.text(`wait instance-terminated --instance-ids ${id}`);
    expect(await stateOf(id)).toBe("terminated");
  });

  it("F73, F77: tags at launch and later, filters and queries", async () => {
    const specification = "ResourceType=instance,Tags=[{Key=Name,Value=web 1},{Key=env,Value=test}]";
    const query = ["--query", "Instances[0].InstanceId"];
    const id = await aws.text(
      `run-instances --image-id ${image} --instance-type v1.nano`,
      "--tag-specifications",
      specification,
      ...query,
    );
    await aws.text(`create-tags --resources ${id} --tags`, "Key=Owner,Value=Zoë & <Co>");
    const tags = await aws.text(
      "describe-tags --filters",
      `Name=resource-id,Values=${id}`,
      "--query",
      "Tags[].[Key,Value]",
    );
    expect(tags.split("\n").sort()).toEqual(["Name\tweb 1", "Owner\tZoë & <Co>", "env\ttest"]);
    const found = ["--query", "Reservations[].Instances[].InstanceId"];
    expect(
      await aws.text(
        "describe-instances --filters",
        "Name=tag:Name,Values=web*",
        "Name=instance-state-name,Values=pending,running",
        ...found,
      ),
    ).toBe(id);
    expect(await aws.text("describe-instances --filters", "Name=tag:env,Values=prod", ...found)).toBe("");
    await aws.text(`delete-tags --resources ${id} --tags Key=env`);
    expect(await aws.text("describe-instances --filters", "Name=tag-key,Values=env", ...found)).toBe("");
    await aws.text(`terminate-instances --instance-ids ${id}`);
  });

  it("F37, F40, F46: a volume is attached and detached; a snapshot, a volume and an image of it", async () => {
    const zone = await aws.text("describe-availability-zones --query AvailabilityZones[0].ZoneName");
    const volume = await aws.text(
      `create-volume --size 2 --volume-type gp3 --availability-zone ${zone} --query VolumeId`,
    );
    await aws.text(`wait volume-available --volume-ids ${volume}`);
    await aws.text(`wait instance-status-ok --instance-ids ${instance}`);
    await aws.text(`attach-volume --volume-id ${volume} --instance-id ${instance} --device /dev/sdf`);
    await aws.text(`wait volume-in-use --volume-ids ${volume}`);
    await aws.fails("VolumeInUse", `delete-volume --volume-id ${volume}`);
    await aws.text(`detach-volume --volume-id ${volume}`);
    await aws.text(`wait volume-available --volume-ids ${volume}`);
    const snapshot = await aws.text(
      `create-snapshot --volume-id ${volume} --description`,
      "of a test",
      "--query",
      "SnapshotId",
    );
    await aws.text(`wait snapshot-completed --snapshot-ids ${snapshot}`);
    const copy = await aws.text(
      `create-volume --snapshot-id ${snapshot} --availability-zone ${zone} --query [VolumeId,Size]`,
    );
    const [copyId = "", copySize] = copy.split(/\s+/);
    expect(copySize).toBe("2");
    await aws.text(`wait volume-available --volume-ids ${copyId}`);
    const own = await aws.text(`create-image --instance-id ${instance} --name own-image --no-reboot --query ImageId`);
    await aws.text(`wait image-available --image-ids ${own}`);
    expect(await aws.text("describe-images --owners self --query Images[].[ImageId,Name,Public]")).toBe(
      `${own}\town-image\tFalse`,
    );
    const fromIt = await aws.text(
      `run-instances --image-id ${own} --instance-type v1.nano --query Instances[0].InstanceId`,
    );
    await aws.text(`wait instance-running --instance-ids ${fromIt}`);
    await aws.text(`terminate-instances --instance-ids ${fromIt}`);
    await aws.text(`delete-snapshot --snapshot-id ${snapshot}`);
    for (const id of [volume, copyId]) await aws.text(`delete-volume --volume-id ${id}`);
    await aws.text(`wait volume-deleted --volume-ids ${volume}`);
  });

  it("F52, F53, F54, F56: a VPC and an instance in it by the command line's short forms, and deleting in order", async () => {
    const vpc = await aws.text("create-vpc --cidr-block 10.3.0.0/16 --query Vpc.VpcId");
    await aws.text(`wait vpc-available --vpc-ids ${vpc}`);
    const subnet = await aws.text(`create-subnet --vpc-id ${vpc} --cidr-block 10.3.1.0/24 --query Subnet.SubnetId`);
    const group = await aws.text(
      `create-security-group --vpc-id ${vpc} --group-name web --description web --query GroupId`,
    );
    const http = `--group-id ${group} --protocol tcp --port 8080-8090 --cidr 192.0.2.0/24`;
    await aws.text(`authorize-security-group-ingress ${http}`);
    await aws.fails("InvalidPermission.Duplicate", `authorize-security-group-ingress ${http}`);
    await aws.text(`authorize-security-group-ingress --group-id ${group} --protocol icmp --port -1 --cidr 0.0.0.0/0`);
    await aws.text(`authorize-security-group-ingress --group-id ${group} --protocol all --source-group ${group}`);
    const rules = "--query SecurityGroupRules[?!IsEgress].[IpProtocol,FromPort,ToPort]";
    const shown = await aws.text(`describe-security-group-rules --filters Name=group-id,Values=${group} ${rules}`);
    expect(shown.split("\n").sort()).toEqual(["-1\t-1\t-1", "icmp\t-1\t-1", "tcp\t8080\t8090"]);
    await aws.text(`revoke-security-group-ingress ${http}`);
    const where = `--subnet-id ${subnet} --security-group-ids ${group} --private-ip-address 10.3.1.20`;
    const id = await aws.text(
      `run-instances --image-id ${image} --instance-type v1.nano ${where} --associate-public-ip-address`,
      "--query",
      "Instances[0].InstanceId",
    );
    await aws.text(`wait instance-running --instance-ids ${id}`);
    const query = "Reservations[].Instances[].[PrivateIpAddress,SubnetId,SecurityGroups[0].GroupName]";
    expect(await aws.text(`describe-instances --filters Name=vpc-id,Values=${vpc} --query ${query}`)).toBe(
      `10.3.1.20\t${subnet}\tweb`,
    );
    expect(
      await aws.text(`describe-instances --instance-ids ${id} --query Reservations[].Instances[].PublicIpAddress`),
    ).toMatch(/^198\.18\./);
    await aws.fails("DependencyViolation", `delete-subnet --subnet-id ${subnet}`);
    await aws.fails("DependencyViolation", `delete-vpc --vpc-id ${vpc}`);
    await aws.text(`terminate-instances --instance-ids ${id}`);
    await aws.text(`wait instance-terminated --instance-ids ${id}`);
    await aws.text(`delete-security-group --group-id ${group}`);
    await aws.text(`delete-subnet --subnet-id ${subnet}`);
    await aws.text(`delete-vpc --vpc-id ${vpc}`);
    await aws.fails("InvalidVpcID.NotFound", `describe-vpcs --vpc-ids ${vpc}`);
  });

  it("F61, F70, F73: errors have EC2's codes, and exit codes that scripts see", async () => {
    await aws.fails("InvalidInstanceID.NotFound", "describe-instances --instance-ids i-0123456789abcdef0");
    await aws.fails("InvalidAMIID.NotFound", "run-instances --image-id ami-0123456789abcdef0");
    await aws.fails("UnsupportedOperation", "create-vpn-gateway --type ipsec.1");
    const count = await aws.text("describe-instances --query length(Reservations)");
    await aws.fails("DryRunOperation", `run-instances --image-id ${image} --dry-run`);
    expect(await aws.text("describe-instances --query length(Reservations)")).toBe(count);
    await new AwsCli(server.url, { AWS_SECRET_ACCESS_KEY: "wrong" }).fails("AuthFailure", "describe-instances");
    await new AwsCli(server.url, { AWS_ACCESS_KEY_ID: "nobody" }).fails("AuthFailure", "describe-instances");
    await new AwsCli(server.url, { AWS_DEFAULT_REGION: "mars-1" }).fails("AuthFailure", "describe-instances");
    await new AwsCli(server.url.replace("127.0.0.1", "localhost")).text("describe-regions");
  });

  it.runIf(name === "serve")("prints what the machine's console shows", async () => {
    const output = async () => await aws.text(`get-console-output --instance-id ${instance} --query Output`);
    await expect.poll(output, { timeout: 60_000, interval: 1_000 }).toContain("Tabvisor Linux");
  });

  it("F59: says who one is, which tools ask first", async () => {
    const identity = "sts get-caller-identity --query [Account,Arn]";
    expect(await aws.text(identity)).toBe("123456789012\tarn:aws:iam::123456789012:root");
    await new AwsCli(server.url, { AWS_SECRET_ACCESS_KEY: "wrong" }).fails("InvalidClientTokenId", identity);
    await aws.fails("InvalidAction", "sts get-session-token");
  });
});
