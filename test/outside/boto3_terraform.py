"""
The calls that Terraform's AWS provider makes for a VPC with an instance, each with the parameters that it sends, and what
it reads of the answers. In its order: make, wait, read, and all of it backwards.
"""

from boto3_support import ec2, fails, filters, tiny, wait

ANYWHERE = "0.0.0.0/0"


def tagged(kind, name):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


# Who is one: the provider's own checks.
assert ec2.describe_account_attributes(AttributeNames=["supported-platforms"])["AccountAttributes"]
assert [zone["State"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]] == ["available"] * 2

# aws_vpc
vpc = ec2.create_vpc(
    CidrBlock="10.2.0.0/16",
    AmazonProvidedIpv6CidrBlock=False,
    InstanceTenancy="default",
    TagSpecifications=tagged("vpc", "main"),
)["Vpc"]["VpcId"]
wait("vpc_available", VpcIds=[vpc])
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
[found] = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
assert found["CidrBlockAssociationSet"][0]["CidrBlockState"]["State"] == "associated", found
for name, value in (("EnableDnsHostnames", True), ("EnableDnsSupport", True), ("EnableNetworkAddressUsageMetrics", False)):
    attribute = name[0].lower() + name[1:]
    assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute=attribute)[name]["Value"] == value, attribute
[acl] = ec2.describe_network_acls(Filters=filters(default="true", vpc_id=vpc))["NetworkAcls"]
[main] = ec2.describe_route_tables(Filters=filters(vpc_id=vpc, **{"association.main": "true"}))["RouteTables"]
[group] = ec2.describe_security_groups(Filters=filters(group_name="default", vpc_id=vpc))["SecurityGroups"]
assert main["Associations"][0]["Main"] and acl["IsDefault"] and group["VpcId"] == vpc

# aws_subnet
subnet = ec2.create_subnet(
    VpcId=vpc, CidrBlock="10.2.1.0/24", AvailabilityZone="us-east-1b", TagSpecifications=tagged("subnet", "main")
)["Subnet"]["SubnetId"]
wait("subnet_available", SubnetIds=[subnet])
ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
[found] = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
assert found["MapPublicIpOnLaunch"] and found["SubnetArn"].endswith(subnet) and found["AvailabilityZoneId"], found
assert found["PrivateDnsNameOptionsOnLaunch"]["HostnameType"] == "ip-name"

# aws_internet_gateway, aws_route_table, aws_route, aws_route_table_association
gateway = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway", "main"))["InternetGateway"]
gateway = gateway["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
[found] = ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"]
assert found["Attachments"] == [{"State": "available", "VpcId": vpc}], found
table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table", "main"))["RouteTable"]
assert table["PropagatingVgws"] == [] and len(table["Routes"]) == 1, table
table = table["RouteTableId"]
assert ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, GatewayId=gateway)["Return"]
made = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
association = made["AssociationId"]
assert made["AssociationState"]["State"] == "associated"
by_association = filters(**{"association.route-table-association-id": association})
[found] = ec2.describe_route_tables(Filters=by_association)["RouteTables"]
assert found["RouteTableId"] == table and found["Associations"][0]["SubnetId"] == subnet, found
fails("Resource.AlreadyAssociated", ec2.associate_route_table, RouteTableId=main["RouteTableId"], SubnetId=subnet)

# aws_security_group: the provider takes away what a new group lets out, for IPv6 as well, and then makes what is asked for.
group = ec2.create_security_group(
    GroupName="terraform-20261122000000000000000001",
    Description="Managed by Terraform",
    VpcId=vpc,
    TagSpecifications=tagged("security-group", "main"),
)["GroupId"]
everything = {"FromPort": 0, "ToPort": 0, "IpProtocol": "-1"}
ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[{**everything, "IpRanges": [{"CidrIp": ANYWHERE}]}])
fails(
    "InvalidPermission.NotFound",
    ec2.revoke_security_group_egress,
    GroupId=group,
    IpPermissions=[{**everything, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}],
)
ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
ec2.authorize_security_group_ingress(
    GroupId=group, IpPermissions=[{**ssh, "IpRanges": [{"CidrIp": ANYWHERE}], "UserIdGroupPairs": [{"GroupId": group}]}]
)
ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[{**everything, "IpRanges": [{"CidrIp": ANYWHERE}]}])
[found] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
[ingress] = found["IpPermissions"]
assert ingress["UserIdGroupPairs"] == [{"GroupId": group, "UserId": found["OwnerId"]}], found
assert ingress["IpRanges"] == [{"CidrIp": ANYWHERE}] and ingress["Ipv6Ranges"] == ingress["PrefixListIds"] == []
assert "FromPort" not in found["IpPermissionsEgress"][0], found

# aws_vpc_security_group_ingress_rule
http = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": ANYWHERE, "Description": "web"}]}
[rule] = ec2.authorize_security_group_ingress(
    GroupId=group, IpPermissions=[http], TagSpecifications=tagged("security-group-rule", "http")
)["SecurityGroupRules"]
[found] = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])["SecurityGroupRules"]
assert found == rule and rule["CidrIpv4"] == ANYWHERE and not rule["IsEgress"], (found, rule)
changed = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "CidrIpv4": ANYWHERE, "Description": "web"}
ec2.modify_security_group_rules(
    GroupId=group,
    SecurityGroupRules=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": changed}],
)
ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
fails(
    "InvalidSecurityGroupRuleId.NotFound",
    ec2.describe_security_group_rules,
    SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]],
)

# aws_network_acl: made with nothing, given to the subnet.
own = ec2.create_network_acl(VpcId=vpc, TagSpecifications=tagged("network-acl", "main"))["NetworkAcl"]["NetworkAclId"]
entry = {"NetworkAclId": own, "RuleNumber": 100, "Protocol": "6", "RuleAction": "allow", "CidrBlock": ANYWHERE}
ports = {"PortRange": {"From": 22, "To": 22}, "IcmpTypeCode": {"Code": 0, "Type": 0}}
for egress in (False, True):
    ec2.create_network_acl_entry(**entry, **ports, Egress=egress)
fails("NetworkAclEntryAlreadyExists", ec2.create_network_acl_entry, **entry, **ports, Egress=False)
[acl] = ec2.describe_network_acls(Filters=filters(**{"association.subnet-id": subnet}))["NetworkAcls"]
[current] = [one for one in acl["Associations"] if one["SubnetId"] == subnet]
replaced = ec2.replace_network_acl_association(AssociationId=current["NetworkAclAssociationId"], NetworkAclId=own)
[found] = ec2.describe_network_acls(
    Filters=filters(**{"association.association-id": replaced["NewAssociationId"]})
)["NetworkAcls"]
assert found["NetworkAclId"] == own and len(found["Entries"]) == 4, found
fails("DependencyViolation", ec2.delete_network_acl, NetworkAclId=own)

# aws_network_interface
card = ec2.create_network_interface(
    ClientToken="terraform-1",
    SubnetId=subnet,
    Groups=[group],
    PrivateIpAddresses=[{"Primary": True, "PrivateIpAddress": "10.2.1.50"}, {"Primary": False, "PrivateIpAddress": "10.2.1.51"}],
    TagSpecifications=tagged("network-interface", "main"),
)["NetworkInterface"]
assert [one["PrivateIpAddress"] for one in card["PrivateIpAddresses"]] == ["10.2.1.50", "10.2.1.51"], card
card = card["NetworkInterfaceId"]
wait("network_interface_available", NetworkInterfaceIds=[card])
ec2.modify_network_interface_attribute(NetworkInterfaceId=card, SourceDestCheck={"Value": False})
[found] = ec2.describe_network_interfaces(NetworkInterfaceIds=[card])["NetworkInterfaces"]
assert not found["SourceDestCheck"] and found["Status"] == "available" and found["TagSet"], found

# aws_instance
instance = ec2.run_instances(
    ClientToken="terraform-2",
    ImageId=tiny(),
    InstanceType="v1.nano",
    MinCount=1,
    MaxCount=1,
    SubnetId=subnet,
    SecurityGroupIds=[group],
    EbsOptimized=False,
    DisableApiTermination=False,
    Monitoring={"Enabled": False},
    TagSpecifications=tagged("instance", "main"),
)["Instances"][0]["InstanceId"]
wait("instance_running", InstanceIds=[instance])
[found] = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
assert found["VpcId"] == vpc and found["SubnetId"] == subnet and found["PublicIpAddress"], found
[primary] = found["NetworkInterfaces"]
assert primary["Attachment"]["DeviceIndex"] == 0 and primary["Groups"][0]["GroupId"] == group, primary
assert found["SourceDestCheck"] and found["PrivateDnsNameOptions"]["HostnameType"] == "ip-name", found
for attribute in ("disableApiTermination", "disableApiStop", "instanceInitiatedShutdownBehavior", "userData"):
    ec2.describe_instance_attribute(InstanceId=instance, Attribute=attribute)
assert ec2.describe_volumes(Filters=filters(**{"attachment.instance-id": instance}))["Volumes"]
found = ec2.describe_instances(Filters=filters(vpc_id=vpc, **{"network-interface.subnet-id": subnet}))["Reservations"]
assert [one["Instances"][0]["InstanceId"] for one in found] == [instance]

# aws_network_interface_attachment
attachment = ec2.attach_network_interface(InstanceId=instance, NetworkInterfaceId=card, DeviceIndex=1)["AttachmentId"]
found = ec2.describe_network_interfaces(Filters=filters(**{"attachment.attachment-id": attachment}))
assert found["NetworkInterfaces"][0]["Attachment"]["Status"] == "attached", found

# aws_eip, aws_eip_association, aws_nat_gateway
made = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip", "main"))
address = made["AllocationId"]
assert made["Domain"] == "vpc" and made["PublicIpv4Pool"] == "amazon" and made["NetworkBorderGroup"] == "us-east-1", made
[name] = ec2.describe_addresses_attribute(AllocationIds=[address], Attribute="domain-name")["Addresses"]
assert name == {"PublicIp": made["PublicIp"], "AllocationId": address}, name
fails("InvalidInstanceID", ec2.associate_address, AllocationId=address, InstanceId=instance)  # it has two interfaces
linked = ec2.associate_address(
    AllocationId=address, NetworkInterfaceId=primary["NetworkInterfaceId"], AllowReassociation=True
)
[found] = ec2.describe_addresses(Filters=filters(association_id=linked["AssociationId"]))["Addresses"]
assert found["InstanceId"] == instance and found["PrivateIpAddress"] == primary["PrivateIpAddress"], found
ec2.disassociate_address(AssociationId=linked["AssociationId"])
fails("InvalidAssociationID.NotFound", ec2.disassociate_address, AssociationId=linked["AssociationId"])
nat = ec2.create_nat_gateway(
    ClientToken="terraform-3", AllocationId=address, SubnetId=subnet, ConnectivityType="public",
    TagSpecifications=tagged("natgateway", "main"),
)["NatGateway"]["NatGatewayId"]
wait("nat_gateway_available", NatGatewayIds=[nat])
fails("InvalidIPAddress.InUse", ec2.release_address, AllocationId=address, NetworkBorderGroup="us-east-1")

# aws_flow_log, aws_vpc_dhcp_options, and what the provider finds none of.
logs = f"arn:aws:logs:us-east-1:{found['NetworkInterfaceOwnerId']}:log-group:/vpc/flows"
role = f"arn:aws:iam::{found['NetworkInterfaceOwnerId']}:role/flows"
made = ec2.create_flow_logs(
    ClientToken="terraform-4", ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", MaxAggregationInterval=600,
    LogDestinationType="cloud-watch-logs", LogDestination=logs, DeliverLogsPermissionArn=role,
    TagSpecifications=tagged("vpc-flow-log", "main"),
)
assert made["Unsuccessful"] == [], made
[flow_log] = made["FlowLogIds"]
[found] = ec2.describe_flow_logs(FlowLogIds=[flow_log])["FlowLogs"]
assert found["ResourceId"] == vpc and found["LogGroupName"] == "/vpc/flows" and found["FlowLogStatus"] == "ACTIVE", found
[options] = ec2.describe_dhcp_options(DhcpOptionsIds=[ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["DhcpOptionsId"]])["DhcpOptions"]
assert {one["Key"] for one in options["DhcpConfigurations"]} == {"domain-name", "domain-name-servers"}, options
assert ec2.describe_vpc_endpoints(Filters=filters(vpc_id=vpc))["VpcEndpoints"] == []
assert ec2.describe_vpc_peering_connections()["VpcPeeringConnections"] == []
assert ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"] == []
assert ec2.describe_managed_prefix_lists()["PrefixLists"] == ec2.describe_prefix_lists()["PrefixLists"] == []

# All of it backwards.
assert ec2.delete_flow_logs(FlowLogIds=[flow_log])["Unsuccessful"] == []
fails("InvalidFlowLogId.NotFound", ec2.describe_flow_logs, FlowLogIds=[flow_log])
ec2.delete_nat_gateway(NatGatewayId=nat)
wait("nat_gateway_deleted", NatGatewayIds=[nat])
ec2.release_address(AllocationId=address, NetworkBorderGroup="us-east-1")
fails("InvalidAllocationID.NotFound", ec2.describe_addresses, AllocationIds=[address])
ec2.detach_network_interface(AttachmentId=attachment, Force=True)
wait("network_interface_available", NetworkInterfaceIds=[card])
ec2.delete_network_interface(NetworkInterfaceId=card)
fails("InvalidNetworkInterfaceID.NotFound", ec2.describe_network_interfaces, NetworkInterfaceIds=[card])
ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
ec2.terminate_instances(InstanceIds=[instance])
wait("instance_terminated", InstanceIds=[instance])
lingering = filters(group_id=group, description="AWS Lambda VPC ENI*")
assert ec2.describe_network_interfaces(Filters=lingering)["NetworkInterfaces"] == []
ec2.replace_network_acl_association(AssociationId=replaced["NewAssociationId"], NetworkAclId=acl["NetworkAclId"])
ec2.delete_network_acl(NetworkAclId=own)
fails("InvalidNetworkAclID.NotFound", ec2.describe_network_acls, NetworkAclIds=[own])
ec2.delete_security_group(GroupId=group)
fails("InvalidGroup.NotFound", ec2.describe_security_groups, GroupIds=[group])
ec2.disassociate_route_table(AssociationId=association)
fails("InvalidAssociationID.NotFound", ec2.disassociate_route_table, AssociationId=association)
ec2.delete_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE)
fails("InvalidRoute.NotFound", ec2.delete_route, RouteTableId=table, DestinationCidrBlock=ANYWHERE)
ec2.delete_route_table(RouteTableId=table)
fails("InvalidRouteTableID.NotFound", ec2.describe_route_tables, RouteTableIds=[table])
ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
fails("Gateway.NotAttached", ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc)
ec2.delete_internet_gateway(InternetGatewayId=gateway)
fails("InvalidInternetGatewayID.NotFound", ec2.describe_internet_gateways, InternetGatewayIds=[gateway])
ec2.delete_subnet(SubnetId=subnet)
ec2.delete_vpc(VpcId=vpc)
fails("InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=[vpc])
print("the tour is over")
