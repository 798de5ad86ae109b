/** What a new policy begins with. */
export const POLICY_TEMPLATE = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "StopAndStartOwn",
      "Effect": "Allow",
      "Action": ["ec2:Describe*", "ec2:StopInstances", "ec2:StartInstances"],
      "Resource": "*"
    }
  ]
}`;
