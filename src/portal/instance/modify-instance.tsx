import { useState } from "react";
import type { Instance, ModifyInstanceRequest } from "../../api/types.ts";
import { Price } from "../billing/price.tsx";
import { withoutPassword } from "../launch/launch-form.ts";
import { TypeField } from "../launch/type-field.tsx";
import { useImages } from "../live/use-images.ts";
import { Dialog } from "../resources/dialog.tsx";
import { PasswordField, SelectField, TextField } from "../resources/fields.tsx";
import { labelOf } from "../resources/label.ts";

/** Changes what a stopped instance starts with: its type, its kernel and the kernel's command line (F24), a password (F63). */
export function ModifyInstance({ instance, onClose }: { instance: Instance; onClose: () => void }) {
  const images = useImages()?.filter(({ state }) => state === "available") ?? [];
  const [type, setType] = useState(instance.type.name);
  const [kernel, setKernel] = useState("");
  const [password, setPassword] = useState("");
  const [commandLine, setCommandLine] = useState(instance.kernel?.commandLine ?? "");

  const line = commandLine.trim();
  // Naming a kernel without a command line takes that of its image.
  const kernelImage = kernel || (line === "" ? instance.kernel?.imageId : undefined);
  const request: ModifyInstanceRequest = {
    ...(type !== instance.type.name && { type }),
    ...(kernelImage !== undefined && { kernelImage }),
    ...(line !== "" && line !== instance.kernel?.commandLine && { commandLine: line }),
    ...(password !== "" && { password }),
  };
  return (
    <Dialog
      title={`Modify ${labelOf(instance)}`}
      submit="Modify instance"
      disabled={Object.keys(request).length === 0}
      onSubmit={() => instance.modify(request)}
      calls={[{ member: "instance.modify", id: instance.id, args: [withoutPassword(request)] }]}
      onClose={onClose}
    >
      <TypeField type={type} description="Memory and processor share, from the next start on." onChange={setType} />
      <Price of={{ instanceType: type }} />
      <SelectField
        label="Kernel"
        description="An image's; the disks stay as they are."
        options={[
          { value: "", label: "As it is" },
          ...images.map(({ id, name }) => ({ value: id, label: `That of ${name}` })),
        ]}
        value={kernel}
        onChange={setKernel}
      />
      <TextField
        label="Command line"
        description="The kernel's. Empty: as its image says."
        value={commandLine}
        onChange={setCommandLine}
      />
      {instance.keyName === null && (
        <PasswordField
          isNew
          label="New password"
          description="Of its login user, from the next start on: 8 characters or more, of three of the classes lower case, upper case, digits, others. Empty: none is set."
          value={password}
          onChange={setPassword}
        />
      )}
    </Dialog>
  );
}
