import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import type { Instance, ModifyInstanceRequest } from "../../api/types.ts";
import { Price } from "../billing/price.tsx";
import { describeType } from "../launch/launch-form.ts";
import { usePortal } from "../live/portal-context.ts";
import { useImages } from "../live/use-images.ts";
import { Dialog } from "../resources/dialog.tsx";

/** Changes what a stopped instance starts with: its type, its kernel and the kernel's command line (F24), a password (F63). */
export function ModifyInstance({ instance, onClose }: { instance: Instance; onClose: () => void }) {
  const { cloud } = usePortal();
  const images = useImages()?.filter(({ state }) => state === "available") ?? [];
  const [type, setType] = useState(instance.type.name);
  const [kernel, setKernel] = useState("");
  const [password, setPassword] = useState("");
  const [commandLine, setCommandLine] = useState(instance.kernel?.commandLine ?? "");

  const types = cloud.instanceTypes.map((each) => ({
    value: each.name,
    label: each.name,
    description: describeType(each),
  }));
  const asNow = { value: "", label: "As it is" };
  const kernels = [asNow, ...images.map(({ id, name }) => ({ value: id, label: `That of ${name}` }))];
  const line = commandLine.trim();
  // Naming a kernel without a command line takes that of its image.
  const kernelImage = kernel || (line === "" ? instance.kernel?.imageId : undefined);
  const request: ModifyInstanceRequest = {
    ...(type !== instance.type.name && { type }),
    ...(kernelImage !== undefined && { kernelImage }),
    ...(line !== "" && line !== instance.kernel?.commandLine && { commandLine: line }),
    ...(password !== "" && { password }),
  };
  // Whoever looks over one's shoulder need not see it.
  const shown = password === "" ? request : { ...request, password: "(your password)" };

  return (
    <Dialog
      title={`Modify ${instance.name || instance.id}`}
      submit="Modify instance"
      disabled={Object.keys(request).length === 0}
      onSubmit={() => instance.modify(request)}
      calls={[{ member: "instance.modify", id: instance.id, args: [shown] }]}
      onClose={onClose}
    >
      <FormField label="Type" description="Memory and processor share, from the next start on.">
        <Select
          options={types}
          selectedOption={types.find(({ value }) => value === type) ?? null}
          onChange={({ detail }) => setType(detail.selectedOption.value ?? "")}
        />
      </FormField>
      <Price of={{ instanceType: type }} />
      <FormField label="Kernel" description="An image's; the disks stay as they are.">
        <Select
          options={kernels}
          selectedOption={kernels.find(({ value }) => value === kernel) ?? asNow}
          onChange={({ detail }) => setKernel(detail.selectedOption.value ?? "")}
        />
      </FormField>
      <FormField label="Command line" description="The kernel's. Empty: as its image says.">
        <Input
          value={commandLine}
          spellcheck={false}
          autoComplete={false}
          onChange={({ detail }) => setCommandLine(detail.value)}
        />
      </FormField>
      {instance.keyName === null && (
        <FormField
          label="New password"
          description="Of its login user, from the next start on: 8 characters or more, of three of the classes lower case, upper case, digits, others. Empty: none is set."
        >
          <Input
            value={password}
            type="password"
            autoComplete="new-password"
            onChange={({ detail }) => setPassword(detail.value)}
          />
        </FormField>
      )}
    </Dialog>
  );
}
