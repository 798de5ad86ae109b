"""What people do with boto3, against the endpoint that the first argument names. The second says which server it is."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

from boto3_support import SERVER, client, ec2, fails, resources, tiny, wait
image = tiny()

# A launch, by the client and by the resource.
launched = ec2.run_instances(ImageId=image, InstanceType="v1.nano", MinCount=1, MaxCount=2)["Instances"]
ids = [instance["InstanceId"] for instance in launched]
assert [instance["State"]["Name"] for instance in launched] == ["pending", "pending"], launched
assert len({instance["LaunchTime"].isoformat() for instance in launched}) >= 1
wait("instance_running", InstanceIds=ids)
wait("instance_status_ok", InstanceIds=ids)

resource = resources()
instance = resource.Instance(ids[0])
instance.create_tags(Tags=[{"Key": "Name", "Value": "müller"}])
instance.reload()
assert instance.tags == [{"Key": "Name", "Value": "müller"}], instance.tags
assert instance.state["Name"] == "running"
assert [one.id for one in resource.instances.filter(Filters=[{"Name": "tag:Name", "Values": ["m?ller"]}])] == [ids[0]]
while SERVER == "serve" and "Tabvisor Linux" not in instance.console_output().get("Output", ""):
    time.sleep(1)

# Stop and start.
instance.stop()
instance.wait_until_stopped()
instance.start()
instance.wait_until_running()

# A volume and its snapshot.
volume = resource.create_volume(AvailabilityZone=instance.placement["AvailabilityZone"], Size=1)
wait("volume_available", VolumeIds=[volume.id])
wait("instance_status_ok", InstanceIds=[ids[0]])
volume.attach_to_instance(InstanceId=ids[0], Device="/dev/sdf")
wait("volume_in_use", VolumeIds=[volume.id])
fails("VolumeInUse", ec2.delete_volume, VolumeId=volume.id)
volume.detach_from_instance()
wait("volume_available", VolumeIds=[volume.id])
snapshot = volume.create_snapshot(Description="<&>")
snapshot.wait_until_completed()
assert snapshot.description == "<&>" and snapshot.volume_size == 1
snapshot.delete()
volume.delete()

# Pages.
volumes = [ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"] for _ in range(12)]
wait("volume_available", VolumeIds=volumes)
pages = ec2.get_paginator("describe_volumes").paginate(
    Filters=[{"Name": "status", "Values": ["available"]}], PaginationConfig={"PageSize": 5}
)
sizes = [len(page["Volumes"]) for page in pages]
assert sizes == [5, 5, 2], sizes

# Many at once.
with ThreadPoolExecutor(16) as pool:
    counts = list(pool.map(lambda _: len(client().describe_volumes(VolumeIds=volumes)["Volumes"]), range(64)))
assert counts == [12] * 64, counts
for volume_id in volumes:
    ec2.delete_volume(VolumeId=volume_id)

# A request that is signed in its address, for whoever is given it.
for method, data in (("GET", None), ("POST", b"")):
    url = ec2.generate_presigned_url("describe_regions", {"RegionNames": ["eu-west-1"]}, 60, method)
    with urlopen(Request(url, data, method=method)) as answer:
        assert b"<regionName>eu-west-1</regionName>" in answer.read()

# Idempotency, dry run, and errors.
token = {"ImageId": image, "InstanceType": "v1.nano", "MinCount": 1, "MaxCount": 1, "ClientToken": "tour"}
twice = [ec2.run_instances(**token)["Instances"][0]["InstanceId"] for _ in range(2)]
assert twice[0] == twice[1], twice
ids.append(twice[0])
error = fails("DryRunOperation", ec2.stop_instances, InstanceIds=ids, DryRun=True)
assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 412
fails("InvalidInstanceID.NotFound", ec2.describe_instances, InstanceIds=["i-0123456789abcdef0"])
fails("InvalidInstanceID.Malformed", ec2.describe_instances, InstanceIds=["web-1"])
error = fails("AuthFailure", client(secret="wrong").describe_instances)
assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 401
fails("AuthFailure", client(region="mars-1").describe_instances)
assert client(region="eu-central-1").describe_availability_zones()["AvailabilityZones"][0]["ZoneName"] == "eu-central-1a"

ec2.terminate_instances(InstanceIds=ids)
wait("instance_terminated", InstanceIds=ids)
print("the tour is over")
