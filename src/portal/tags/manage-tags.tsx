import TagEditor, { type TagEditorProps } from "@cloudscape-design/components/tag-editor";
import { useState } from "react";
import type { ApiCall } from "../command/script.ts";
import { Dialog } from "../resources/dialog.tsx";
import { type Tags, tagRequests, tagsOf } from "./tags.ts";

interface ManageTagsProps {
  readonly label: string;
  readonly id: string;
  readonly tags: Tags;
  /** The call that sets them. */
  readonly callOf: (tags: Tags) => ApiCall;
  readonly onSave: (tags: Tags) => Promise<unknown>;
  readonly onClose: () => void;
}

/** Changes the tags of one resource (F77). */
export function ManageTags({ label, id, tags, callOf, onSave, onClose }: ManageTagsProps) {
  const [edited, setEdited] = useState<readonly TagEditorProps.Tag[]>(() =>
    Object.entries(tags).map(([key, value]) => ({ key, value, existing: true })),
  );
  const [valid, setValid] = useState(true);
  const wanted = tagsOf(edited);
  return (
    <Dialog
      title={`Tags of ${label}`}
      submit="Save"
      disabled={!valid}
      onSubmit={() => onSave(wanted)}
      onClose={onClose}
      calls={[{ ...callOf(wanted), ec2: tagRequests(id, tags, wanted) }]}
    >
      <TagEditor
        tags={edited}
        tagLimit={50}
        // Keys and values are whatever one types: there is no list of them to choose from.
        keysRequest={async () => []}
        valuesRequest={async () => []}
        onChange={({ detail }) => {
          setEdited(detail.tags);
          setValid(detail.valid);
        }}
      />
    </Dialog>
  );
}
