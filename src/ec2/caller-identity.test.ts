import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT, Ec2Lab } from "../../test/support/ec2-lab.ts";
import type { HttpRequest } from "./http.ts";
import { canonicalRequest } from "./signature/canonical.ts";
import { signatureOf, signingKey } from "./signature/sign.ts";

let lab: Ec2Lab;

beforeEach(async () => {
  lab = new Ec2Lab();
  await lab.open();
});

/** A request as STS's clients sign it. */
async function ask(body: string, { accessKeyId = "test", secret = "test", region = "us-east-1" } = {}) {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const scope = { date: time.slice(0, 8), region, service: "sts" };
  const headers: Record<string, string> = { host: "127.0.0.1:4566", "x-amz-date": time };
  const request: HttpRequest = { method: "POST", path: "/", query: {}, headers, body };
  const names = ["host", "x-amz-date"];
  const signature = await signatureOf(
    await canonicalRequest(request, names),
    await signingKey(secret, scope),
    scope,
    time,
  );
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.date}/${region}/sts/aws4_request, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  const answer = await lab.endpoint.handle(request);
  return { status: answer.status, xml: new TextDecoder().decode(answer.body) };
}

const WHO = "Action=GetCallerIdentity&Version=2011-06-15";

describe("STS's GetCallerIdentity", () => {
  it("F59: tells the root user who they are", async () => {
    const { status, xml } = await ask(WHO);
    expect(status).toBe(200);
    expect(xml).toContain(
      `<GetCallerIdentityResult><Arn>arn:aws:iam::${ACCOUNT}:root</Arn><UserId>${ACCOUNT}</UserId><Account>${ACCOUNT}</Account></GetCallerIdentityResult>`,
    );
  });

  it("F59: tells a user who may do nothing who they are", async () => {
    const { directory } = lab.cloud.access;
    const { userId } = await directory.users.create({ accountId: ACCOUNT, userName: "alice", path: "/ops/" });
    await directory.accessKeys.provide({ accountId: ACCOUNT, userName: "alice" }, "AKIAALICE", "secret");
    const { xml } = await ask(WHO, { accessKeyId: "AKIAALICE", secret: "secret" });
    expect(xml).toContain(
      `<Arn>arn:aws:iam::${ACCOUNT}:user/ops/alice</Arn><UserId>${userId}</UserId><Account>${ACCOUNT}</Account>`,
    );
  });

  it.each([
    ["an unknown key", WHO, { accessKeyId: "nobody" }, 403, "InvalidClientTokenId"],
    ["a wrong signature", WHO, { secret: "wrong" }, 403, "InvalidClientTokenId"],
    ["a region that there is not", WHO, { region: "mars-1" }, 403, "InvalidClientTokenId"],
    ["another action", "Action=AssumeRole&Version=2011-06-15", {}, 400, "InvalidAction"],
    ["another version", "Action=GetCallerIdentity&Version=2016-11-15", {}, 400, "InvalidAction"],
    ["an action of EC2's", "Action=DescribeRegions&Version=2016-11-15", {}, 400, "InvalidAction"],
  ])("F61: %s is refused in STS's form", async (_, body, signer, status, code) => {
    const answer = await ask(body, signer);
    expect(answer.status).toBe(status);
    expect(answer.xml).toMatch(new RegExp(`<ErrorResponse .*<Error><Type>Sender</Type><Code>${code}</Code>`));
  });
});
