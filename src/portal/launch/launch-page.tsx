import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TagEditor from "@cloudscape-design/components/tag-editor";
import { type FormEvent, useState } from "react";
import type { Image } from "../../api/types.ts";
import { toCloudError } from "../../base/errors.ts";
import { Price } from "../billing/price.tsx";
import { ShowCommands } from "../command/show-commands.tsx";
import { usePortal } from "../live/portal-context.ts";
import { useImages } from "../live/use-images.ts";
import { formatRoute } from "../routing/route.ts";
import { navigate } from "../routing/use-route.ts";
import { Page } from "../shell/page.tsx";
import { AdvancedFields } from "./advanced-fields.tsx";
import { ImageField } from "./image-field.tsx";
import { KeyField } from "./key-field.tsx";
import {
  describeType,
  EMPTY,
  fieldOf,
  type LaunchErrors,
  type LaunchFields,
  shownRequest,
  toRequest,
  validate,
  whyTypeDoesNotFit,
} from "./launch-form.ts";
import { StorageFields } from "./storage-fields.tsx";

export default function LaunchPage({ imageId = "" }: { imageId?: string }) {
  const { cloud, notifications, preloadInstancePage } = usePortal();
  const images = useImages()?.filter(({ state }) => state === "available") ?? null;
  const [fields, setFields] = useState<LaunchFields>({ ...EMPTY, image: imageId });
  const [errors, setErrors] = useState<LaunchErrors>({});
  const [launching, setLaunching] = useState(false);

  const image = images?.find(({ id }) => id === fields.image) ?? images?.[0];
  const filled = { ...fields, image: image?.id ?? "" };
  const set = (change: Partial<LaunchFields>) => {
    setFields({ ...fields, ...change });
    // A field that is being mended is judged again when the form is sent.
    setErrors((before) => Object.fromEntries(Object.entries(before).filter(([field]) => !(field in change))));
  };

  const launch = async () => {
    const found = validate(filled);
    setErrors(found);
    if (image === undefined || Object.keys(found).length > 0) return;
    setLaunching(true);
    preloadInstancePage();
    try {
      const instances = await cloud.instances.launch(toRequest(filled, image));
      const [first] = instances;
      if (instances.length === 1 && first) navigate({ page: "instance", id: first.id, tab: "console" });
      else navigate({ page: "instances" });
    } catch (thrown) {
      const error = toCloudError(thrown);
      const field = fieldOf(error.code, error.details);
      if (field === undefined) notifications.showError("Could not launch", error);
      else setErrors({ [field]: `${error.message} (${error.code})` });
    } finally {
      setLaunching(false);
    }
  };

  return (
    <Page title="Launch instances" description="Each is a Linux machine with a disk of its own, in this tab.">
      <form
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void launch();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" href={formatRoute({ page: "instances" })}>
                Cancel
              </Button>
              <Button variant="primary" loading={launching} loadingText="Launching" disabled={images === null}>
                Launch
              </Button>
            </SpaceBetween>
          }
        >
          <Container>
            <SpaceBetween size="l">
              <ImageField
                images={images}
                chosen={image}
                error={errors.image}
                onChoose={(chosen) => set({ image: chosen })}
              />
              <FormField label="Type" description="Memory and processor share." errorText={errors.type}>
                <Select
                  selectedOption={
                    typeOptions(cloud.instanceTypes, image).find(({ value }) => value === fields.type) ?? null
                  }
                  options={typeOptions(cloud.instanceTypes, image)}
                  triggerVariant="option"
                  onChange={({ detail }) => set({ type: detail.selectedOption.value ?? "" })}
                />
              </FormField>
              <FormField label={optional("Name")} description="To tell it from others." errorText={errors.name}>
                <Input
                  value={fields.name}
                  autoComplete={false}
                  spellcheck={false}
                  placeholder="web-1"
                  onChange={({ detail }) => set({ name: detail.value })}
                />
              </FormField>
              <FormField label="Number of instances" errorText={errors.count}>
                <Input
                  value={fields.count}
                  type="number"
                  inputMode="numeric"
                  step={1}
                  onChange={({ detail }) => set({ count: detail.value })}
                />
              </FormField>
              <KeyField keyName={fields.keyName} error={errors.keyName} onChange={(keyName) => set({ keyName })} />
              <StorageFields image={image} fields={fields} errors={errors} onChange={set} />
              <ExpandableSection headerText="Tags">
                <TagEditor
                  tags={fields.tags}
                  tagLimit={49}
                  keysRequest={async () => []}
                  valuesRequest={async () => []}
                  onChange={({ detail }) => set({ tags: detail.tags })}
                />
              </ExpandableSection>
              <AdvancedFields image={image} fields={fields} errors={errors} onChange={set} />
              <Price
                of={
                  image === undefined || Object.keys(validate(filled)).length > 0
                    ? null
                    : { launch: toRequest(filled, image) }
                }
              />
              {image !== undefined && Object.keys(validate(filled)).length === 0 && (
                <ShowCommands
                  calls={[{ member: "instances.launch", args: [shownRequest(toRequest(filled, image))] }]}
                />
              )}
            </SpaceBetween>
          </Container>
        </Form>
      </form>
    </Page>
  );
}

function typeOptions(types: readonly Parameters<typeof describeType>[0][], image: Image | undefined) {
  return types.map((type) => {
    const reason = whyTypeDoesNotFit(type, image);
    return {
      value: type.name,
      label: type.name,
      description: describeType(type),
      ...(reason !== null && { disabled: true, disabledReason: reason }),
    };
  });
}

function optional(label: string) {
  return (
    <>
      {label} <i>– optional</i>
    </>
  );
}
