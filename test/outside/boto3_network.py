"""What people do with boto3 and networks: the resources' API, waiters, pages, and deleting in the right order."""

from boto3_support import ec2, fails, filters, resources, tiny, wait

ANYWHERE = "0.0.0.0/0"
cloud = resources()
image = tiny()

# A VPC with a public and a private subnet, by resources.
vpc = cloud.create_vpc(
    CidrBlock="10.1.0.0/16",
    TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "tour"}]}],
)
vpc.wait_until_exists()
vpc.wait_until_available()
assert (vpc.cidr_block, vpc.state, vpc.is_default, vpc.instance_tenancy) == ("10.1.0.0/16", "available", False, "default")
assert vpc.tags == [{"Key": "Name", "Value": "tour"}] and vpc.owner_id == "123456789012"
assert vpc.dhcp_options_id.startswith("dopt-"), vpc.dhcp_options_id
vpc.modify_attribute(EnableDnsHostnames={"Value": True})
assert vpc.describe_attribute(Attribute="enableDnsHostnames")["EnableDnsHostnames"] == {"Value": True}
assert vpc.describe_attribute(Attribute="enableDnsSupport")["EnableDnsSupport"] == {"Value": True}
public = vpc.create_subnet(CidrBlock="10.1.0.0/24", AvailabilityZone="us-east-1a")
private = vpc.create_subnet(CidrBlock="10.1.1.0/24", AvailabilityZone="us-east-1a")
wait("subnet_available", SubnetIds=[public.id, private.id])
assert (public.available_ip_address_count, public.default_for_az, public.map_public_ip_on_launch) == (251, False, False)
assert public.vpc == vpc and public.state == "available"
assert {one.id for one in vpc.subnets.all()} == {public.id, private.id}
fails("InvalidSubnet.Range", vpc.create_subnet, CidrBlock="10.2.0.0/24")
fails("InvalidSubnet.Conflict", vpc.create_subnet, CidrBlock="10.1.0.128/25")
fails("InvalidVpc.Range", cloud.create_vpc, CidrBlock="10.0.0.0/8")
fails("DryRunOperation", vpc.create_subnet, CidrBlock="10.1.2.0/24", DryRun=True)
ec2.modify_subnet_attribute(SubnetId=public.id, MapPublicIpOnLaunch={"Value": True})
public.reload()
assert public.map_public_ip_on_launch

# What each VPC has of itself.
[main] = vpc.route_tables.all()
[main_association] = main.associations
assert main_association.main and main_association.route_table == main, main_association
assert [(r.destination_cidr_block, r.gateway_id, r.origin, r.state) for r in main.routes] == [
    ("10.1.0.0/16", "local", "CreateRouteTable", "active")
]
[default_group] = vpc.security_groups.all()
assert default_group.group_name == "default" and default_group.description == "default VPC security group"
[acl] = vpc.network_acls.all()
assert acl.is_default and {one["SubnetId"] for one in acl.associations} == {public.id, private.id}, acl.associations
assert sorted((e["RuleNumber"], e["Egress"], e["RuleAction"], e["Protocol"]) for e in acl.entries) == [
    (100, False, "allow", "-1"),
    (100, True, "allow", "-1"),
    (32767, False, "deny", "-1"),
    (32767, True, "deny", "-1"),
]
assert [one.id for one in cloud.vpcs.filter(Filters=filters(**{"tag:Name": "tour"}))] == [vpc.id]

# A way out, and a table that leads there.
gateway = cloud.create_internet_gateway()
wait("internet_gateway_exists", InternetGatewayIds=[gateway.id])
assert gateway.attachments == []
gateway.attach_to_vpc(VpcId=vpc.id)
gateway.reload()
assert gateway.attachments == [{"State": "available", "VpcId": vpc.id}], gateway.attachments
assert [one.id for one in vpc.internet_gateways.all()] == [gateway.id]
fails("Resource.AlreadyAssociated", gateway.attach_to_vpc, VpcId=vpc.id)
table = vpc.create_route_table()
table.create_route(DestinationCidrBlock=ANYWHERE, GatewayId=gateway.id)
table.reload()
assert [(one.gateway_id, one.state, one.origin) for one in table.routes if one.destination_cidr_block == ANYWHERE] == [
    (gateway.id, "active", "CreateRoute")
]
fails("RouteAlreadyExists", table.create_route, DestinationCidrBlock=ANYWHERE, GatewayId=gateway.id)
made = table.associate_with_subnet(SubnetId=public.id)
table.reload()
[association] = table.associations
assert association.id == made.id and association.association_state == {"State": "associated"}
assert (association.subnet.id, association.main, association.route_table_id) == (public.id, False, table.id)
assert [one.id for one in vpc.route_tables.filter(Filters=filters(**{"association.subnet-id": public.id}))] == [table.id]
assert [one.id for one in vpc.route_tables.filter(Filters=filters(**{"association.main": "true"}))] == [main.id]
fails("DependencyViolation", table.delete)
fails("DependencyViolation", gateway.delete)

# Security groups and their rules.
web = vpc.create_security_group(GroupName="web", Description="of the tour")
wait("security_group_exists", GroupIds=[web.id])
inner = vpc.create_security_group(GroupName="inner", Description="of the tour")
assert web.ip_permissions == [] and web.vpc_id == vpc.id and web.owner_id == "123456789012"
assert [(one["IpProtocol"], one["IpRanges"]) for one in web.ip_permissions_egress] == [("-1", [{"CidrIp": ANYWHERE}])]
made = web.authorize_ingress(
    IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": ANYWHERE, "Description": "web"}]},
        {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": "10.1.0.0/16"}]},
    ]
)
assert made["Return"] and len({rule["SecurityGroupRuleId"] for rule in made["SecurityGroupRules"]}) == 2, made
web.authorize_ingress(IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="192.0.2.0/24")
inner.authorize_ingress(
    IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": web.id}]}]
)
web.reload()
shown = {(one["IpProtocol"], one["FromPort"], one["ToPort"]): one["IpRanges"] for one in web.ip_permissions}
assert shown == {
    ("tcp", 80, 80): [{"CidrIp": ANYWHERE, "Description": "web"}],
    ("icmp", -1, -1): [{"CidrIp": "10.1.0.0/16"}],
    ("tcp", 22, 22): [{"CidrIp": "192.0.2.0/24"}],
}, shown
inner.reload()
assert inner.ip_permissions[0]["UserIdGroupPairs"] == [{"GroupId": web.id, "UserId": "123456789012"}]
fails("InvalidPermission.Duplicate", web.authorize_ingress, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="192.0.2.0/24")
fails("InvalidParameterValue", web.authorize_ingress, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="192.0.2.0/33")
fails("InvalidGroup.Duplicate", vpc.create_security_group, GroupName="web", Description="again")
fails("InvalidGroup.NotFound", ec2.describe_security_groups, GroupIds=["sg-0123456789abcdef0"])
rules = ec2.get_paginator("describe_security_group_rules").paginate(
    Filters=filters(group_id=web.id), PaginationConfig={"PageSize": 5}
)
rules = [rule for page in rules for rule in page["SecurityGroupRules"]]
assert len(rules) == 4 and {rule["IsEgress"] for rule in rules} == {True, False}, rules
[ssh] = [rule for rule in rules if rule["FromPort"] == 22]
changed = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv4": "198.51.100.0/24", "Description": "office"}
ec2.modify_security_group_rules(
    GroupId=web.id, SecurityGroupRules=[{"SecurityGroupRuleId": ssh["SecurityGroupRuleId"], "SecurityGroupRule": changed}]
)
[ssh] = ec2.describe_security_group_rules(SecurityGroupRuleIds=[ssh["SecurityGroupRuleId"]])["SecurityGroupRules"]
assert (ssh["CidrIpv4"], ssh["Description"]) == ("198.51.100.0/24", "office"), ssh
# What is shown can be given back as it is.
permissions = [one for one in web.ip_permissions if one["IpProtocol"] == "icmp"]
assert web.revoke_ingress(IpPermissions=permissions)["Return"]
fails("InvalidPermission.NotFound", web.revoke_ingress, IpPermissions=permissions)
web.revoke_egress(IpPermissions=web.ip_permissions_egress)
web.reload()
assert web.ip_permissions_egress == []
web.authorize_egress(IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}]}])
fails("DependencyViolation", web.delete)  # a rule of the other names it
fails("CannotDelete", default_group.delete)

# Machines in both subnets.
[first] = cloud.create_instances(
    ImageId=image,
    InstanceType="v1.nano",
    MinCount=1,
    MaxCount=1,
    NetworkInterfaces=[
        {"DeviceIndex": 0, "SubnetId": public.id, "Groups": [web.id], "AssociatePublicIpAddress": True}
    ],
)
[second] = private.create_instances(
    ImageId=image,
    InstanceType="v1.nano",
    MinCount=1,
    MaxCount=1,
    SecurityGroupIds=[inner.id],
    PrivateIpAddress="10.1.1.10",
)
first.wait_until_running()
second.wait_until_running()
first.reload()
second.reload()
assert first.subnet == public and first.vpc == vpc and first.public_ip_address, first.meta.data
assert first.public_dns_name and first.private_dns_name.endswith(".ec2.internal"), first.meta.data
assert (second.private_ip_address, second.public_ip_address) == ("10.1.1.10", None)
assert first.security_groups == [{"GroupId": web.id, "GroupName": "web"}], first.security_groups
assert {one.id for one in vpc.instances.all()} == {first.id, second.id}
assert [one.id for one in private.instances.all()] == [second.id]
[card] = first.network_interfaces
assert card.attachment["Status"] == "attached", card.attachment
card.load()
assert (card.status, card.interface_type, card.source_dest_check) == ("in-use", "interface", True)
assert card.attachment["InstanceId"] == first.id and card.attachment["DeleteOnTermination"], card.attachment
assert card.association_attribute["PublicIp"] == first.public_ip_address, card.association_attribute
assert [one.id for one in public.network_interfaces.all()] == [card.id]
fails("InvalidIPAddress.InUse", private.create_instances, ImageId=image, MinCount=1, MaxCount=1, PrivateIpAddress="10.1.1.10")
fails("InvalidAddress.NotFound", ec2.describe_addresses, PublicIps=["198.18.255.254"])
fails("OperationNotPermitted", ec2.detach_network_interface, AttachmentId=card.attachment["AttachmentId"])

# An Elastic IP address, which its instance keeps over a stop.
address = cloud.VpcAddress(ec2.allocate_address(Domain="vpc")["AllocationId"])
assert address.domain == "vpc" and address.association_id is None
address.associate(InstanceId=first.id)
address.reload()
first.reload()
assert first.public_ip_address == address.public_ip and address.instance_id == first.id
assert [one.public_ip for one in first.vpc_addresses.all()] == [address.public_ip]
assert address.association.public_ip == address.public_ip, address.association
fails("InvalidIPAddress.InUse", address.release)
fails("Resource.AlreadyAssociated", address.associate, InstanceId=second.id, AllowReassociation=False)

# A second card, given and taken away.
extra = public.create_network_interface(Groups=[web.id, default_group.id], Description="second")
wait("network_interface_available", NetworkInterfaceIds=[extra.id])
assert extra.attachment is None and extra.description == "second"
attached = extra.attach(InstanceId=first.id, DeviceIndex=1)
extra.reload()
assert extra.attachment["AttachmentId"] == attached["AttachmentId"] and extra.attachment["DeviceIndex"] == 1
assert extra.describe_attribute(Attribute="groupSet")["Groups"][0]["GroupId"] == web.id
fails("InvalidParameterValue", extra.delete)
extra.modify_attribute(Groups=[inner.id])
extra.reload()
assert extra.groups == [{"GroupId": inner.id, "GroupName": "inner"}], extra.groups
extra.assign_private_ip_addresses(SecondaryPrivateIpAddressCount=1)
extra.reload()
assert [one["Primary"] for one in extra.private_ip_addresses] == [True, False], extra.private_ip_addresses
extra.detach()
wait("network_interface_available", NetworkInterfaceIds=[extra.id])
extra.delete()

# A way out for the private subnet.
nat_address = ec2.allocate_address()["AllocationId"]
nat = ec2.create_nat_gateway(SubnetId=public.id, AllocationId=nat_address)["NatGateway"]["NatGatewayId"]
wait("nat_gateway_available", NatGatewayIds=[nat])
private_table = vpc.create_route_table()
private_table.create_route(DestinationCidrBlock=ANYWHERE, NatGatewayId=nat)
private_association = private_table.associate_with_subnet(SubnetId=private.id)
[found] = ec2.describe_nat_gateways(Filter=filters(vpc_id=vpc.id))["NatGateways"]
assert found["NatGatewayAddresses"][0]["AllocationId"] == nat_address, found

# Deleting in the wrong order, then in the right one.
for call in (vpc.delete, public.delete, inner.delete):
    fails("DependencyViolation", call)
fails("DependencyViolation", gateway.detach_from_vpc, VpcId=vpc.id)
address.association.delete()
address.release()
ec2.delete_nat_gateway(NatGatewayId=nat)
wait("nat_gateway_deleted", NatGatewayIds=[nat])
private_table.reload()
assert [one.state for one in private_table.routes if one.nat_gateway_id == nat] == ["blackhole"]
ec2.release_address(AllocationId=nat_address)
vpc.instances.terminate()
for instance in (first, second):
    instance.wait_until_terminated()
private_association.delete()
association.delete()
for one in (private_table, table):
    one.delete()
gateway.detach_from_vpc(VpcId=vpc.id)
gateway.delete()
for one in (inner, web, public, private):
    one.delete()
vpc.delete()
fails("InvalidVpcID.NotFound", vpc.reload)
fails("InvalidSubnetID.NotFound", public.reload)

# Pages.
subnets = ec2.get_paginator("describe_subnets").paginate(PaginationConfig={"PageSize": 5})
assert sum(len(page["Subnets"]) for page in subnets) == 2
print("the tour is over")
