"""What the tours with boto3 share: clients before the endpoint that the first argument names."""

import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

URL, SERVER = sys.argv[1:3]
WAIT = {"Delay": 1, "MaxAttempts": 120}


def client(region="us-east-1", secret="test", **options):
    return boto3.client(
        "ec2",
        endpoint_url=URL,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key=secret,
        config=Config(retries={"max_attempts": 1}, **options),
    )


def resources():
    return boto3.resource(
        "ec2", endpoint_url=URL, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )


def fails(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error
    raise AssertionError(f"{call} was not refused with {code}")


def filters(**values):
    """`filters(vpc_id="vpc-1")` is the filter vpc-id; names with a dot or a colon go as `**{"tag:Name": "web"}`."""
    return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in values.items()]


ec2 = client()


def wait(name, **parameters):
    ec2.get_waiter(name).wait(WaiterConfig=WAIT, **parameters)


def tiny():
    return ec2.describe_images(Filters=filters(name="tiny"))["Images"][0]["ImageId"]
