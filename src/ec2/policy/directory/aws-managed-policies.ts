/** What can be attached to users and groups, by its ARN. */
export interface ManagedPolicy {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly document: string;
}

const allow = (action: readonly string[], more: object = {}) => ({
  Effect: "Allow",
  Action: action,
  Resource: "*",
  ...more,
});

function managed(name: string, description: string, statements: readonly object[]): ManagedPolicy {
  const document = JSON.stringify({ Version: "2012-10-17", Statement: statements }, undefined, 2);
  return { name, arn: `arn:aws:iam::aws:policy/${name}`, description, document };
}

/** Services whose linked roles EC2's full access may make. */
const LINKED_SERVICES = [
  "autoscaling.amazonaws.com",
  "ec2scheduled.amazonaws.com",
  "elasticloadbalancing.amazonaws.com",
  "spot.amazonaws.com",
  "spotfleet.amazonaws.com",
  "transitgateway.amazonaws.com",
];

/** Policies that AWS manages, as it publishes them; what is not EC2's has no effect here. */
export const AWS_MANAGED_POLICIES: readonly ManagedPolicy[] = [
  managed("AdministratorAccess", "Provides full access to AWS services and resources.", [allow(["*"])]),
  managed("PowerUserAccess", "Provides full access to AWS services and resources, but not to users and groups.", [
    { Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: "*" },
    allow([
      "account:GetAccountInformation",
      "account:ListRegions",
      "iam:CreateServiceLinkedRole",
      "iam:DeleteServiceLinkedRole",
      "iam:ListRoles",
      "organizations:DescribeOrganization",
    ]),
  ]),
  managed("AmazonEC2FullAccess", "Provides full access to Amazon EC2.", [
    allow(["ec2:*"]),
    allow(["elasticloadbalancing:*"]),
    allow(["cloudwatch:*"]),
    allow(["autoscaling:*"]),
    allow(["iam:CreateServiceLinkedRole"], { Condition: { StringEquals: { "iam:AWSServiceName": LINKED_SERVICES } } }),
  ]),
  managed("AmazonEC2ReadOnlyAccess", "Provides read only access to Amazon EC2.", [
    allow(["ec2:Describe*"]),
    allow(["elasticloadbalancing:Describe*"]),
    allow(["cloudwatch:ListMetrics", "cloudwatch:GetMetricStatistics", "cloudwatch:Describe*"]),
    allow(["autoscaling:Describe*"]),
  ]),
];
