"""What people do with boto3 day by day: a launch with all that it takes, looking for things, and what errors say."""

import base64

from boto3_support import ec2, fails, filters, resources, tiny, wait

image = tiny()
cloud = resources()


def says(text, code, call, **parameters):
    """The error as boto3 and aws-cli print it."""
    error = fails(code, call, **parameters)
    assert str(error).endswith(f" operation: {text}"), error


def tagged(kind, **tags):
    return {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


# A key pair, a group, and a launch with all of the usual options.
key = ec2.create_key_pair(KeyName="everyday", KeyType="rsa", TagSpecifications=[tagged("key-pair", team="a")])
assert key["KeyMaterial"].startswith("-----BEGIN RSA PRIVATE KEY-----") and len(key["KeyFingerprint"]) == 59, key
says("The keypair 'everyday' already exists.", "InvalidKeyPair.Duplicate", ec2.create_key_pair, KeyName="everyday")
group = ec2.create_security_group(GroupName="everyday", Description="of the tour")["GroupId"]
ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="192.0.2.0/24")
subnet = ec2.describe_subnets(Filters=filters(availability_zone="us-east-1b", default_for_az="true"))["Subnets"][0]
script = "#!/bin/sh\ntrue\n"
made = ec2.run_instances(
    ImageId=image,
    InstanceType="v1.micro",
    MinCount=1,
    MaxCount=1,
    KeyName="everyday",
    SecurityGroupIds=[group],
    SubnetId=subnet["SubnetId"],
    Placement={"AvailabilityZone": "us-east-1b", "Tenancy": "default"},
    UserData=script,
    BlockDeviceMappings=[
        {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 3, "VolumeType": "gp3", "DeleteOnTermination": True}},
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1, "Encrypted": True, "DeleteOnTermination": True}},
    ],
    MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2, "InstanceMetadataTags": "enabled"},
    InstanceInitiatedShutdownBehavior="terminate",
    DisableApiTermination=True,
    Monitoring={"Enabled": False},
    EbsOptimized=False,
    TagSpecifications=[tagged("instance", Name="everyday", team="a"), tagged("volume", team="a")],
)
assert made["OwnerId"] == "123456789012" and made["ReservationId"].startswith("r-"), made
machine = made["Instances"][0]["InstanceId"]
wait("instance_exists", InstanceIds=[machine])
wait("instance_running", InstanceIds=[machine])
[shown] = ec2.describe_instances(InstanceIds=[machine])["Reservations"][0]["Instances"]
assert (shown["KeyName"], shown["SubnetId"], shown["State"]) == (
    "everyday",
    subnet["SubnetId"],
    {"Code": 16, "Name": "running"},
), shown
assert shown["MetadataOptions"]["HttpTokens"] == "required" and shown["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
assert [one["DeviceName"] for one in shown["BlockDeviceMappings"]][1] == "/dev/sdf", shown["BlockDeviceMappings"]
volumes = ec2.describe_volumes(Filters=filters(**{"attachment.instance-id": machine}))["Volumes"]
assert sorted((one["Size"], one["VolumeType"], one["Encrypted"]) for one in volumes) == [
    (1, "gp2", True),
    (3, "gp3", False),
], volumes
assert all({"Key": "team", "Value": "a"} in one["Tags"] for one in volumes), volumes
data = ec2.describe_instance_attribute(InstanceId=machine, Attribute="userData")["UserData"]["Value"]
assert base64.b64decode(data).decode() == script, data

# Looking for things.
found = ec2.describe_instances(
    Filters=filters(
        **{"tag:team": "a", "key-name": "everyday", "instance.group-name": "everyday", "instance-state-name": "running"}
    )
)
assert [one["InstanceId"] for one in found["Reservations"][0]["Instances"]] == [machine], found
pages = ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5, "MaxItems": 1})
assert len(pages.build_full_result()["Reservations"]) == 1
types = ec2.get_paginator("describe_instance_types").paginate(Filters=filters(**{"vcpu-info.default-vcpus": "1"}))
assert "v1.micro" in types.search("InstanceTypes[].InstanceType")
assert [one.id for one in cloud.instances.filter(Filters=filters(**{"tag:Name": "every*"}))] == [machine]
tags = {one["Key"]: one["Value"] for one in ec2.describe_tags(Filters=filters(resource_id=machine))["Tags"]}
assert tags == {"Name": "everyday", "team": "a"}, tags
assert ec2.describe_key_pairs(KeyNames=["everyday"], IncludePublicKey=True)["KeyPairs"][0]["PublicKey"].startswith("ssh-rsa ")
assert ec2.describe_security_groups(GroupNames=["everyday"])["SecurityGroups"][0]["GroupId"] == group
assert ec2.describe_account_attributes(AttributeNames=["vpc-max-elastic-ips"])["AccountAttributes"]

# A template of it, and what it launches.
template = ec2.create_launch_template(
    LaunchTemplateName="everyday",
    LaunchTemplateData={"ImageId": image, "InstanceType": "v1.nano", "TagSpecifications": [tagged("instance", by="template")]},
)["LaunchTemplate"]["LaunchTemplateId"]
ec2.create_launch_template_version(
    LaunchTemplateId=template, SourceVersion="$Latest", LaunchTemplateData={"InstanceType": "v1.micro"}
)
launch = {"MinCount": 1, "MaxCount": 1}
second = ec2.run_instances(LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"}, **launch)["Instances"][0]
assert second["InstanceType"] == "v1.micro" and {"Key": "by", "Value": "template"} in second["Tags"], second
second = second["InstanceId"]

# Its disk grows, and an image is made of it, shared, and taken back.
wait("instance_running", InstanceIds=[second])
root = ec2.describe_volumes(Filters=filters(**{"attachment.instance-id": second}))["Volumes"][0]
change = ec2.modify_volume(VolumeId=root["VolumeId"], Size=root["Size"] + 1)["VolumeModification"]
assert (change["OriginalSize"], change["TargetSize"]) == (root["Size"], root["Size"] + 1), change
own = ec2.create_image(InstanceId=second, Name="everyday", NoReboot=True)["ImageId"]
wait("image_exists", ImageIds=[own])
wait("image_available", ImageIds=[own])
ec2.modify_image_attribute(ImageId=own, LaunchPermission={"Add": [{"UserId": "210987654321"}]})
permissions = ec2.describe_image_attribute(ImageId=own, Attribute="launchPermission")["LaunchPermissions"]
assert permissions == [{"UserId": "210987654321"}], permissions
ec2.reset_image_attribute(ImageId=own, Attribute="launchPermission")
sealed = [one["VolumeId"] for one in volumes if one["Encrypted"]][0]
snapshot = ec2.create_snapshot(VolumeId=sealed)["SnapshotId"]
wait("snapshot_completed", SnapshotIds=[snapshot])
says(
    "Encrypted snapshots with EBS default key cannot be shared",
    "OperationNotPermitted",
    ec2.modify_snapshot_attribute,
    SnapshotId=snapshot,
    CreateVolumePermission={"Add": [{"UserId": "210987654321"}]},
)

# What errors say.
NOBODY = "i-0123456789abcdef0"
says(f"The instance ID '{NOBODY}' does not exist", "InvalidInstanceID.NotFound", ec2.start_instances, InstanceIds=[NOBODY])
says(
    f"The instance IDs '{NOBODY}, i-12345678' do not exist",
    "InvalidInstanceID.NotFound",
    ec2.describe_instances,
    InstanceIds=[NOBODY, "i-12345678"],
)
says('Invalid id: "web" (expecting "ami-...")', "InvalidAMIID.Malformed", ec2.run_instances, ImageId="web", **launch)
says(
    "The image id '[ami-0123456789abcdef0]' does not exist",
    "InvalidAMIID.NotFound",
    ec2.run_instances,
    ImageId="ami-0123456789abcdef0",
    DryRun=True,
    **launch,
)
says("The key pair 'none' does not exist", "InvalidKeyPair.NotFound", ec2.run_instances, ImageId=image, KeyName="none", **launch)
says("The filter 'spam' is invalid", "InvalidParameterValue", ec2.describe_volumes, Filters=filters(spam="x"))
says(
    f"The instance '{machine}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
    "OperationNotPermitted",
    ec2.terminate_instances,
    InstanceIds=[machine],
)
says(
    "Value ( aws:x ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
    "InvalidParameterValue",
    ec2.create_tags,
    Resources=[machine],
    Tags=[{"Key": "aws:x", "Value": "y"}],
)
says("Request would have succeeded, but DryRun flag is set.", "DryRunOperation", ec2.reboot_instances, InstanceIds=[machine], DryRun=True)

# All of it goes again.
ec2.modify_instance_attribute(InstanceId=machine, DisableApiTermination={"Value": False})
ec2.terminate_instances(InstanceIds=[machine, second])
wait("instance_terminated", InstanceIds=[machine, second])
ec2.deregister_image(ImageId=own, DeleteAssociatedSnapshots=True)
ec2.delete_snapshot(SnapshotId=snapshot)
ec2.delete_launch_template(LaunchTemplateId=template)
ec2.delete_key_pair(KeyName="everyday")
ec2.delete_security_group(GroupId=group)
print("the tour is over")
