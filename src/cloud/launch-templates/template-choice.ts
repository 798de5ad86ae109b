/** A version's number, "$Default" or "$Latest". */
export type VersionChoice = number | string;

/** A template and a version of it, by one of id and name; the default version where none is said. */
export interface LaunchTemplateChoice {
  readonly id?: string;
  readonly name?: string;
  readonly version?: VersionChoice;
}
