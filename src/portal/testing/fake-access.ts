import type { Access, AuditEntry, Identity, Policy, User } from "../../api/types.ts";
import { CloudError } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";

const ACCOUNT = "123456789012";
const ROOT: Identity = { arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT, userName: null, accessKeyId: "" };
const POLICY: Policy = {
  policyName: "AmazonEC2ReadOnlyAccess",
  arn: "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess",
  description: "Provides read only access to Amazon EC2.",
  document: '{ "Version": "2012-10-17", "Statement": [] }',
  isAws: true,
};
const ENTRY: AuditEntry = {
  time: Date.UTC(2026, 10, 21, 12),
  requestId: "00000000-0000-4000-8000-000000000000",
  origin: "portal",
  principal: ROOT.arn,
  accessKeyId: "",
  region: "us-east-1",
  sourceIp: "",
  action: "ec2:StopInstances",
  readOnly: false,
  resources: [`arn:aws:ec2:us-east-1:${ACCOUNT}:instance/i-0123456789abcdef0`],
  parameters: '{"instanceId":"i-0123456789abcdef0"}',
  errorCode: "IncorrectInstanceState",
  errorMessage: "The instance does not run.",
};

const refused = async (): Promise<never> => {
  throw new CloudError("UnsupportedOperation", "A pretended cloud has no such thing.");
};

/** One user with whom it can be seen what the portal shows of users, policies and the log; nothing is decided by it. */
export class FakeAccess implements Access {
  /** As if somebody had deactivated it. */
  static readonly INACTIVE_KEY = "AKIAINACTIVE";
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  readonly #users: User[] = [];
  identity = ROOT;

  async signIn({
    accessKeyId,
  }: {
    readonly accessKeyId: string;
    readonly secretAccessKey?: string;
  }): Promise<Identity> {
    this.identity = { ...ROOT, arn: `arn:aws:iam::${ACCOUNT}:user/alice`, userName: "alice", accessKeyId };
    this.#changed.fire();
    return this.identity;
  }

  async resume(accessKeyId: string): Promise<Identity> {
    if (accessKeyId !== FakeAccess.INACTIVE_KEY) return await this.signIn({ accessKeyId });
    throw new CloudError("AuthFailure", "The access key is not active.");
  }

  signOut(): void {
    this.identity = ROOT;
    this.#changed.fire();
  }

  async createUser({ userName }: { readonly userName: string }): Promise<User> {
    const user: User = {
      userName,
      userId: "AIDAEXAMPLE",
      arn: `arn:aws:iam::${ACCOUNT}:user/${userName}`,
      path: "/",
      createTime: new Date(ENTRY.time),
      attachedPolicies: [POLICY.arn],
      inlinePolicies: [],
      tags: {},
      groups: [],
    };
    this.#users.push(user);
    this.#changed.fire();
    return user;
  }

  getCallerIdentity = async () => this.identity;
  listUsers = async () => [...this.#users];
  listPolicies = async () => [POLICY];
  lookupEvents = async () => [ENTRY];
  exportEvents = async () =>
    new Blob([`${JSON.stringify(ENTRY)}\n`]).stream() as ReadableStream<Uint8Array<ArrayBuffer>>;
  listGroups = async () => [];
  listAccessKeys = async () => [];
  listAccounts = async () => [{ accountId: ACCOUNT, name: "default", createTime: new Date(ENTRY.time) }];
  simulatePrincipalPolicy = async () => [];
  deleteUser = refused;
  createGroup = refused;
  deleteGroup = refused;
  addUserToGroup = refused;
  removeUserFromGroup = refused;
  createAccessKey = refused;
  updateAccessKey = refused;
  deleteAccessKey = refused;
  createPolicy = refused;
  createPolicyVersion = refused;
  deletePolicy = refused;
  attachUserPolicy = refused;
  detachUserPolicy = refused;
  attachGroupPolicy = refused;
  detachGroupPolicy = refused;
  putUserPolicy = refused;
  deleteUserPolicy = refused;
  putGroupPolicy = refused;
  deleteGroupPolicy = refused;
  createAccount = refused;
}
