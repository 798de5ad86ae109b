import {
  DescribeSnapshotAttribute$,
  type DescribeSnapshotAttributeRequest,
  type DescribeSnapshotAttributeResult,
  ModifySnapshotAttribute$,
  type ModifySnapshotAttributeRequest,
  ResetSnapshotAttribute$,
  type ResetSnapshotAttributeRequest,
} from "@aws-sdk/client-ec2";
import { CloudError } from "../../base/errors.ts";
import { oneOf } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { MODIFICATIONS, OPERATION, permissionChange, permissionOf } from "./sharing.ts";

type None = Record<never, never>;

/** The owner's alone. */
export const describeSnapshotAttribute = defineAction<
  DescribeSnapshotAttributeRequest,
  DescribeSnapshotAttributeResult
>(
  DescribeSnapshotAttribute$,
  { Attribute: oneOf("createVolumePermission", "productCodes"), SnapshotId: true },
  ({ Attribute: attribute, SnapshotId: id = "" }, { cloud: { snapshots } }) => {
    const { createVolumePermissions } = snapshots.own(id);
    return attribute === "productCodes"
      ? { SnapshotId: id, ProductCodes: [] }
      : { SnapshotId: id, CreateVolumePermissions: createVolumePermissions.map(permissionOf) };
  },
);

export const modifySnapshotAttribute = defineAction<ModifySnapshotAttributeRequest, None>(
  ModifySnapshotAttribute$,
  {
    Attribute: oneOf("createVolumePermission"),
    CreateVolumePermission: MODIFICATIONS,
    GroupNames: true,
    OperationType: OPERATION,
    SnapshotId: true,
    UserIds: true,
  },
  async (request, { cloud: { snapshots } }) => {
    const { CreateVolumePermission: modifications, OperationType, UserIds, GroupNames: groups } = request;
    const change = permissionChange({ modifications, OperationType, UserIds, groups });
    if (change === undefined) throw new CloudError("InvalidParameterCombination", "No attributes specified.");
    const { add = [], remove = [] } = change;
    // EC2 API, ModifySnapshotAttribute: "but you cannot do both in a single operation".
    if (add.length > 0 && remove.length > 0) {
      const text = "Permissions are added or removed, not both in one request.";
      throw new CloudError("InvalidParameterCombination", text);
    }
    await snapshots.share(request.SnapshotId ?? "", change);
    return {};
  },
);

export const resetSnapshotAttribute = defineAction<ResetSnapshotAttributeRequest, None>(
  ResetSnapshotAttribute$,
  { Attribute: oneOf("createVolumePermission"), SnapshotId: true },
  async ({ SnapshotId: id = "" }, { cloud: { snapshots } }) => {
    await snapshots.share(id, { reset: true });
    return {};
  },
);
