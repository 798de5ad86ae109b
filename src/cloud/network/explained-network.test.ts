import { expect, it } from "vitest";
import { launched } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { hasCode } from "../../base/errors.ts";
import { accountView } from "../scope.ts";

it("F54 F55 says what decides between the page and an instance, as rules are now", async () => {
  const cloud = await new CloudLab().open();
  const vm = await launched(cloud);
  const [card] = cloud.networkInterfaces.list();
  const question = {
    source: { kind: "page" },
    destination: { kind: "interface", interfaceId: card?.id ?? "" },
    protocol: "tcp",
    port: 22,
  } as const;
  expect(card?.attachment?.instanceId).toBe(vm.id);
  const before = await cloud.network.explain(question);
  expect(before).toMatchObject({
    reachable: false,
    forward: { outcome: { arrived: false, reason: "security-group" } },
  });
  const groupId = card?.groupIds[0] ?? "";
  const rule = { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlock: "0.0.0.0/0" };
  const [added] = await cloud.securityGroups.authorize(groupId, "ingress", [rule]);
  const after = await cloud.network.explain(question);
  expect(after.reachable).toBe(true);
  expect(after.forward.steps.at(-1)).toMatchObject({
    kind: "verdict",
    verdict: { accept: true, by: { kind: "rule", groupId, ruleId: added?.id } },
  });
  expect(await cloud.network.review()).toContainEqual(
    expect.objectContaining({ kind: "open-to-world", severity: "high", ruleId: added?.id, interfaceIds: [card?.id] }),
  );
});

it("F79 an account does not see into another one's network", async () => {
  const cloud = await new CloudLab().open();
  await launched(cloud);
  const [card] = cloud.networkInterfaces.list();
  const { network } = cloud.seenBy(accountView("210987654321"));
  const destination = { kind: "interface", interfaceId: card?.id ?? "" } as const;
  await expect(network.explain({ source: { kind: "page" }, destination, protocol: "icmp" })).rejects.toSatisfy(
    (error) => hasCode(error, "InvalidNetworkInterfaceID.NotFound"),
  );
  expect(await network.review()).toEqual([]);
});
